//! What the template lets functions do.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::template::{Template, name};

/// What somebody may do, and to what: `dynamodb:GetItem Table`, `dynamodb:Query Table/waiting` where it is an index, `dynamodb:GetRecords stream Table`,
/// `events:PutEvents bus default`.
pub type Grants = BTreeSet<String>;

/// What a role is let by AWS's own policies, whatever it is that it does it to. SAM gives the first to each function, and the others to those that something
/// is brought to:
///
/// - <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html>
/// - <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaDynamoDBExecutionRole.html>
/// - <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaSQSQueueExecutionRole.html>
const MANAGED: [(&str, &[&str]); 3] = [
    ("AWSLambdaBasicExecutionRole", &[]),
    ("AWSLambdaDynamoDBExecutionRole", &READS_STREAM),
    ("AWSLambdaSQSQueueExecutionRole", &READS_QUEUE),
];

/// What each of them lets a role do besides.
const LOGS: [&str; 3] = [
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
];

/// What Lambda does with the role of a function that it brings the changes of a table to, and to which stream it does it:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/iam-policy-example-lamda-process-dynamodb-streams.html>
pub const READS_STREAM: [&str; 4] = [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
];

/// The same for the messages of a queue: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>
pub const READS_QUEUE: [&str; 3] = [
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
];

impl<'a> Template<'a> {
    /// What the role of a function says of it alone.
    ///
    /// # Errors
    ///
    /// When it has no role, or that says more than which actions are allowed.
    pub fn own_grants(&self, function: &str) -> Result<Grants> {
        let mut grants = BTreeSet::new();
        let policies = &self.role(function)?["Policies"];
        for policy in policies.as_array().into_iter().flatten() {
            grants.extend(allowed(&policy["PolicyDocument"])?);
        }
        Ok(grants)
    }

    /// What a function may do: what its role and AWS's policy for all functions let it, as far as the boundary does.
    ///
    /// # Errors
    ///
    /// As [`Template::own_grants`], and when the role has no boundary, or a policy of which nothing is known here.
    pub fn grants(&self, function: &str) -> Result<Grants> {
        let role = self.role(function)?;
        let boundary = role["PermissionsBoundary"]["Ref"].as_str();
        let most = self.boundary(boundary.context("no boundary")?)?;
        let mut grants = self.own_grants(function)?;
        for arn in role["ManagedPolicyArns"].as_array().into_iter().flatten() {
            let text = arn.as_str().unwrap_or_default();
            let name = text.strip_prefix("arn:aws:iam::aws:policy/service-role/");
            let mut policies = MANAGED.iter();
            let policy = policies.find(|(policy, _)| Some(*policy) == name);
            let (_, more) = policy.with_context(|| format!("nothing is known of {arn}"))?;
            grants.extend(more.iter().chain(&LOGS).map(|action| format!("{action} *")));
        }
        let both = most.into_iter().filter(|grant| {
            let (action, _) = grant.split_once(' ').unwrap_or_default();
            grants.contains(grant) || grants.contains(&format!("{action} *"))
        });
        Ok(both.collect())
    }

    fn role(&self, function: &str) -> Result<&'a Value> {
        let mut functions = self.of_type("AWS::Lambda::Function");
        let of_name = functions.find(|(id, _)| name(id) == function);
        let (_, properties) = of_name.context("no such function")?;
        let role = properties["Role"]["Fn::GetAtt"][0].as_str();
        let role = role.and_then(|id| self.0.get(id)).context("no role")?;
        Ok(&role["Properties"])
    }

    /// What all boundaries let anybody do at most.
    ///
    /// # Errors
    ///
    /// When one says more than which actions are allowed.
    pub fn boundaries(&self) -> Result<Grants> {
        let mut most = BTreeSet::new();
        for (id, _) in self.of_type("AWS::IAM::ManagedPolicy") {
            most.extend(self.boundary(id)?);
        }
        Ok(most)
    }

    fn boundary(&self, id: &str) -> Result<Grants> {
        let policy = self.0.get(id).context("no such boundary")?;
        allowed(&policy["Properties"]["PolicyDocument"])
    }

    /// What Lambda does with the role of a function that it brings something to.
    ///
    /// # Errors
    ///
    /// When it is not said from where that comes.
    pub fn due_to_mappings(&self, function: &str) -> Result<Grants> {
        let mut due = Grants::new();
        for (id, mapping) in self.of_type("AWS::Lambda::EventSourceMapping") {
            let of = mapping["FunctionName"]["Ref"].as_str().map(name);
            if of.as_deref() != Some(function) {
                continue;
            }
            let part = |index| mapping["EventSourceArn"]["Fn::GetAtt"][index].as_str();
            let (actions, place) = match (part(0), part(1)) {
                (Some(table), Some("StreamArn")) => (&READS_STREAM[..], format!("stream {table}")),
                (Some(queue), Some("Arn")) => (&READS_QUEUE[..], queue.to_owned()),
                _ => bail!("{id}: from where?"),
            };
            due.extend(actions.iter().map(|action| format!("{action} {place}")));
            let failed = mapping.pointer("/DestinationConfig/OnFailure/Destination/Fn::GetAtt/0");
            let failed = failed.and_then(Value::as_str);
            due.extend(failed.map(|queue| format!("sqs:SendMessage {queue}")));
        }
        Ok(due)
    }
}

/// What a policy allows.
fn allowed(document: &Value) -> Result<Grants> {
    let mut grants = BTreeSet::new();
    for statement in one_or_more(&document["Statement"]) {
        let words: Vec<_> = statement
            .as_object()
            .context("no statement")?
            .keys()
            .collect();
        ensure!(statement["Effect"] == "Allow", "{statement} allows nothing");
        ensure!(words.len() == 3, "{statement} says more than is read here");
        for action in one_or_more(&statement["Action"]) {
            for resource in one_or_more(&statement["Resource"]) {
                let action = action.as_str().context("no action")?;
                grants.insert(format!("{action} {}", place(resource)));
            }
        }
    }
    Ok(grants)
}

/// What a policy says of whom it is about, in a word.
fn place(resource: &Value) -> String {
    let sub = &resource["Fn::Sub"];
    // With the name of the bus, or with a place for it.
    let text = sub.as_str().or(sub[0].as_str()).unwrap_or_default();
    let bus = sub[1]["eventBusName"].as_str().unwrap_or("default");
    if let Some((_, "default" | "${eventBusName}")) = text.split_once(":event-bus/") {
        return format!("bus {bus}");
    }
    let index = sub.as_str().and_then(|text| text.strip_prefix("${"));
    if let Some((table, index)) = index.and_then(|text| text.split_once(".Arn}/index/")) {
        return format!("{table}/{index}");
    }
    let part = |index| resource["Fn::GetAtt"][index].as_str();
    match (part(0), part(1), resource.as_str()) {
        (Some(whole), Some("Arn"), _) => whole.to_owned(),
        (Some(table), Some("StreamArn"), _) => format!("stream {table}"),
        (.., Some("*")) => "*".to_owned(),
        _ => resource.to_string(),
    }
}

fn one_or_more(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        Value::Null => vec![],
        value => vec![value],
    }
}
