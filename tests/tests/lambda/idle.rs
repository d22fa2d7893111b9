//! Promise P10 against the template: what is paid for it while nobody comes is what the bill says.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use book::bill::Bill;
use book::measured;
use book::responsibility::Responsibilities;
use book::workspace::Workspace;
use less_to_run_tests::lambda::{CHAPTER_5, CHAPTER_7, idle, stranger_month, translated};
use less_to_run_tests::programs;
use serde_json::{Value, json};

use crate::{on_each, with};

#[test]
fn a_month_of_a_stranger_costs_what_the_page_says() -> Result<()> {
    let workspace = Workspace::at(&programs::root())?;
    let (_, said) = measured::figure(&workspace, "ch05.stranger_month")?;
    let costs = stranger_month(&workspace, &CHAPTER_5.template())?.dollars();
    ensure!(
        (said.value - costs).abs() < 0.01,
        "book/measured/ch05.json says {}, and it is {costs}: measure again by `cargo book measure 5`",
        said.value
    );
    Ok(())
}

#[test]
fn an_idle_month_costs_what_the_bill_says() -> Result<()> {
    let workspace = Workspace::at(&programs::root())?;
    let declared = Responsibilities::load(&workspace)?;
    on_each(|chapter, long| {
        let (name, rung) = (chapter.name, chapter.rung);
        if !declared.rungs.iter().any(|declared| declared.rung == rung) {
            eprintln!(
                "not checked: what an idle month of {name} costs, since there is no bill of rung {rung} yet"
            );
            return Ok(());
        }
        let bill = Bill::of(&workspace, rung)?;
        // What each of many calls takes is measured, and no template says it.
        let fixed = bill
            .fixed
            .iter()
            .filter(|line| !line.storage && !line.is_measured);
        let fixed: BTreeMap<_, _> = fixed.map(|line| (line.key.clone(), line.count)).collect();
        let idle = idle(long)?;
        ensure!(idle == fixed, "the template: {idle:?}, the bill: {fixed:?}");
        Ok(())
    })
}

#[test]
fn whatever_more_an_idle_month_would_cost_is_seen() -> Result<()> {
    on_each(|chapter, long| {
        let before = idle(long)?;
        let at = |place: &str| long.pointer(place).context(place.to_owned()).cloned();
        let alarm = with(long, "/Resources/More", Some(at("/Resources/Errors")?))?;
        ensure!(idle(&alarm)? != before, "one more alarm");
        let often = |when: &str| {
            json!({
                "Type": "AWS::Scheduler::Schedule",
                "Properties": { "ScheduleExpression": when },
            })
        };
        let minutely = with(long, "/Resources/Often", Some(often("rate(1 minute)")))?;
        let mut due = before.clone();
        for key in ["scheduler.invocation", "lambda.request"] {
            *due.entry(key.to_owned()).or_default() += 43_200;
        }
        ensure!(idle(&minutely)? == due, "each minute of 30 days");
        let adopt = "/Resources/Adopt/Properties";
        let reserved = format!("{adopt}/ReservedConcurrentExecutions");
        ensure!(idle(&with(long, &reserved, Some(json!(5)))?)? == before);
        let ready = json!({ "ProvisionedConcurrentExecutions": 1 });
        let alias = json!({
            "Type": "AWS::Lambda::Alias",
            "Properties": { "Name": "live", "ProvisionedConcurrencyConfig": ready },
        });
        let bought = json!({ "ReadCapacityUnits": 1, "WriteCapacityUnits": 1 });
        let (table, _) = chapter.tables.first().context("no table")?;
        let table = format!("/Resources/{table}/Properties");
        let mut index = json!({ "IndexName": "waiting" });
        ensure!(
            idle(&with(
                long,
                &format!("{table}/GlobalSecondaryIndexes"),
                Some(json!([index]))
            )?)? == before
        );
        index["ProvisionedThroughput"] = bought.clone();
        for (place, value, named) in [
            (
                "/Resources/Live".to_owned(),
                Some(alias),
                "AWS::Lambda::Alias",
            ),
            (
                "/Resources/Gateway".to_owned(),
                Some(json!({ "Type": "AWS::EC2::NatGateway" })),
                "AWS::EC2::NatGateway",
            ),
            (
                format!("{adopt}/SnapStart"),
                Some(json!({ "ApplyOn": "PublishedVersions" })),
                "SnapStart",
            ),
            (format!("{adopt}/VpcConfig"), Some(json!({})), "VpcConfig"),
            (
                format!("{table}/BillingMode"),
                Some(json!("PROVISIONED")),
                "BillingMode \"PROVISIONED\"",
            ),
            (format!("{table}/BillingMode"), None, "BillingMode null"),
            (
                format!("{table}/ProvisionedThroughput"),
                Some(bought),
                "ProvisionedThroughput",
            ),
            (
                format!("{table}/GlobalSecondaryIndexes"),
                Some(json!([index])),
                "ProvisionedThroughput of an index",
            ),
            (
                "/Resources/Errors/Properties/Period".to_owned(),
                Some(json!(10)),
                "Period 10",
            ),
            (
                "/Resources/Errors/Properties/Metrics".to_owned(),
                Some(json!([])),
                "Metrics",
            ),
            (
                "/Resources/Often".to_owned(),
                Some(often("cron(0/5 3 * * ? *)")),
                "ScheduleExpression",
            ),
            (
                "/Resources/Often".to_owned(),
                Some(often("rate(5 minutes)")),
                "ScheduleExpression",
            ),
            (
                "/Resources/PapersPapers/Properties/ScheduleExpression".to_owned(),
                Some(json!("rate(1 minute)")),
                "ScheduleExpression",
            ),
        ] {
            refused(&with(long, &place, value)?, &place, named)?;
        }
        Ok(())
    })
}

#[test]
fn whoever_asks_an_empty_queue_is_paid_for_it() -> Result<()> {
    let Some(long) = translated(&CHAPTER_7.template())? else {
        return Ok(());
    };
    let asked = |long: &Value| Ok::<_, anyhow::Error>(idle(long)?.get("sqs.request").copied());
    let at = |place: &str| long.pointer(place).context(place.to_owned()).cloned();
    let polls = asked(&long)?.context("nobody asks")?;
    let stream = with(
        &long,
        "/Resources/More",
        Some(at("/Resources/TellerOutbox")?),
    )?;
    ensure!(
        asked(&stream)? == Some(polls),
        "a stream is read for nothing"
    );
    let poll = at("/Resources/ThanksLetters")?;
    let more = with(&long, "/Resources/More", Some(poll))?;
    ensure!(asked(&more)? == Some(2 * polls), "one more");
    let less = with(&long, "/Resources/ThanksLetters", None)?;
    ensure!(asked(&less)?.is_none(), "none");
    let mapping = "/Resources/ThanksLetters/Properties";
    for (name, value) in [
        ("ProvisionedPollerConfig", json!({ "MinimumPollers": 2 })),
        ("EventSourceArn", json!("arn:aws:sqs:::letters")),
    ] {
        let place = format!("{mapping}/{name}");
        refused(&with(&long, &place, Some(value))?, &place, name)?;
    }
    Ok(())
}

/// Makes sure that it is said what of this place is not known.
fn refused(template: &Value, place: &str, named: &str) -> Result<()> {
    let error = idle(template).err().with_context(|| place.to_owned())?;
    let words = format!("{error:#}");
    let resource = place.split('/').nth(2).unwrap_or_default();
    ensure!(words.starts_with(&format!("{resource}: ")), "{words}");
    ensure!(words.contains(named), "{words}");
    Ok(())
}
