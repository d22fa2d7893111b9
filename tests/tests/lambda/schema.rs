//! The table that the template plans against the one that a release makes.

use anyhow::{Context, Result, ensure};
use less_to_run_tests::lambda::{CHAPTER_5, CHAPTER_6, CHAPTER_7, Chapter, Table, made, planned};
use local::Local;
use serde_json::{Value, json};

use crate::host::Host;
use crate::{on_each, with};

/// The table in a template.
const TABLE: &str = "/Resources/Table/Properties";

#[test]
fn a_release_makes_the_table_that_the_template_plans() -> Result<()> {
    on_each(|chapter, long| {
        let (planned, made) = (planned(long)?, released(chapter)?);
        ensure!(planned == made, "planned: {planned:#}\nmade: {made:#}");
        Ok(())
    })
}

#[test]
fn no_table_is_taken_for_another() -> Result<()> {
    on_each(|chapter, long| {
        let made = released(chapter)?;
        let differs = |damaged: &Value| planned(damaged).map_or(true, |planned| planned != made);
        let all = places(long.pointer(TABLE).context("no table")?, TABLE);
        ensure!(all.len() > 10, "{all:?}");
        for place in all {
            let without = with(long, &place, None)?;
            ensure!(differs(&without), "{place} can be taken away");
            let another = with(long, &place, Some(json!("another")))?;
            ensure!(differs(&another), "{place} can be another");
        }
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
            let place = format!("{TABLE}/{name}");
            let list = long.pointer(&place).and_then(Value::as_array);
            let list = [list.cloned().unwrap_or_default(), vec![more]].concat();
            let more = with(long, &place, Some(list.into()))?;
            ensure!(differs(&more), "{name} can be more");
        }
        Ok(())
    })
}

#[test]
fn a_table_without_an_index_or_a_stream_is_another() -> Result<()> {
    ensure!(released(&CHAPTER_5)? != released(&CHAPTER_6)?);
    ensure!(released(&CHAPTER_6)? != released(&CHAPTER_7)?);
    Ok(())
}

/// The table as the release of a chapter makes it.
fn released(chapter: &Chapter) -> Result<Value> {
    let database = Local::in_memory()?;
    let host = Host::new(chapter, &Table::text(chapter)?, &database.url())?;
    host.release()?;
    made(&database.url())
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
