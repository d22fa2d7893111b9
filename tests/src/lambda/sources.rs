//! What leads to functions besides requests and rules of the bus: streams and queues, as the host's table of sources and the template have them.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};

use super::template::{Template, get_att, name};

/// What there is, by what it is and what it is called, `queue letters`, in the words of the table.
pub type Sources = BTreeMap<String, Map<String, Value>>;

/// A schedule's name in a template, that of the function that it leads to, and what it says in the words of the table.
pub(super) type Schedule<'a> = (&'a str, &'a str, Map<String, Value>);

/// A property in a template, its name in the table of sources, and how the one is read from the other.
type Row = (&'static str, &'static str, fn(&Value) -> Result<Value>);

const STREAM: &[Row] = &[
    ("BatchSize", "batch", same),
    ("BisectBatchOnFunctionError", "bisect", same),
    ("DestinationConfig.OnFailure.Destination", "failed", arn),
    ("FilterCriteria.Filters", "pattern", filter),
    ("FunctionName", "function", reference),
    ("FunctionResponseTypes", "partial", partial),
    ("MaximumBatchingWindowInSeconds", "window", same),
    ("MaximumRecordAgeInSeconds", "age", same),
    ("MaximumRetryAttempts", "attempts", same),
];

const POLL: &[Row] = &[
    ("BatchSize", "batch", same),
    ("FunctionName", "function", reference),
    ("FunctionResponseTypes", "partial", partial),
    ("ScalingConfig.MaximumConcurrency", "most", same),
];

const QUEUE: &[Row] = &[
    ("MessageRetentionPeriod", "retention", same),
    ("RedrivePolicy.deadLetterTargetArn", "dead", arn),
    ("RedrivePolicy.maxReceiveCount", "receives", same),
    ("VisibilityTimeout", "visibility", same),
];

const SCHEDULE: &[Row] = &[("ScheduleExpression", "when", same)];

const EVENTS: &[Row] = &[
    ("DestinationConfig.OnFailure.Destination", "failed", arn),
    ("MaximumRetryAttempts", "attempts", same),
];

/// What is so if nobody says anything:
///
/// - <https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html>
/// - <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html>
/// - <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html>
/// - <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>
fn unsaid(kind: &str) -> Value {
    match kind {
        "stream" => json!({ "batch": 100, "window": 0, "bisect": false, "partial": false }),
        "poll" => json!({ "batch": 10, "partial": false }),
        "events" => json!({ "attempts": 2 }),
        "queue" => json!({ "visibility": 30, "retention": 345_600 }),
        _ => json!({}),
    }
}

/// What a table of sources says.
///
/// # Errors
///
/// When it is no such table, or says something twice.
pub fn sources(text: &str) -> Result<Sources> {
    let table: BTreeMap<String, Vec<Map<String, Value>>> = toml::from_str(text)?;
    let mut sources = Sources::new();
    for (kind, entries) in table {
        for mut entry in entries {
            let key = match kind.as_str() {
                "poll" => "queue",
                "events" => "function",
                _ => "name",
            };
            let name = entry.remove(key);
            let name = name.as_ref().and_then(Value::as_str);
            add(&mut sources, &kind, name.context("no name")?, entry)?;
        }
    }
    Ok(sources)
}

fn add(sources: &mut Sources, kind: &str, name: &str, said: Map<String, Value>) -> Result<()> {
    let mut source = unsaid(kind).as_object().cloned().unwrap_or_default();
    source.extend(said);
    let before = sources.insert(format!("{kind} {name}"), source);
    ensure!(before.is_none(), "two of {kind} {name}");
    Ok(())
}

impl Template<'_> {
    /// What it says of what leads to functions besides requests and rules of the bus.
    ///
    /// # Errors
    ///
    /// When it says something of that for which the table of sources has no word.
    pub fn sources(&self) -> Result<Sources> {
        self.only_rules_send()?;
        let mut sources = Sources::new();
        for (id, mapping) in self.of_type("AWS::Lambda::EventSourceMapping") {
            self.mapping(id, mapping, &mut sources)
                .context(id.clone())?;
        }
        for (id, queue) in self.of_type("AWS::SQS::Queue") {
            let said = line(queue, QUEUE, &[]).context(id.clone())?;
            add(&mut sources, "queue", &name(id), said)?;
        }
        for (id, config) in self.of_type("AWS::Lambda::EventInvokeConfig") {
            let function = config["FunctionName"].clone();
            let of = reference(&function)?.as_str().map(str::to_owned);
            let known = [("FunctionName", function), ("Qualifier", json!("$LATEST"))];
            let said = line(config, EVENTS, &known).context(id.clone())?;
            add(&mut sources, "events", &of.unwrap_or_default(), said)?;
        }
        for (id, function, said) in self.schedules()? {
            let own = id.strip_prefix(function).unwrap_or(id);
            add(&mut sources, "schedule", &name(own), said)?;
        }
        for (rule, queue, pattern) in self.rules_to_queues()? {
            let said = json!({ "pattern": pattern, "queue": name(queue) });
            let said = said.as_object().cloned().unwrap_or_default();
            add(&mut sources, "rule", &name(rule), said)?;
        }
        Ok(sources)
    }

    /// The schedules, with the functions that they lead to, and with what they say.
    ///
    /// # Errors
    ///
    /// When one may do something else, or says something for which the table of sources has no word.
    pub(super) fn schedules(&self) -> Result<Vec<Schedule<'_>>> {
        let schedules = self.of_type("AWS::Scheduler::Schedule");
        let schedules = schedules.map(|(id, schedule)| {
            let (function, said) = self.schedule(id, schedule).context(id.clone())?;
            Ok((id.as_str(), function, said))
        });
        schedules.collect()
    }

    /// The function that it leads to, and what it says.
    fn schedule<'v>(&self, id: &str, schedule: &'v Value) -> Result<(&'v str, Map<String, Value>)> {
        let target = &schedule["Target"];
        let function = target["Arn"]["Fn::GetAtt"][0].as_str();
        let function = function.context("to nobody")?;
        let arn = get_att(function, "Arn");
        ensure!(target["Arn"] == arn, "{target}");
        let role = target["RoleArn"]["Fn::GetAtt"][0].as_str();
        let role = role.filter(|id| target["RoleArn"] == get_att(id, "Arn"));
        let role = role.and_then(|id| self.0.get(id)).context("no role")?;
        only_calls(&role["Properties"], &arn).context("its role")?;
        let target = json!({ "Arn": arn, "RoleArn": target["RoleArn"] });
        let known = [
            ("FlexibleTimeWindow", json!({ "Mode": "OFF" })),
            ("Name", id.into()),
            ("Target", target),
        ];
        let mut said = line(schedule, SCHEDULE, &known)?;
        said.insert("function".into(), name(function).into());
        Ok((function, said))
    }

    fn mapping(&self, id: &str, mapping: &Value, sources: &mut Sources) -> Result<()> {
        let from = &mapping["EventSourceArn"];
        let function = mapping["FunctionName"]["Ref"].as_str().unwrap_or_default();
        let mut known = vec![("EventSourceArn", from.clone())];
        if let Some(table) = self.table_of_stream(from) {
            // With the oldest, as the host does.
            known.push(("StartingPosition", json!("TRIM_HORIZON")));
            let mut said = line(mapping, STREAM, &known)?;
            if self.table_of(function) != Some(table) {
                said.insert("table".into(), name(table).into());
            }
            let own = id.strip_prefix(function).unwrap_or(id);
            return add(sources, "stream", &name(own), said);
        }
        let queue = self.queue(from).context("from where?")?;
        add(sources, "poll", &name(queue), line(mapping, POLL, &known)?)
    }
}

/// Makes sure that a role is one with which a schedule calls a function, and does nothing else:
/// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html>
fn only_calls(role: &Value, function: &Value) -> Result<()> {
    let policies = role["Policies"].as_array().map(Vec::as_slice);
    let Some([policy]) = policies else {
        bail!("{role} has not one policy");
    };
    let call =
        json!({ "Action": "lambda:InvokeFunction", "Effect": "Allow", "Resource": function });
    let is_scheduler = json!({
        "Action": ["sts:AssumeRole"],
        "Effect": "Allow",
        "Principal": { "Service": ["scheduler.amazonaws.com"] },
    });
    let more = role.as_object().map_or(0, Map::len);
    ensure!(more == 2, "{role} says more than is read here");
    for (document, due) in [
        (&policy["PolicyDocument"], call),
        (&role["AssumeRolePolicyDocument"], is_scheduler),
    ] {
        let said = &document["Statement"];
        ensure!(*said == json!([due]), "it is {said}, and is to be {due}");
    }
    Ok(())
}

/// Properties in the words of the table. Besides what is read, nothing may be set but what is `known`.
fn line(properties: &Value, rows: &[Row], known: &[(&str, Value)]) -> Result<Map<String, Value>> {
    let mut left = properties.as_object().cloned().unwrap_or_default();
    for (property, value) in known {
        let set = left.remove(*property);
        ensure!(set.as_ref() == Some(value), "{property} is {set:?}");
    }
    let mut line = Map::new();
    for (property, word, read) in rows {
        let place: Vec<&str> = property.split('.').collect();
        if let Some(set) = take(&mut left, &place) {
            line.insert((*word).to_owned(), read(&set).context(*property)?);
        }
    }
    ensure!(left.is_empty(), "there is no word for {left:?}");
    Ok(line)
}

/// Takes what is in this place, and what is empty then.
fn take(from: &mut Map<String, Value>, place: &[&str]) -> Option<Value> {
    let (first, rest) = place.split_first()?;
    if rest.is_empty() {
        return from.remove(*first);
    }
    let inside = from.get_mut(*first)?.as_object_mut()?;
    let taken = take(inside, rest);
    if inside.is_empty() {
        from.remove(*first);
    }
    taken
}

#[allow(clippy::unnecessary_wraps, reason = "others can fail")]
fn same(value: &Value) -> Result<Value> {
    Ok(value.clone())
}

fn arn(value: &Value) -> Result<Value> {
    let id = value["Fn::GetAtt"][0].as_str().context("no queue")?;
    ensure!(*value == get_att(id, "Arn"), "{value} is no queue");
    Ok(name(id).into())
}

fn reference(value: &Value) -> Result<Value> {
    Ok(name(value["Ref"].as_str().context("no function")?).into())
}

fn filter(value: &Value) -> Result<Value> {
    let filters = value.as_array().map(Vec::as_slice);
    let Some([filter]) = filters else {
        bail!("{value} is not one filter");
    };
    let pattern = filter["Pattern"].as_str().context("no pattern")?;
    Ok(serde_json::from_str(pattern)?)
}

fn partial(value: &Value) -> Result<Value> {
    ensure!(*value == json!(["ReportBatchItemFailures"]), "{value}");
    Ok(true.into())
}
