//! Whom a template has told when something is wrong.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Sources;

/// Makes sure that somebody is told of what is given up.
///
/// # Errors
///
/// When nobody is, of which queue.
pub fn of_what_is_given_up(long: &Value, sources: &Sources) -> Result<()> {
    let queues = sources.values().flat_map(|source| {
        let ends = [source.get("failed"), source.get("dead")];
        ends.into_iter().flatten().filter_map(Value::as_str)
    });
    let queues: BTreeSet<&str> = queues.collect();
    ensure!(!queues.is_empty(), "nothing is given up");
    let resources = long["Resources"].as_object().context("no resources")?;
    for queue in queues {
        let name = json!([{ "Name": "QueueName", "Value": { "Fn::GetAtt": [logical(queue), "QueueName"] } }]);
        let mut alarms = resources.values().map(|each| &each["Properties"]);
        let alarm = alarms.find(|alarm| alarm["Dimensions"] == name);
        let alarm = alarm.with_context(|| format!("nobody is told of {queue}"))?;
        let metric = &alarm["MetricName"];
        ensure!(metric == "ApproximateNumberOfMessagesVisible", "{alarm}");
        ensure!(alarm["AlarmActions"][0]["Ref"] == "Alarm", "{alarm}");
    }
    Ok(())
}

/// Makes sure that somebody is told when a stream is late, before anything in it is given up.
///
/// # Errors
///
/// When nobody is, of which stream.
pub fn of_a_late_stream(long: &Value, sources: &Sources) -> Result<()> {
    let resources = long["Resources"].as_object().context("no resources")?;
    let streams = sources
        .iter()
        .filter(|(name, _)| name.starts_with("stream "));
    for (name, stream) in streams {
        let function = stream.get("function").and_then(Value::as_str);
        let function = logical(function.context("to nobody")?);
        let dimension = json!([{ "Name": "FunctionName", "Value": { "Ref": function } }]);
        let mut alarms = resources.values().map(|each| &each["Properties"]);
        let alarm = alarms.find(|alarm| alarm["Dimensions"] == dimension);
        let alarm = alarm.with_context(|| format!("nobody is told of {name}"))?;
        let what = [&alarm["MetricName"], &alarm["Statistic"]];
        ensure!(what == ["IteratorAge", "Maximum"], "{alarm}");
        ensure!(alarm["AlarmActions"][0]["Ref"] == "Alarm", "{alarm}");
        // The one in milliseconds, and the other in seconds.
        let (late, age) = (alarm["Threshold"].as_u64(), stream.get("age"));
        let age = age
            .and_then(Value::as_u64)
            .context("it is never given up")?;
        ensure!(late.is_some_and(|late| late < age * 1000), "{alarm}");
    }
    Ok(())
}

/// `DeadLetters` for `dead-letters`.
fn logical(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    });
    words.collect()
}
