//! What functions call at AWS, in the words of what they may do.

use serde_json::Value;

use super::chapter::planned_as;
use super::{Grants, Tables};

/// What a role must allow for a call. A transaction is no action itself, but each of its parts is, and an index is no part of its table. `before` is
/// what its caller has done until then.
///
/// - <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html>
/// - <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html>
pub(super) fn done(target: &str, body: &Value, tables: Tables, before: &Grants) -> Grants {
    let (service, operation) = target.split_once('.').unwrap_or_default();
    let table = |name: &str| planned_as(tables, name).to_owned();
    let named = |part: &Value| table(part["TableName"].as_str().unwrap_or_default());
    if service == "AWSEvents" {
        return [format!("events:{operation} bus default")].into();
    }
    if let Some(parts) = body["TransactItems"].as_array() {
        let parts = parts.iter().filter_map(Value::as_object).flatten();
        return parts
            .map(|(name, part)| format!("dynamodb:{name}Item {}", named(part)))
            .collect();
    }
    if let Some(batch) = body["RequestItems"].as_object() {
        let tables = batch.keys().map(|name| table(name));
        return tables
            .map(|table| format!("dynamodb:{operation} {table}"))
            .collect();
    }
    if service.starts_with("DynamoDBStreams_") {
        let streams = match (body["TableName"].as_str(), body["StreamArn"].as_str()) {
            (Some(name), _) => vec![table(name)],
            (_, Some(arn)) => vec![table(arn.split('/').nth(1).unwrap_or_default())],
            _ => iterated(before),
        };
        return streams
            .iter()
            .map(|table| format!("dynamodb:{operation} stream {table}"))
            .collect();
    }
    let index = body["IndexName"].as_str();
    let index = index.map_or(String::new(), |index| format!("/{index}"));
    [format!("dynamodb:{operation} {}{index}", named(body))].into()
}

/// Of which tables somebody reads the streams. What they send says no more of that than the iterator which they were given for one.
fn iterated(before: &Grants) -> Vec<String> {
    let begun = before
        .iter()
        .filter_map(|done| done.strip_prefix("dynamodb:GetShardIterator stream "));
    begun.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TABLES: Tables = &[("Table", "pets"), ("Office", "office")];

    fn taken(target: &str, body: &Value) -> Vec<String> {
        let taken = done(target, body, TABLES, &Grants::new());
        taken.into_iter().collect()
    }

    #[test]
    fn a_transaction_takes_what_its_parts_take() {
        let body = json!({ "TransactItems": [
            { "Put": { "TableName": "office" } }, { "ConditionCheck": { "TableName": "pets" } },
        ] });
        let parts = [
            "dynamodb:ConditionCheckItem Table",
            "dynamodb:PutItem Office",
        ];
        assert_eq!(taken("DynamoDB_20120810.TransactWriteItems", &body), parts);
        let put = taken("AWSEvents.PutEvents", &json!({}));
        assert_eq!(put, ["events:PutEvents bus default"]);
    }

    #[test]
    fn a_batch_takes_what_it_does_at_each_table() {
        let body = json!({ "RequestItems": { "pets": {}, "office": {} } });
        let read = [
            "dynamodb:BatchGetItem Office",
            "dynamodb:BatchGetItem Table",
        ];
        assert_eq!(taken("DynamoDB_20120810.BatchGetItem", &body), read);
    }

    #[test]
    fn who_asks_an_index_has_not_asked_the_table() {
        let asked = |body| taken("DynamoDB_20120810.Query", &body);
        let of_table = asked(json!({ "TableName": "pets" }));
        assert_eq!(of_table, ["dynamodb:Query Table"]);
        let of_index = asked(json!({ "TableName": "pets", "IndexName": "waiting" }));
        assert_eq!(of_index, ["dynamodb:Query Table/waiting"]);
    }

    #[test]
    fn a_table_of_nobodys_is_not_taken_for_another() {
        let asked = taken("DynamoDB_20120810.Query", &json!({ "TableName": "shop" }));
        assert_eq!(asked, ["dynamodb:Query shop"]);
    }

    #[test]
    fn who_reads_a_stream_has_not_read_the_table() {
        let arn =
            "arn:aws:dynamodb:eu-central-1:000000000000:table/pets/stream/2026-11-27T12:00:00";
        let body = json!({ "StreamArn": arn });
        let begun = taken("DynamoDBStreams_20120810.GetShardIterator", &body);
        assert_eq!(begun, ["dynamodb:GetShardIterator stream Table"]);
        let body = json!({ "ShardIterator": "1" });
        let before = begun.into_iter().collect();
        let read = done(
            "DynamoDBStreams_20120810.GetRecords",
            &body,
            TABLES,
            &before,
        );
        assert_eq!(read, ["dynamodb:GetRecords stream Table".to_owned()].into());
    }
}
