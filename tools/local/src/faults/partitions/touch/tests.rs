use hyper::Request;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::touches;
use crate::faults::call::Call;

/// The partition key value and the units of each item that a call touches, where `pk` is
/// the partition key.
fn taken(operation: &str, body: &Value) -> Vec<(String, String, f64)> {
    let target = format!("DynamoDB_20120810.{operation}");
    let request = Request::post("/").header("x-amz-target", target);
    let call = Call::new(request.body(Bytes::from(body.to_string())).unwrap());
    let shares = touches(&call).into_iter().map(|touch| {
        let share = touch.share("pk").unwrap();
        (share.partition.table, share.partition.value, share.units)
    });
    shares.collect()
}

fn of(value: &str, units: f64) -> (String, String, f64) {
    ("pets".to_owned(), json!({ "S": value }).to_string(), units)
}

fn key(value: &str) -> Value {
    json!({ "pk": { "S": value }, "sk": { "S": "pet" } })
}

#[test]
fn a_put_takes_a_unit_for_each_begun_kilobyte() {
    for (length, units) in [(1, 1.0), (1024, 2.0), (2000, 2.0), (3000, 3.0)] {
        let item = json!({ "pk": { "S": "1" }, "story": { "S": "x".repeat(length) } });
        let put = json!({ "TableName": "pets", "Item": item });
        assert_eq!(taken("PutItem", &put), [of("1", units)], "{length}");
    }
}

#[test]
fn an_update_takes_what_its_key_and_its_values_are_long() {
    let story = json!({ ":story": { "S": "x".repeat(1500) } });
    let update = json!({
        "TableName": "pets", "Key": key("1"), "ExpressionAttributeValues": story,
    });
    assert_eq!(taken("UpdateItem", &update), [of("1", 2.0)]);
}

#[test]
fn a_transaction_takes_two_units_for_each_of_its_items() {
    let item = json!({ "TableName": "pets", "Item": key("1") });
    let other = |value| json!({ "TableName": "pets", "Key": key(value) });
    let both = json!({ "TransactItems": [
        { "Put": item }, { "Update": other("2") }, { "Delete": other("3") }, { "ConditionCheck": other("4") },
    ] });
    let taken = taken("TransactWriteItems", &both);
    assert_eq!(taken, ["1", "2", "3", "4"].map(|value| of(value, 2.0)));
}

#[test]
fn a_batch_takes_a_unit_for_each_of_its_items() {
    let batch = json!({ "RequestItems": { "pets": [
        { "PutRequest": { "Item": key("1") } }, { "DeleteRequest": { "Key": key("2") } },
    ] } });
    let taken = taken("BatchWriteItem", &batch);
    assert_eq!(taken, [of("1", 1.0), of("2", 1.0)]);
}

#[test]
fn a_query_is_of_the_partition_that_its_condition_names() {
    let conditions = [
        "pk = :one",
        "#key=:one AND sk <= :two",
        "sk BETWEEN :two AND :three and (pk = :one)",
        "(sk>=:two) AND (pk=:one)",
    ];
    for condition in conditions {
        let query = json!({
            "TableName": "pets",
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": { "#key": "pk" },
            "ExpressionAttributeValues": { ":one": { "S": "1" }, ":two": { "S": "2" } },
        });
        assert_eq!(taken("Query", &query), [of("1", 1.0)], "{condition}");
    }
}

#[test]
fn what_is_not_counted_takes_nothing() {
    let index = json!({ "TableName": "pets", "IndexName": "kinds" });
    assert_eq!(taken("Query", &index), []);
    assert_eq!(taken("Scan", &json!({ "TableName": "pets" })), []);
    assert_eq!(taken("PutItem", &Value::Null), []);
    assert_eq!(
        taken("TransactWriteItems", &json!({ "TransactItems": [1] })),
        []
    );
}
