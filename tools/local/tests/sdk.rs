//! What the book does with `DynamoDB`, with the SDK from AWS.

mod shared;

use std::fs;

use anyhow::{Context, Result, bail};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem, Update};
use local::Local;
use shared::{client, is_there, key, make_table, put};

#[tokio::test]
async fn an_item_comes_back_as_it_was_put() -> Result<()> {
    let local = Local::in_memory()?;
    let client = client(&local.url()).await;
    make_table(&client).await?;
    let mut gustav = key("1");
    gustav.insert("name".into(), S("Gustav 🐢".into()));
    gustav.insert("born".into(), N("1923".into()));
    let put = client.put_item().table_name("pets");
    put.set_item(Some(gustav.clone())).send().await?;
    let get = client.get_item().table_name("pets").set_key(Some(key("1")));
    assert_eq!(get.consistent_read(true).send().await?.item, Some(gustav));
    assert!(!is_there(&client, "2").await?);
    Ok(())
}

#[tokio::test]
async fn a_condition_lets_one_customer_win() -> Result<()> {
    let local = Local::in_memory()?;
    let client = client(&local.url()).await;
    make_table(&client).await?;
    put(&client, "1").await?;
    let adopt = |customer: &str| {
        let update = client
            .update_item()
            .table_name("pets")
            .set_key(Some(key("1")));
        update
            .update_expression("SET customer = :me")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(customer)")
            .expression_attribute_values(":me", S(customer.into()))
            .send()
    };
    adopt("Ada").await?;
    let refusal = adopt("Ben").await.expect_err("Ada has it");
    let refusal = refusal.into_service_error();
    assert!(
        refusal.is_conditional_check_failed_exception(),
        "{refusal:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_query_goes_on_where_its_page_ended() -> Result<()> {
    let local = Local::in_memory()?;
    let client = client(&local.url()).await;
    make_table(&client).await?;
    let ids: Vec<String> = (10..35).map(|id| id.to_string()).collect();
    for id in &ids {
        put(&client, id).await?;
    }
    let (mut seen, mut last, mut pages) = (vec![], None, 0);
    loop {
        let query = client.query().table_name("pets").limit(10);
        let query = query
            .key_condition_expression("pk = :shop")
            .expression_attribute_values(":shop", S("shop".into()));
        let page = query.set_exclusive_start_key(last).send().await?;
        pages += 1;
        for item in page.items() {
            seen.push(item["sk"].as_s().ok().context("a text")?.clone());
        }
        last = page.last_evaluated_key;
        if last.is_none() {
            break;
        }
    }
    assert_eq!((seen, pages), (ids, 3));
    Ok(())
}

#[tokio::test]
async fn a_transaction_does_all_or_nothing_and_says_why() -> Result<()> {
    let local = Local::in_memory()?;
    let client = client(&local.url()).await;
    make_table(&client).await?;
    put(&client, "1").await?;
    let new = |id| {
        let put = Put::builder().table_name("pets").set_item(Some(key(id)));
        let put = put
            .condition_expression("attribute_not_exists(pk)")
            .build()?;
        anyhow::Ok(TransactWriteItem::builder().put(put).build())
    };
    let both = client.transact_write_items();
    let both = both.transact_items(new("2")?).transact_items(new("1")?);
    let refusal = both.send().await.expect_err("pet 1 is there");
    let TransactWriteItemsError::TransactionCanceledException(cancelled) =
        refusal.into_service_error()
    else {
        bail!("it was not cancelled");
    };
    let reasons = cancelled.cancellation_reasons();
    let codes: Vec<_> = reasons.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes, [Some("None"), Some("ConditionalCheckFailed")]);
    assert!(!is_there(&client, "2").await?);
    Ok(())
}

#[tokio::test]
async fn a_transaction_that_is_sent_twice_is_done_once() -> Result<()> {
    let local = Local::in_memory()?;
    let client = client(&local.url()).await;
    make_table(&client).await?;
    let count = Update::builder().table_name("pets").set_key(Some(key("1")));
    let count = count
        .update_expression("ADD adoptions :one")
        .expression_attribute_values(":one", N("1".into()))
        .build()?;
    let other = Delete::builder().table_name("pets").set_key(Some(key("2")));
    for _ in 0..2 {
        let items = client.transact_write_items().client_request_token("once");
        items
            .transact_items(TransactWriteItem::builder().update(count.clone()).build())
            .transact_items(
                TransactWriteItem::builder()
                    .delete(other.clone().build()?)
                    .build(),
            )
            .send()
            .await?;
    }
    let get = client.get_item().table_name("pets").set_key(Some(key("1")));
    let item = get.send().await?.item.context("it is there")?;
    assert_eq!(item["adoptions"], N("1".into()));
    Ok(())
}

#[tokio::test]
async fn two_databases_know_nothing_of_each_other() -> Result<()> {
    let (one, two) = (Local::in_memory()?, Local::in_memory()?);
    assert_ne!(one.url(), two.url());
    make_table(&client(&one.url()).await).await?;
    make_table(&client(&two.url()).await).await?;
    put(&client(&one.url()).await, "1").await?;
    assert!(!is_there(&client(&two.url()).await, "1").await?);
    Ok(())
}

#[tokio::test]
async fn a_database_that_was_dropped_has_closed_its_file() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("pets.db");
    for life in 0..2 {
        let local = Local::start(0, Some(&file))?;
        let client = client(&local.url()).await;
        if life == 0 {
            make_table(&client).await?;
            put(&client, "1").await?;
        }
        assert!(is_there(&client, "1").await?);
        drop(local);
        let names = fs::read_dir(dir.path())?.map(|entry| Ok(entry?.file_name()));
        assert_eq!(names.collect::<Result<Vec<_>>>()?, ["pets.db"]);
    }
    Ok(())
}
