//! An adoption with a key, in three writes: the key, the pet, the answer.

use std::env;
use std::process::exit;

use anyhow::{Context, Result, bail};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::S;
use ch03_platform::items::{self, Item};
use ch03_platform::table;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [pet, key, rest @ ..] = words.as_slice() else {
        bail!("say which pet, with which key, and `dies` if it is to die on the way");
    };
    let shop = Shop {
        client: Client::new(&table::connect().await),
        table: env::var("TABLE").context("TABLE is not set")?,
        dies: rest.first().is_some_and(|word| word == "dies"),
    };
    println!("{}", shop.adopt(pet, key).await?);
    Ok(())
}

const DONE: &str = "200: the pet is yours";

struct Shop {
    client: Client,
    table: String,
    dies: bool,
}

// ANCHOR: adopt
impl Shop {
    async fn adopt(&self, pet: &str, key: &str) -> Result<String> {
        let place = items::key(&format!("key {key}"), "claim");
        if !self.claim(place.clone()).await? {
            let answer = self.read(place, "answer").await?;
            return Ok(answer.unwrap_or("409: it is under way".to_owned()));
        }
        let pet = items::key(items::SHOP, pet);
        self.set(pet, "customer", "Ada").await?;
        if self.dies {
            exit(1); // A power cut, a deployment, a time limit.
        }
        self.set(place, "answer", DONE).await?;
        Ok(DONE.to_owned())
    }

    /// Whether nobody has used this key before.
    async fn claim(&self, place: Item) -> Result<bool> {
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(place));
        let put = put.condition_expression("attribute_not_exists(pk)").send();
        match put.await {
            Ok(_) => Ok(true),
            Err(error) => match error.into_service_error() {
                error if error.is_conditional_check_failed_exception() => Ok(false),
                error => Err(error.into()),
            },
        }
    }
    // ANCHOR_END: adopt

    async fn set(&self, place: Item, name: &str, value: &str) -> Result<()> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .set_key(Some(place))
            .update_expression("SET #name = :value");
        let update = update.expression_attribute_names("#name", name);
        let update = update.expression_attribute_values(":value", S(value.to_owned()));
        update.send().await?;
        Ok(())
    }

    async fn read(&self, place: Item, name: &str) -> Result<Option<String>> {
        let get = self.client.get_item().table_name(&self.table);
        let found = get
            .set_key(Some(place))
            .consistent_read(true)
            .send()
            .await?;
        let value = found.item.and_then(|mut item| item.remove(name));
        Ok(value.and_then(|value| value.as_s().ok().cloned()))
    }
}
