//! The tables that the template plans against those that a release makes.

use anyhow::{Context, Result, ensure};
use less_to_run_tests::lambda::{
    CHAPTER_5, CHAPTER_6, CHAPTER_7, Chapter, Plan, Table, made, outlives, planned, unplanned,
};
use local::Local;
use serde_json::{Value, json};

use crate::host::Host;
use crate::{on_each, with};

#[test]
fn a_release_makes_the_tables_that_the_template_plans() -> Result<()> {
    on_each(|chapter, long| {
        let (planned, made) = (planned(long)?, released(chapter)?);
        let found = unplanned(&planned, &made);
        ensure!(planned == made && found.is_empty(), "{}", found.join("\n"));
        Ok(())
    })
}

#[test]
fn no_table_is_taken_for_another() -> Result<()> {
    on_each(|chapter, long| {
        let made = released(chapter)?;
        let differs = |damaged: &Value| planned(damaged).map_or(true, |planned| planned != made);
        let names: Vec<&String> = made.keys().collect();
        ensure!(names.len() == chapter.tables.len(), "{names:?}");
        for name in names {
            let table = format!("/Resources/{name}");
            let without = with(long, &table, None)?;
            ensure!(differs(&without), "{table} can be taken away");
            no_other(long, &format!("{table}/Properties"), differs)?;
        }
        Ok(())
    })
}

/// Makes sure that a table differs once something is taken from it, changed or added.
fn no_other(long: &Value, table: &str, differs: impl Fn(&Value) -> bool) -> Result<()> {
    let all = places(long.pointer(table).context("no table")?, table);
    // That of the people has the fewest: one key.
    ensure!(all.len() > 8, "{all:?}");
    for place in all {
        let without = with(long, &place, None)?;
        ensure!(differs(&without), "{place} can be taken away");
        let another = with(long, &place, Some(json!("another")))?;
        ensure!(differs(&another), "{place} can be another");
    }
    let expiry = json!({ "AttributeName": "more", "Enabled": true });
    let expires = with(
        long,
        &format!("{table}/TimeToLiveSpecification"),
        Some(expiry),
    )?;
    ensure!(differs(&expires), "what is in {table} can expire otherwise");
    for (name, more) in [
        (
            "AttributeDefinitions",
            json!({ "AttributeName": "more", "AttributeType": "S" }),
        ),
        (
            "KeySchema",
            json!({ "AttributeName": "more", "KeyType": "RANGE" }),
        ),
        ("GlobalSecondaryIndexes", json!({ "IndexName": "more" })),
        ("LocalSecondaryIndexes", json!({ "IndexName": "more" })),
    ] {
        let place = format!("{table}/{name}");
        let list = long.pointer(&place).and_then(Value::as_array);
        let list = [list.cloned().unwrap_or_default(), vec![more]].concat();
        let more = with(long, &place, Some(list.into()))?;
        ensure!(differs(&more), "{place} can be more");
    }
    Ok(())
}

#[test]
fn what_is_in_a_table_outlives_the_stack() -> Result<()> {
    on_each(outlives)
}

#[test]
fn a_table_without_an_index_or_a_stream_is_another() -> Result<()> {
    ensure!(released(&CHAPTER_5)? != released(&CHAPTER_6)?);
    ensure!(released(&CHAPTER_6)? != released(&CHAPTER_7)?);
    Ok(())
}

/// The tables as the release of a chapter makes them.
fn released(chapter: &Chapter) -> Result<Plan> {
    let database = Local::in_memory()?;
    let host = Host::new(chapter, &Table::text(chapter)?, &database.url())?;
    host.release()?;
    made(&database.url(), chapter.tables)
}

/// Where there is something below this place.
pub fn places(value: &Value, place: &str) -> Vec<String> {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), value))
            .collect(),
        Value::Array(values) => values
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .collect(),
        _ => vec![],
    };
    below
        .into_iter()
        .flat_map(|(key, value)| {
            let place = format!("{place}/{key}");
            let below = places(value, &place);
            [vec![place], below].concat()
        })
        .collect()
}
