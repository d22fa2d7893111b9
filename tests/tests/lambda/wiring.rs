//! The template against the route table of the function host, both ways.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use less_to_run_tests::lambda::{Functions, Seen, Table, Template, differences, excesses};
use serde_json::{Map, Value, json};

use crate::{on_each, with};

#[test]
fn the_template_says_what_the_route_table_says() -> Result<()> {
    on_each(|chapter, long| {
        let table = Table::functions(&Table::text(chapter)?, chapter.tables)?;
        let found = differences(&Template::new(long)?, &table)?;
        ensure!(found.is_empty(), "{}", found.join("\n"));
        Ok(())
    })
}

#[test]
fn whatever_is_taken_from_the_template_or_changed_in_it_is_missed() -> Result<()> {
    on_each(|chapter, long| {
        let table = Table::functions(&Table::text(chapter)?, chapter.tables)?;
        let places = wired(long)?;
        ensure!(places.len() > 100, "{places:?}");
        for place in places {
            let damaged = with(long, &place, None)?;
            ensure!(missed(&damaged, &table), "{place} can be taken away");
            let damaged = with(long, &place, Some(json!("another")))?;
            ensure!(missed(&damaged, &table), "{place} can be another");
        }
        Ok(())
    })
}

#[test]
fn whatever_is_added_to_the_template_is_seen() -> Result<()> {
    on_each(|chapter, long| {
        let table = Table::functions(&Table::text(chapter)?, chapter.tables)?;
        let at = |place: &str| long.pointer(place).context(place.to_owned()).cloned();
        let variable = "/Resources/Adopt/Properties/Environment/Variables/SECRET";
        ensure!(
            missed(&with(long, variable, Some(json!("x")))?, &table),
            "a variable"
        );
        let one_more = with(long, "/Resources/Sell", Some(at("/Resources/Adopt")?))?;
        ensure!(missed(&one_more, &table), "a function");
        let paths = "/Resources/Door/Properties/Body/paths";
        let route = at(&format!("{paths}/~1pets/get"))?;
        let way = at("/Resources/ListRoutePermission")?;
        // It takes two: the API has to know the function, and the function to let it in.
        let half = with(
            long,
            &format!("{paths}/~1animals"),
            Some(json!({ "get": route })),
        )?;
        ensure!(!missed(&half, &table), "a route by which nobody is let in");
        let text = way.to_string().replace("GET/pets", "GET/animals");
        let way = Some(serde_json::from_str(&text)?);
        let whole = with(&half, "/Resources/AnimalsPermission", way)?;
        ensure!(missed(&whole, &table), "a route");
        let rule = at("/Resources/PapersPapers")?;
        let way = at("/Resources/PapersPapersPermission")?;
        let half = with(long, "/Resources/More", Some(rule))?;
        ensure!(!missed(&half, &table), "a rule by which nobody is let in");
        let text = way.to_string().replace("\"PapersPapers\"", "\"More\"");
        let way = Some(serde_json::from_str(&text)?);
        ensure!(
            missed(&with(&half, "/Resources/MorePermission", way)?, &table),
            "a rule"
        );
        Ok(())
    })
}

#[test]
fn whatever_is_taken_from_the_route_table_or_added_to_it_is_missed() -> Result<()> {
    on_each(|chapter, long| {
        let table: toml::Table = Table::text(chapter)?.parse()?;
        let mut others = vec![];
        for kind in ["function", "route", "rule"] {
            let entries = table[kind].as_array().context(kind)?;
            for (index, entry) in entries.iter().enumerate() {
                let mut less = entries.clone();
                less.remove(index);
                others.push((format!("without {entry}"), set(&table, kind, less.into())));
            }
            let name = if kind == "route" { "route" } else { "name" };
            let mut one = entries[0].clone();
            one[name] = "GET /more".into();
            let more = [entries.clone(), vec![one]].concat();
            others.push((format!("one more {kind}"), set(&table, kind, more.into())));
        }
        let defaults = table["defaults"].as_table().context("[defaults]")?;
        for (key, value) in [
            ("timeout", toml::Value::Integer(4)),
            ("memory", 256.into()),
            ("program", "lambda-papers".into()),
            ("told", Vec::<String>::new().into()),
            ("environment", BTreeMap::from([("MORE", "1")]).into()),
        ] {
            let other = set(defaults, key, value);
            others.push((
                format!("another {key}"),
                set(&table, "defaults", other.into()),
            ));
        }
        let functions = table["function"].as_array().context("function")?;
        for (index, function) in functions.iter().enumerate() {
            let mut others_told = functions.clone();
            let function = function.as_table().context("a function")?;
            let told = match function.get("told") {
                Some(_) => vec![],
                None => vec!["STAFF_KEY_SHA256"],
            };
            others_told[index] = set(function, "told", told.into()).into();
            let name = &function["name"];
            others.push((
                format!("{name} is told otherwise"),
                set(&table, "function", others_told.into()),
            ));
            let environment = function.get("environment").and_then(toml::Value::as_table);
            for variable in environment.into_iter().flat_map(toml::Table::keys) {
                let mut less = environment.cloned().unwrap_or_default();
                less.remove(variable);
                let mut others_set = functions.clone();
                others_set[index] = set(function, "environment", less.into()).into();
                others.push((
                    format!("{name} without its {variable}"),
                    set(&table, "function", others_set.into()),
                ));
            }
        }
        for (what, other) in others {
            let table = Table::functions(&toml::to_string(&other)?, chapter.tables)?;
            ensure!(missed(long, &table), "{what}");
        }
        Ok(())
    })
}

#[test]
fn no_function_is_told_of_another_table_than_its_own() -> Result<()> {
    on_each(|chapter, long| {
        let table = Table::functions(&Table::text(chapter)?, chapter.tables)?;
        let tables = chapter.tables.iter().map(|(id, _)| *id);
        let others: Vec<&str> = tables.chain(["Log"]).collect();
        let places = wired(long)?.into_iter();
        let places = places.filter(|place| place.ends_with("TABLE"));
        let names: Vec<String> = places.map(|place| format!("{place}/Ref")).collect();
        ensure!(names.len() > 10, "{names:?}");
        for name in names {
            let own = long.pointer(&name).context("it names no table")?;
            for other in others.iter().filter(|other| *own != **other) {
                let damaged = with(long, &name, Some(json!(other)))?;
                ensure!(missed(&damaged, &table), "{name} can be {other}");
            }
        }
        Ok(())
    })
}

/// The table with another value under a key.
fn set(table: &toml::Table, key: &str, value: toml::Value) -> toml::Table {
    let mut table = table.clone();
    table.insert(key.into(), value);
    table
}

#[test]
fn whatever_a_role_is_let_more_or_less_is_seen() -> Result<()> {
    on_each(|chapter, long| {
        let (table, _) = chapter.tables.first().context("no table")?;
        // An index that nobody asks.
        let index = format!("${{{table}.Arn}}/index/another");
        let seen = Template::new(long)?.as_granted()?;
        let found = excesses(&Template::new(long)?, &seen)?;
        ensure!(found.is_empty(), "{}", found.join("\n"));
        let statements = granted(long);
        ensure!(statements.len() > 20, "{statements:?}");
        let is_seen = |damaged: &Value| exceeds(damaged, &seen);
        for statement in statements {
            for (key, others) in [
                ("Action", [json!("dynamodb:Scan"), json!("s3:GetObject")]),
                ("Resource", [json!("*"), json!({ "Fn::Sub": index })]),
            ] {
                let place = format!("{statement}/{key}");
                let list = long.pointer(&place).context("a list, or one")?;
                let one = || vec![list.clone()];
                let list = list.as_array().cloned().unwrap_or_else(one);
                for index in 0..list.len() {
                    let mut less = list.clone();
                    let one = less.remove(index);
                    let damaged = with(long, &place, Some(less.into()))?;
                    ensure!(is_seen(&damaged), "{one} can be taken from {place}");
                }
                for one in others {
                    let more = [list.clone(), vec![one.clone()]].concat();
                    let damaged = with(long, &place, Some(more.into()))?;
                    ensure!(is_seen(&damaged), "{one} can be added to {place}");
                }
            }
        }
        Ok(())
    })
}

/// AWS's own policy for whoever is brought what is new in a stream is about all streams, so that the boundary alone says which it is.
#[test]
fn whoever_is_let_by_another_boundary_or_by_none_is_seen() -> Result<()> {
    on_each(|_, long| {
        let seen = Template::new(long)?.as_granted()?;
        let resources = long["Resources"].as_object().context("no resources")?;
        let policies = resources.iter();
        let policies = policies.filter(|(_, each)| each["Type"] == "AWS::IAM::ManagedPolicy");
        let boundaries: Vec<&String> = policies.map(|(id, _)| id).collect();
        let mut bounded = 0;
        for (id, role) in resources {
            let place = format!("/Resources/{id}/Properties/PermissionsBoundary");
            let Some(own) = long.pointer(&place) else {
                continue;
            };
            bounded += 1;
            let without = with(long, &place, None)?;
            ensure!(exceeds(&without, &seen), "{id} can be without a boundary");
            let policies = role["Properties"]["ManagedPolicyArns"].to_string();
            if !policies.contains("AWSLambdaDynamoDBExecutionRole") {
                continue;
            }
            let others = boundaries.iter().map(|other| json!({ "Ref": other }));
            for other in others.filter(|other| other != own) {
                let damaged = with(long, &place, Some(other.clone()))?;
                ensure!(exceeds(&damaged, &seen), "{id} can have {other}");
            }
        }
        ensure!(bounded > 5, "{bounded}");
        Ok(())
    })
}

/// Whether it is seen that a template lets somebody do more or less than what is `seen`.
fn exceeds(template: &Value, seen: &Seen) -> bool {
    let found = Template::new(template).and_then(|template| excesses(&template, seen));
    found.map_or(true, |found| !found.is_empty())
}

/// Whether it is seen that a template is not what the table says.
fn missed(template: &Value, table: &Functions) -> bool {
    let template = Template::new(template);
    let found = template.and_then(|template| differences(&template, table));
    found.map_or(true, |found| !found.is_empty())
}

/// Where in a template something is that leads to a function, or that it is given.
fn wired(template: &Value) -> Result<Vec<String>> {
    let mut places = vec![];
    let resources = template["Resources"].as_object();
    let resources = resources.context("no resources")?;
    for (id, resource) in resources {
        // Where that leads to is the matter of sources.rs.
        let target = resource["Properties"]["Targets"][0]["Arn"]["Fn::GetAtt"][0].as_str();
        if target.is_some_and(|target| resources[target]["Type"] == "AWS::SQS::Queue") {
            continue;
        }
        let place = format!("/Resources/{id}");
        let inside: &[&str] = match resource["Type"].as_str().unwrap_or_default() {
            "AWS::Lambda::Function" => &[
                "",
                "/Properties/Handler",
                "/Properties/Timeout",
                "/Properties/MemorySize",
                "/Properties/Runtime",
                "/Properties/Architectures",
                "/Properties/Code",
                "/Properties/Environment/Variables/TABLE",
                "/Properties/Environment/Variables/OFFICE_TABLE",
                "/Properties/Environment/Variables/VIEWS_TABLE",
                "/Properties/Environment/Variables/CHECKOUTS_TABLE",
                "/Properties/Environment/Variables/STAFF_KEY_SHA256",
                "/Properties/Environment/Variables/CURSOR_KEY",
                "/Properties/Environment/Variables/KEY_WINDOW",
                "/Properties/Environment/Variables/CHECKOUT_SECONDS",
                "/Properties/Environment/Variables/WEBHOOK_SECRET",
                "/Properties/Environment/Variables/PAYMENTS_URL",
            ],
            "AWS::Lambda::Permission" => &["", "/Properties/SourceArn", "/Properties/Principal"],
            "AWS::Lambda::EventInvokeConfig" => &["", "/Properties/DestinationConfig"],
            "AWS::Events::Rule" => &["", "/Properties/EventPattern", "/Properties/Targets"],
            _ => &[],
        };
        let inside = inside.iter().map(|inside| format!("{place}{inside}"));
        // Not every function is told of the staff, of keys, of the provider, or of another table.
        places.extend(inside.filter(|place| template.pointer(place).is_some()));
    }
    let paths = &template["Resources"]["Door"]["Properties"]["Body"]["paths"];
    for (path, methods) in paths.as_object().context("no paths")? {
        let path = path.replace('/', "~1");
        for method in methods.as_object().into_iter().flat_map(Map::keys) {
            places.push(format!(
                "/Resources/Door/Properties/Body/paths/{path}/{method}"
            ));
        }
    }
    Ok(places)
}

/// Where in a template something is allowed.
fn granted(template: &Value) -> Vec<String> {
    let mut places = vec![];
    find(template, "", &mut places);
    places
}

fn find(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        // But for who may be in a role.
        Value::Object(map) if map.contains_key("Effect") && map.contains_key("Resource") => {
            found.push(place.to_owned());
        }
        Value::Object(map) => {
            for (key, value) in map {
                find(value, &format!("{place}/{}", key.replace('/', "~1")), found);
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                find(value, &format!("{place}/{index}"), found);
            }
        }
        _ => {}
    }
}
