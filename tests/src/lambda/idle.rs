//! What is paid for what the template makes while nobody comes.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

/// What a month costs in which nobody comes: how many of what, by the keys of the price list.
pub type Idle = BTreeMap<String, u32>;

/// How often Lambda asks a queue in a month of 30 days, while there is nothing in it. It has five at it, each of which waits for 20 s, the longest that SQS has
/// somebody wait; it may do with two, and does not say when. AWS was not measured:
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html>,
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html>
const POLLS: u32 = 5 * 3 * 60 * 24 * 30;

/// A type of resource of which this is known: each one costs nothing until it is used, or the price by the month that is named, as long as nothing
/// but these properties is set.
struct Known {
    kind: &'static str,
    price: Option<&'static str>,
    properties: &'static [&'static str],
}

/// What is kept in a table, a log or a queue is storage, which is paid for by its size and is on no bill of an idle month.
///
/// - <https://aws.amazon.com/lambda/pricing/>: a function is paid for by the request and by the time that it takes, unless instances of it are
///   kept ready (`ProvisionedConcurrencyConfig`) or restored (`SnapStart`). To reserve some of the account's is free.
/// - <https://aws.amazon.com/dynamodb/pricing/on-demand/>: what Lambda reads of a stream is free.
/// - <https://aws.amazon.com/api-gateway/pricing/>, <https://aws.amazon.com/eventbridge/pricing/>, <https://aws.amazon.com/sns/pricing/>: by what goes through.
///   A rule with a schedule has something go through by itself, and so does a schedule: each time is paid for, and so is the call.
/// - <https://aws.amazon.com/sqs/pricing/>: a queue is paid for by the request, and who asks an empty one has made one.
/// - <https://aws.amazon.com/cloudwatch/pricing/>: an alarm is paid for by the month, and one that computes with several metrics by each of them.
const KNOWN: &[Known] = &[
    free("AWS::ApiGatewayV2::Api", &["Body"]),
    free(
        "AWS::ApiGatewayV2::Stage",
        &[
            "ApiId",
            "AutoDeploy",
            "DefaultRouteSettings",
            "StageName",
            "Tags",
        ],
    ),
    Known {
        kind: "AWS::CloudWatch::Alarm",
        price: Some("cloudwatch.alarm"),
        properties: &[
            "AlarmActions",
            "ComparisonOperator",
            "Dimensions",
            "EvaluationPeriods",
            "MetricName",
            "Namespace",
            "Period",
            "Statistic",
            "Threshold",
            "TreatMissingData",
        ],
    },
    free(
        "AWS::DynamoDB::Table",
        &[
            "AttributeDefinitions",
            "BillingMode",
            "GlobalSecondaryIndexes",
            "KeySchema",
            "StreamSpecification",
            "TimeToLiveSpecification",
        ],
    ),
    free("AWS::Events::Rule", &["EventPattern", "Targets"]),
    free("AWS::IAM::ManagedPolicy", &["PolicyDocument"]),
    free(
        "AWS::IAM::Role",
        &[
            "AssumeRolePolicyDocument",
            "ManagedPolicyArns",
            "PermissionsBoundary",
            "Policies",
            "Tags",
        ],
    ),
    free(
        "AWS::Lambda::EventInvokeConfig",
        &[
            "DestinationConfig",
            "FunctionName",
            "MaximumRetryAttempts",
            "Qualifier",
        ],
    ),
    // Of a stream; a queue is asked.
    free(
        "AWS::Lambda::EventSourceMapping",
        &[
            "BatchSize",
            "BisectBatchOnFunctionError",
            "DestinationConfig",
            "EventSourceArn",
            "FilterCriteria",
            "FunctionName",
            "FunctionResponseTypes",
            "MaximumRecordAgeInSeconds",
            "StartingPosition",
        ],
    ),
    free(
        "AWS::Lambda::Function",
        &[
            "Architectures",
            "Code",
            "Environment",
            "Handler",
            "LoggingConfig",
            "MemorySize",
            "ReservedConcurrentExecutions",
            "Role",
            "Runtime",
            "Tags",
            "Timeout",
        ],
    ),
    free(
        "AWS::Lambda::Permission",
        &["Action", "FunctionName", "Principal", "SourceArn"],
    ),
    free("AWS::Logs::LogGroup", &["RetentionInDays"]),
    free(
        "AWS::Scheduler::Schedule",
        &["FlexibleTimeWindow", "Name", "ScheduleExpression", "Target"],
    ),
    free("AWS::SNS::Topic", &["Subscription"]),
    free(
        "AWS::SQS::Queue",
        &[
            "MessageRetentionPeriod",
            "RedrivePolicy",
            "VisibilityTimeout",
        ],
    ),
    free("AWS::SQS::QueuePolicy", &["PolicyDocument", "Queues"]),
];

/// What may be set of an index of a table: it is paid for as that is.
const OF_INDEX: &[&str] = &["IndexName", "KeySchema", "Projection"];

const fn free(kind: &'static str, properties: &'static [&'static str]) -> Known {
    Known {
        kind,
        price: None,
        properties,
    }
}

/// What is paid for, by its key in the price list, and how many times.
type Paid = (&'static str, u32);

/// What the resources of a template in its long form cost in a month in which nobody comes, beyond what is stored.
///
/// # Errors
///
/// Where that is not known of a resource, by its name, and of what of it.
pub fn idle(long: &Value) -> Result<Idle> {
    let mut idle = Idle::new();
    let resources = long["Resources"].as_object().context("no resources")?;
    for (id, resource) in resources {
        let price = price(resource, resources).with_context(|| {
            format!(
                "{id}: what it costs while nobody comes is not known (tests/src/lambda/idle.rs)"
            )
        })?;
        for (key, count) in price {
            *idle.entry(key.to_owned()).or_default() += count;
        }
    }
    Ok(idle)
}

/// What is paid for a resource, and how many times.
fn price(resource: &Value, all: &Map<String, Value>) -> Result<Vec<Paid>> {
    let kind = resource["Type"].as_str().context("no type")?;
    let known = KNOWN.iter().find(|known| known.kind == kind);
    let known = known.with_context(|| kind.to_owned())?;
    let properties = resource["Properties"].as_object();
    let names = properties.into_iter().flat_map(Map::keys);
    if let Some(other) = other(names, known.properties) {
        bail!("{other} of {kind}");
    }
    let property = |name| &resource["Properties"][name];
    let indexes = property("GlobalSecondaryIndexes").as_array();
    let indexes = indexes.into_iter().flatten().filter_map(Value::as_object);
    if let Some(other) = other(indexes.flat_map(Map::keys), OF_INDEX) {
        bail!("{other} of an index of {kind}");
    }
    match kind {
        // Unless it is said, capacity is bought by the hour.
        "AWS::DynamoDB::Table" if property("BillingMode") != "PAY_PER_REQUEST" => {
            bail!("BillingMode {} of {kind}", property("BillingMode"))
        }
        // Shorter ones have another price.
        "AWS::CloudWatch::Alarm" if property("Period").as_u64().is_none_or(|s| s < 60) => {
            bail!("Period {} of {kind}", property("Period"))
        }
        "AWS::Lambda::EventSourceMapping" => polls(property("EventSourceArn"), all),
        "AWS::Scheduler::Schedule" => {
            let times = times(property("ScheduleExpression"))?;
            Ok(vec![
                ("scheduler.invocation", times),
                ("lambda.request", times),
            ])
        }
        _ => Ok(known.price.map(|key| (key, 1)).into_iter().collect()),
    }
}

/// What Lambda asks for in a month in which nothing comes from there.
fn polls(from: &Value, all: &Map<String, Value>) -> Result<Vec<Paid>> {
    let part = |index| from["Fn::GetAtt"][index].as_str();
    let kind = part(0).and_then(|id| all.get(id)?["Type"].as_str());
    match (kind, part(1)) {
        (Some("AWS::DynamoDB::Table"), Some("StreamArn")) => Ok(vec![]),
        (Some("AWS::SQS::Queue"), Some("Arn")) => Ok(vec![("sqs.request", POLLS)]),
        _ => bail!("EventSourceArn {from}"),
    }
}

/// How often it is time in a month of 30 days. What is neither each minute nor once a day is on no bill yet.
fn times(when: &Value) -> Result<u32> {
    if when == "rate(1 minute)" {
        return Ok(60 * 24 * 30);
    }
    let fields = when.as_str().and_then(|when| when.strip_prefix("cron("));
    let fields: Vec<&str> = fields.unwrap_or_default().split(' ').collect();
    let [minute, hour, "*", "*", "?", "*)"] = fields.as_slice() else {
        bail!("ScheduleExpression {when}");
    };
    if [minute, hour]
        .iter()
        .all(|number| number.parse::<u8>().is_ok())
    {
        return Ok(30);
    }
    bail!("ScheduleExpression {when}");
}

/// One of the names that is none of those that are known.
fn other<'a>(mut names: impl Iterator<Item = &'a String>, known: &[&str]) -> Option<&'a String> {
    names.find(|name| !known.contains(&name.as_str()))
}
