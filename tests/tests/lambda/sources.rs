//! The template against the host's table of what else leads to functions, both ways.

use std::fs;

use anyhow::{Context, Result, ensure};
use less_to_run_tests::lambda::{Sources, Template, alarms, other_sources, sources};
use serde_json::{Value, json};

use crate::schema::places;
use crate::with;

#[test]
fn the_template_says_what_the_table_of_sources_says() -> Result<()> {
    on_each(|long, table| {
        let found = other_sources(&Template::new(long)?, &sources(table)?)?;
        ensure!(found.is_empty(), "{}", found.join("\n"));
        Ok(())
    })
}

#[test]
fn whatever_is_taken_from_a_source_in_the_template_or_changed_in_it_is_missed() -> Result<()> {
    on_each(|long, table| {
        let table = sources(table)?;
        let places = sourced(long)?;
        ensure!(places.len() > 60, "{places:?}");
        // Who says nothing says the same.
        let unsaid = ["/BatchSize", "/MaximumRetryAttempts"];
        for place in places {
            if !unsaid.iter().any(|end| place.ends_with(end)) {
                let without = with(long, &place, None)?;
                ensure!(missed(&without, &table), "{place} can be taken away");
            }
            for other in [json!("another"), json!(7)] {
                let damaged = with(long, &place, Some(other))?;
                ensure!(missed(&damaged, &table), "{place} can be another");
            }
        }
        Ok(())
    })
}

#[test]
fn whatever_is_added_to_a_source_in_the_template_is_seen() -> Result<()> {
    on_each(|long, table| {
        let table = sources(table)?;
        let at = |place: &str| long.pointer(place).context(place.to_owned()).cloned();
        let destination = json!({ "Destination": { "Fn::GetAtt": ["GivenUp", "Arn"] } });
        let targets = "/Resources/ThankTheCustomer/Properties/Targets";
        let statements = "/Resources/LettersPolicy/Properties/PolicyDocument/Statement";
        let statement = at(&format!("{statements}/0"))?;
        let mut open = at("/Resources/LettersPolicy")?;
        open["Properties"]["Queues"][0]["Ref"] = json!("DeadLetters");
        let everybody = json!({
            "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage",
            "Resource": statement["Resource"],
        });
        for (place, value) in [
            ("/Resources/More", at("/Resources/DeadLetters")?),
            ("/Resources/More", at("/Resources/ThanksLetters")?),
            ("/Resources/More", open),
            (
                "/Resources/ThanksLetters/Properties/ScalingConfig",
                json!({ "MaximumConcurrency": 2 }),
            ),
            (
                "/Resources/ThanksLetters/Properties/MaximumBatchingWindowInSeconds",
                json!(1),
            ),
            ("/Resources/Letters/Properties/DelaySeconds", json!(1)),
            ("/Resources/GivenUp/Properties/VisibilityTimeout", json!(31)),
            (
                "/Resources/PapersEventInvokeConfig/Properties/DestinationConfig/OnSuccess",
                destination,
            ),
            (
                "/Resources/PapersEventInvokeConfig/Properties/MaximumEventAgeInSeconds",
                json!(60),
            ),
            (&format!("{targets}/0/InputPath"), json!("$.detail")),
            (statements, json!([statement, everybody])),
        ] {
            let damaged = with(long, place, Some(value.clone()))?;
            ensure!(missed(&damaged, &table), "{place}: {value}");
        }
        Ok(())
    })
}

#[test]
fn whatever_is_added_to_a_stream_or_to_a_schedule_is_seen() -> Result<()> {
    on_each(|long, table| {
        let table = sources(table)?;
        let at = |place: &str| long.pointer(place).context(place.to_owned()).cloned();
        let mut more = vec![];
        for stream in streams(long)? {
            let of_stream = |property: &str| format!("{stream}/Properties/{property}");
            let filters = of_stream("FilterCriteria/Filters");
            let filter = at(&format!("{filters}/0"))?;
            more.extend([
                ("/Resources/More".to_owned(), at(&stream)?),
                (of_stream("MaximumRetryAttempts"), json!(3)),
                (of_stream("ParallelizationFactor"), json!(10)),
                (of_stream("Enabled"), json!(false)),
                (filters, json!([filter, filter])),
            ]);
        }
        for schedule in of_type(long, "AWS::Scheduler::Schedule")? {
            let of_schedule = |property: &str| format!("{schedule}/Properties/{property}");
            more.extend([
                ("/Resources/More".to_owned(), at(&schedule)?),
                (
                    of_schedule("ScheduleExpressionTimezone"),
                    json!("Europe/Berlin"),
                ),
                (of_schedule("State"), json!("DISABLED")),
                (
                    format!("{schedule}Role/Properties/ManagedPolicyArns"),
                    json!(["arn:aws:iam::aws:policy/AdministratorAccess"]),
                ),
            ]);
        }
        for (place, value) in more {
            let damaged = with(long, &place, Some(value.clone()))?;
            ensure!(missed(&damaged, &table), "{place}: {value}");
        }
        Ok(())
    })
}

#[test]
fn no_stream_is_taken_for_that_of_another_table() -> Result<()> {
    on_each(|long, table| {
        let table = sources(table)?;
        let tables = of_type(long, "AWS::DynamoDB::Table")?;
        for stream in streams(long)? {
            let place = format!("{stream}/Properties/EventSourceArn/Fn::GetAtt/0");
            let own = long.pointer(&place).and_then(Value::as_str);
            let own = own.context("the stream of which table?")?;
            for other in &tables {
                let other = other.trim_start_matches("/Resources/");
                if other != own {
                    let damaged = with(long, &place, Some(json!(other)))?;
                    ensure!(missed(&damaged, &table), "{stream} can be that of {other}");
                }
            }
        }
        Ok(())
    })
}

#[test]
fn a_rule_leads_to_a_queue_that_lets_it_in() -> Result<()> {
    on_each(|long, table| {
        let table = sources(table)?;
        let at = |place: &str| long.pointer(place).context(place.to_owned()).cloned();
        let rule = at("/Resources/ThankTheCustomer")?;
        let half = with(long, "/Resources/More", Some(rule))?;
        ensure!(!missed(&half, &table), "a rule that nobody lets in");
        let text = at("/Resources/LettersPolicy")?.to_string();
        let policy = text.replace("ThankTheCustomer", "More");
        let policy = Some(serde_json::from_str(&policy)?);
        let whole = with(&half, "/Resources/MorePolicy", policy)?;
        ensure!(missed(&whole, &table), "a rule");
        Ok(())
    })
}

#[test]
fn whatever_is_taken_from_the_table_of_sources_or_added_to_it_is_missed() -> Result<()> {
    on_each(|long, table| {
        let table: toml::Table = table.parse()?;
        let mut others = vec![];
        for (kind, entries) in &table {
            let entries = entries.as_array().context("no entries")?;
            for (index, entry) in entries.iter().enumerate() {
                let mut other = |what: String, entries: Vec<toml::Value>| {
                    let mut table = table.clone();
                    table.insert(kind.clone(), entries.into());
                    others.push((format!("{kind} {index}: {what}"), table));
                };
                let mut less = entries.clone();
                less.remove(index);
                other("none".into(), less);
                let set = |key: &str, value: Option<toml::Value>| {
                    let mut entries = entries.clone();
                    let entry = entries[index].as_table_mut()?;
                    match value {
                        Some(value) => entry.insert(key.into(), value),
                        None => entry.remove(key),
                    };
                    Some(entries)
                };
                let keys = entry.as_table().context("no entry")?.keys();
                for key in keys {
                    let another = set(key, Some("another".into())).context("no entry")?;
                    other(format!("another {key}"), another);
                    let number = set(key, Some(7.into())).context("no entry")?;
                    other(format!("{key} = 7"), number);
                    // Who says nothing says the same.
                    if key != "batch" {
                        other(format!("no {key}"), set(key, None).context("no entry")?);
                    }
                }
                let more = set("more", Some(7.into())).context("no entry")?;
                other("more".into(), more);
                other(
                    "twice".into(),
                    [&entries[..], &entries[index..=index]].concat(),
                );
            }
        }
        ensure!(others.len() > 80, "{}", others.len());
        let mut more = table.clone();
        let schedule: toml::Table = "name = \"daily\"\nwhen = \"rate(1 day)\"\n".parse()?;
        more.insert("schedule".into(), vec![schedule].into());
        others.push(("a schedule".into(), more));
        for (what, other) in others {
            let is_missed = sources(&toml::to_string(&other)?);
            let is_missed = is_missed.map_or(true, |table| missed(long, &table));
            ensure!(is_missed, "{what}");
        }
        Ok(())
    })
}

#[test]
fn somebody_is_told_of_what_is_given_up() -> Result<()> {
    on_each(|long, table| alarms::of_what_is_given_up(long, &sources(table)?))
}

#[test]
fn somebody_is_told_when_a_stream_is_late_before_it_is_given_up() -> Result<()> {
    on_each(|long, table| alarms::of_a_late_stream(long, &sources(table)?))
}

/// Where in a template streams of tables lead to functions.
fn streams(template: &Value) -> Result<Vec<String>> {
    let mut mappings = of_type(template, "AWS::Lambda::EventSourceMapping")?;
    mappings.retain(|place| {
        let attribute = format!("{place}/Properties/EventSourceArn/Fn::GetAtt/1");
        template
            .pointer(&attribute)
            .is_some_and(|attribute| attribute == "StreamArn")
    });
    ensure!(!mappings.is_empty(), "no stream");
    Ok(mappings)
}

/// Where in a template the resources of a type are, of which there is one at least.
fn of_type(template: &Value, kind: &str) -> Result<Vec<String>> {
    let resources = template["Resources"].as_object();
    let resources = resources.context("no resources")?.iter();
    let of_type = resources.filter(|(_, each)| each["Type"] == kind);
    let places: Vec<String> = of_type.map(|(id, _)| format!("/Resources/{id}")).collect();
    ensure!(!places.is_empty(), "no {kind}");
    Ok(places)
}

/// Checks each chapter that has such a table, with its template in its long form, and the table.
fn on_each(check: impl Fn(&Value, &str) -> Result<()>) -> Result<()> {
    crate::on_each(|chapter, long| {
        let Some(file) = chapter.sources() else {
            return Ok(());
        };
        check(long, &fs::read_to_string(file)?)
    })
}

/// Whether it is seen that a template is not what the table says.
fn missed(template: &Value, table: &Sources) -> bool {
    let template = Template::new(template);
    let found = template.and_then(|template| other_sources(&template, table));
    found.map_or(true, |found| !found.is_empty())
}

/// Where in a template something is said of a source.
fn sourced(template: &Value) -> Result<Vec<String>> {
    let schedules = of_type(template, "AWS::Scheduler::Schedule")?;
    let roles: Vec<String> = schedules
        .iter()
        .map(|place| format!("{place}Role"))
        .collect();
    let resources = template["Resources"].as_object();
    let resources = resources.context("no resources")?.iter();
    let sourced = resources.filter(|(id, resource)| {
        let kind = resource["Type"].as_str().unwrap_or_default();
        let kinds = [
            "AWS::Lambda::EventInvokeConfig",
            "AWS::Lambda::EventSourceMapping",
            "AWS::SQS::Queue",
            "AWS::SQS::QueuePolicy",
            "AWS::Scheduler::Schedule",
        ];
        let is_role = roles.contains(&format!("/Resources/{id}"));
        kinds.contains(&kind) || is_role || *id == "ThankTheCustomer"
    });
    let all = sourced.flat_map(|(id, resource)| {
        let place = format!("/Resources/{id}");
        let properties = format!("{place}/Properties");
        let below = places(&resource["Properties"], &properties);
        [vec![place, properties], below].concat()
    });
    // A target and a policy may be called anything, and the version of a policy is that of its language.
    let may_differ = ["/Id", "/PolicyName", "/Version"];
    let matters = |place: &String| !may_differ.iter().any(|end| place.ends_with(end));
    Ok(all.filter(matters).collect())
}
