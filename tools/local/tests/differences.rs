//! Where the embedded database differs from `DynamoDB` at AWS, as far as it can be seen
//! on one machine. When one of these fails, the crate's documentation is out of date.

mod shared;

use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use aws_sdk_dynamodb::types::{
    ReturnConsumedCapacity, StreamSpecification, StreamViewType, TableStatus, TransactWriteItem,
    Update,
};
use local::Local;
use shared::{client, is_there, key, make_table, put};

#[tokio::test]
async fn a_read_that_need_not_be_consistent_is() -> Result<()> {
    let local = Local::in_memory()?;
    let client = client(&local.url()).await;
    make_table(&client).await?;
    for id in 0..100 {
        put(&client, &id.to_string()).await?;
        assert!(is_there(&client, &id.to_string()).await?);
    }
    Ok(())
}

async fn count_both(client: &Client) -> Result<()> {
    let mut both = client.transact_write_items();
    for id in ["1", "2"] {
        let count = Update::builder().table_name("pets").set_key(Some(key(id)));
        let count = count
            .update_expression("ADD visits :one")
            .expression_attribute_values(":one", N("1".into()));
        both = both.transact_items(TransactWriteItem::builder().update(count.build()?).build());
    }
    both.send().await?;
    Ok(())
}

/// At AWS some of these would be cancelled with the reason `TransactionConflict`.
#[tokio::test(flavor = "multi_thread")]
async fn transactions_never_meet() -> Result<()> {
    let local = Local::in_memory()?;
    let client = client(&local.url()).await;
    make_table(&client).await?;
    let at_once = (0..50).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { count_both(&client).await })
    });
    for transaction in at_once.collect::<Vec<_>>() {
        transaction.await??;
    }
    let get = client.get_item().table_name("pets").set_key(Some(key("2")));
    let item = get.send().await?.item.context("it is there")?;
    assert_eq!(item["visits"], N("50".into()));
    Ok(())
}

/// Here the two agree: at AWS it costs as much as one that succeeds, and does not say
/// so either.
#[tokio::test]
async fn a_write_whose_condition_fails_does_not_say_what_it_costs() -> Result<()> {
    let local = Local::in_memory()?;
    let client = client(&local.url()).await;
    make_table(&client).await?;
    let take_in = || {
        let put = client
            .put_item()
            .table_name("pets")
            .set_item(Some(key("1")));
        put.condition_expression("attribute_not_exists(pk)")
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
    };
    let cost = take_in()
        .await?
        .consumed_capacity
        .context("it says what it costs")?;
    assert_eq!(cost.capacity_units, Some(1.0));
    let refusal = take_in().await.expect_err("it is there");
    let body = refusal.raw_response().context("it was answered")?.body();
    let body = String::from_utf8_lossy(body.bytes().context("it is there whole")?);
    assert!(body.contains("ConditionalCheckFailedException"), "{body}");
    assert!(!body.contains("ConsumedCapacity"), "{body}");
    Ok(())
}

#[tokio::test]
async fn a_table_is_there_at_once() -> Result<()> {
    let local = Local::in_memory()?;
    let client = client(&local.url()).await;
    make_table(&client).await?;
    let table = client
        .describe_table()
        .table_name("pets")
        .send()
        .await?
        .table;
    assert_eq!(
        table.context("it is there")?.table_status,
        Some(TableStatus::Active)
    );
    Ok(())
}

/// What `DynamoDB` answers to a request whose signature nobody made.
fn ask(url: &str, operation: &str, body: &str) -> Result<String> {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\
         X-Amz-Target: {operation}\r\nX-Amz-Date: 20261125T000000Z\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=nobody/20261125/eu-central-1/dynamodb/aws4_request, \
         SignedHeaders=host, Signature=none\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[tokio::test]
async fn nobody_checks_a_signature() -> Result<()> {
    let local = Local::in_memory()?;
    make_table(&client(&local.url()).await).await?;
    let answer = ask(&local.url(), "DynamoDB_20120810.ListTables", "{}")?;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains(r#"["pets"]"#), "{answer}");
    Ok(())
}

#[tokio::test]
async fn a_stream_has_one_shard() -> Result<()> {
    let local = Local::in_memory()?;
    let client = client(&local.url()).await;
    make_table(&client).await?;
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewImage)
        .build()?;
    let update = client.update_table().table_name("pets");
    let table = update.stream_specification(stream).send().await?;
    for id in 0..500 {
        let put = client.put_item().table_name("pets");
        let put = put
            .set_item(Some(key(&format!("{id}"))))
            .item("pk", S(format!("shop {id}")));
        put.send().await?;
    }
    let table = table.table_description.context("it is described")?;
    let arn = table.latest_stream_arn.context("it has a stream")?;
    let body = format!(r#"{{"StreamArn":"{arn}"}}"#);
    let answer = ask(
        &local.url(),
        "DynamoDBStreams_20120810.DescribeStream",
        &body,
    )?;
    assert_eq!(answer.matches(r#""ShardId""#).count(), 1, "{answer}");
    Ok(())
}
