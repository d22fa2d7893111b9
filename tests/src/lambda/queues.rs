//! Whom the queues of the template let in.

use anyhow::{Result, ensure};
use serde_json::{Map, Value, json};

use super::template::{Template, get_att};

impl Template<'_> {
    /// The queue with this ARN.
    pub(super) fn queue(&self, arn: &Value) -> Option<&str> {
        let mut queues = self.of_type("AWS::SQS::Queue").map(|(id, _)| id.as_str());
        queues.find(|id| *arn == get_att(id, "Arn"))
    }

    /// The rules of the bus that lead to queues, and that these let in, with their patterns.
    pub(super) fn rules_to_queues(&self) -> Result<Vec<(&str, &str, &Value)>> {
        let mut found = vec![];
        for (id, rule) in self.of_type("AWS::Events::Rule") {
            for target in rule["Targets"].as_array().into_iter().flatten() {
                let Some(queue) = self.queue(&target["Arn"]) else {
                    continue;
                };
                let words = target.as_object().map_or(0, Map::len);
                ensure!(words == 2, "{id}: {target} says more than where");
                if self.guests().any(|guest| guest == may_send(queue, id)) {
                    found.push((id.as_str(), queue, &rule["EventPattern"]));
                }
            }
        }
        Ok(found)
    }

    /// Makes sure that no queue lets anybody in but a rule of the bus that leads there.
    ///
    /// # Errors
    ///
    /// When one does, with whom.
    pub fn only_rules_send(&self) -> Result<()> {
        let rules = self.rules_to_queues()?;
        for guest in self.guests() {
            let mut rules = rules.iter();
            let is_rule = rules.any(|(rule, queue, _)| guest == may_send(queue, rule));
            ensure!(is_rule, "no rule that leads there is let in by {guest}");
        }
        Ok(())
    }

    /// Whom queues let in: each queue with each statement of its policies.
    fn guests(&self) -> impl Iterator<Item = Value> {
        let policies = self.of_type("AWS::SQS::QueuePolicy");
        policies.flat_map(|(_, policy)| {
            let queues = policy["Queues"].as_array().into_iter().flatten();
            let statements = &policy["PolicyDocument"]["Statement"];
            let statements = statements.as_array().into_iter().flatten();
            let statements: Vec<_> = statements.collect();
            let of_queue = |queue| json!({ "queue": queue, "statements": statements });
            queues.map(of_queue).collect::<Vec<_>>()
        })
    }
}

/// What lets a rule send to a queue, and nobody else:
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html>
fn may_send(queue: &str, rule: &str) -> Value {
    let statement = json!({
        "Effect": "Allow",
        "Principal": { "Service": "events.amazonaws.com" },
        "Action": "sqs:SendMessage",
        "Resource": get_att(queue, "Arn"),
        "Condition": { "ArnEquals": { "aws:SourceArn": get_att(rule, "Arn") } },
    });
    json!({ "queue": { "Ref": queue }, "statements": [statement] })
}
