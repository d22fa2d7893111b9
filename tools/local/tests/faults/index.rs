//! An index that is late.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, CreateGlobalSecondaryIndexAction, GlobalSecondaryIndexUpdate,
    KeySchemaElement, KeyType, Projection, ProjectionType, ScalarAttributeType,
};

use super::shared::{is_there, key, make_table};
use super::{PATIENCE, end, start};

/// Gives the table an index by `kind`.
async fn add_index(client: &Client) -> Result<()> {
    let kind = AttributeDefinition::builder().attribute_name("kind");
    let part = KeySchemaElement::builder().attribute_name("kind");
    let all = Projection::builder().projection_type(ProjectionType::All);
    let index = CreateGlobalSecondaryIndexAction::builder()
        .index_name("kinds")
        .key_schema(part.key_type(KeyType::Hash).build()?)
        .projection(all.build())
        .build()?;
    let update = client
        .update_table()
        .table_name("pets")
        .attribute_definitions(kind.attribute_type(ScalarAttributeType::S).build()?)
        .global_secondary_index_updates(
            GlobalSecondaryIndexUpdate::builder().create(index).build(),
        );
    update.send().await?;
    Ok(())
}

/// How many visits the turtles in the index had.
async fn visits(client: &Client) -> Result<Vec<String>> {
    let query = client.query().table_name("pets").index_name("kinds");
    let query = query
        .key_condition_expression("kind = :turtle")
        .expression_attribute_values(":turtle", S("turtle".into()));
    let page = query.send().await?;
    let visits = page.items().iter().map(|item| match &item["visits"] {
        N(visits) => Ok(visits.clone()),
        other => bail!("{other:?}"),
    });
    visits.collect()
}

/// Takes in a turtle, or counts a visit to it.
async fn visit(client: &Client, id: &str) -> Result<()> {
    let update = client
        .update_item()
        .table_name("pets")
        .set_key(Some(key(id)));
    let update = update
        .update_expression("SET kind = :turtle ADD visits :one")
        .expression_attribute_values(":turtle", S("turtle".into()))
        .expression_attribute_values(":one", N("1".into()));
    update.send().await?;
    Ok(())
}

#[tokio::test]
async fn an_index_is_behind_its_table() -> Result<()> {
    let (running, client) = start(&["--index-delay", "300000"]).await?;
    add_index(&client).await?;
    visit(&client, "1").await?;
    assert!(is_there(&client, "1").await?);
    let scan = client.scan().table_name("pets").send().await?;
    assert_eq!(scan.count, 1);
    let query = client.query().table_name("pets");
    let query = query.key_condition_expression("pk = :shop");
    let query = query.expression_attribute_values(":shop", S("shop".into()));
    assert_eq!(query.send().await?.count, 1);
    assert!(visits(&client).await?.is_empty());
    let scan = client.scan().table_name("pets").index_name("kinds");
    assert_eq!(scan.send().await?.count, 0);
    assert_eq!(end(running)?, "injected 2 late reads of an index");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_sees_every_write_in_the_end_and_in_order() -> Result<()> {
    let (running, client) = start(&["--index-delay", "200"]).await?;
    add_index(&client).await?;
    let at_once = (0..300).map(|number| {
        let client = client.clone();
        tokio::spawn(async move { count(&client, &(number % 10).to_string(), number).await })
    });
    for write in at_once.collect::<Vec<_>>() {
        write.await??;
    }
    // What is refused changes the index as little as the table.
    let again = client.put_item().table_name("pets");
    let again = again
        .set_item(Some(key("1")))
        .condition_expression("attribute_not_exists(pk)");
    again.send().await.expect_err("it is there");
    count(&client, "last", 300).await?;
    let beginning = Instant::now();
    while !visits(&client).await?.contains(&"300".to_owned()) {
        ensure!(beginning.elapsed() < PATIENCE, "it never sees the last one");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let table = client.scan().table_name("pets").send().await?;
    let index = client.scan().table_name("pets").index_name("kinds");
    let index = index.send().await?;
    assert_eq!(table.count, 11);
    for item in table.items() {
        assert!(index.items().contains(item), "{item:?}");
    }
    drop(running);
    Ok(())
}

/// Writes down how many visits a turtle had.
async fn count(client: &Client, id: &str, visits: u32) -> Result<()> {
    let mut turtle = key(id);
    turtle.insert("kind".into(), S("turtle".into()));
    turtle.insert("visits".into(), N(visits.to_string()));
    let put = client.put_item().table_name("pets");
    put.set_item(Some(turtle)).send().await?;
    Ok(())
}

/// What waits for the index of a table that is deleted is not written to the next one.
#[tokio::test]
async fn an_index_knows_a_table_from_the_one_before() -> Result<()> {
    let (running, client) = start(&["--index-delay", "1500"]).await?;
    add_index(&client).await?;
    visit(&client, "1").await?;
    client.delete_table().table_name("pets").send().await?;
    make_table(&client).await?;
    add_index(&client).await?;
    visit(&client, "2").await?;
    visit(&client, "2").await?;
    let beginning = Instant::now();
    while visits(&client).await? != ["2"] {
        let seen = visits(&client).await?;
        ensure!(
            seen.is_empty() || seen == ["1"] || seen == ["2"],
            "{seen:?}"
        );
        ensure!(beginning.elapsed() < PATIENCE, "it sees {seen:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(running);
    Ok(())
}
