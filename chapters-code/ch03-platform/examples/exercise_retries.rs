//! Exercise: a write on a condition that the SDK sends again when the answer to the
//! first is lost.

mod network;

use std::{env, slice};

use anyhow::{Context, Result, ensure};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::{Client, config};
use ch01_bare_server::pets::{Customer, Description, Money, Pet, Refusal, Status};
use ch01_bare_server::shop::Command;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Order;
use ch03_platform::failure::Failure;
use ch03_platform::store::Store;
use ch03_platform::{items, table};
use network::Network;

#[tokio::main]
async fn main() -> Result<()> {
    let config = table::connect().await;
    let url = env::var("AWS_ENDPOINT_URL_DYNAMODB");
    let url = url.context("AWS_ENDPOINT_URL_DYNAMODB is not set: where `local dynamodb` is")?;
    let ways = ["sent again by the SDK", "sent once"];
    for (way, (told, status)) in ways.iter().zip(tell(&config, &url).await?) {
        let whose = match status {
            Status::Available => "nobody's",
            Status::Adopted(Customer(name)) if name == "Ada" => "hers",
            Status::Adopted(_) => "somebody else's",
        };
        println!("{way}: Ada was told {told}, and Gustav is {whose}");
    }
    Ok(())
}

// ANCHOR: adopt
/// Sells a pet as the shop does, and leaves it to the SDK to send it again.
async fn adopt(store: &Store, read: &Pet, now: &Pet) -> Result<Answer, Failure> {
    let update = items::changed(&store.table, read, now)?;
    let call = store.client.update_item().table_name(update.table_name);
    let call = call.set_key(Some(update.key));
    let call = call.update_expression(update.update_expression);
    let call = call.set_condition_expression(update.condition_expression);
    let call = call.set_expression_attribute_values(update.expression_attribute_values);
    let Err(error) = call.send().await else {
        return Ok(Answer::one(slice::from_ref(now)));
    };
    let refusal = error.as_service_error();
    if refusal.is_some_and(UpdateItemError::is_conditional_check_failed_exception) {
        return Ok(Refusal::AlreadyAdopted(vec![now.id.clone()]).into());
    }
    Err(error.into())
}
// ANCHOR_END: adopt

/// What Ada was told when the first answer was lost, and whose the pet is: once when the
/// SDK sends it again, and once as the shop does it.
async fn tell(config: &SdkConfig, url: &str) -> Result<[(String, Status); 2]> {
    table::make(&Client::new(config), "retries").await?;
    let network = Network::before(url, "UpdateItem").await?;
    let config = config::Builder::from(config).endpoint_url(&network.url);
    let store = Store::new(Client::from_conf(config.build()), "retries");
    let ada = Customer("Ada".into());

    let gustav = take_in(&store).await?;
    let hers = Pet {
        status: Status::Adopted(ada.clone()),
        ..gustav.clone()
    };
    network.lose(1);
    let again = told(adopt(&store, &gustav, &hers).await);
    let again = (again, store.find(&gustav.id).await??.status);

    let gustav = take_in(&store).await?;
    let pets = vec![gustav.id.clone()];
    let command = Command::Adopt {
        pets,
        customer: ada,
    };
    let order = Order {
        command,
        key: None,
        tell: Answer::one,
    };
    network.lose(1);
    let once = told(store.execute(&order).await);
    let once = (once, store.find(&gustav.id).await??.status);
    ensure!(network.left() == 0, "no answer was lost");
    Ok([again, once])
}

fn told(answer: Result<Answer, Failure>) -> String {
    let Answer { status, body, .. } = answer.unwrap_or_else(Answer::from);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
    format!("{status} {}", body["type"].as_str().unwrap_or_default())
}

async fn take_in(store: &Store) -> Result<Pet> {
    let price = Money {
        amount: 12_000,
        currency: "EUR".into(),
    };
    let about = Description {
        name: "Gustav".into(),
        species: "tortoise".into(),
        born: 1923,
        price,
    };
    let pet = Pet::new(items::new_id(), about);
    let put = store.client.put_item().table_name(&store.table);
    put.set_item(Some(items::write(&pet))).send().await?;
    Ok(pet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_config::timeout::TimeoutConfig;
    use aws_types::os_shim_internal::{Env, Fs};

    #[tokio::test]
    async fn who_has_the_pet_is_told_that_somebody_else_has_it() -> Result<()> {
        let database = local::Local::in_memory()?;
        let environment = local::environment(&database.url());
        let environment = environment
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let config = table::config().env(Env::from_slice(&environment));
        let config = config.fs(Fs::from_slice(&[])).load().await.into_builder();
        let config = config.timeout_config(TimeoutConfig::disabled()).build();
        let [again, once] = tell(&config, &database.url()).await?;
        let hers = Status::Adopted(Customer("Ada".into()));
        assert_eq!(
            again,
            ("409 /problems/already-adopted".into(), hers.clone())
        );
        assert_eq!(once, ("503 /problems/storage-failed".into(), hers));
        Ok(())
    }
}
