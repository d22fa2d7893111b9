//! Minka's item, as the staff have it on their screens.

use std::env;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::N;
use ch01_bare_server::pets::{Description, Money, Pet};
use ch03_platform::items::{self as before, Item};
use ch03_platform::table;
use ch06_state::items::VERSION;

/// The table, and which of its items is Minka's.
pub struct Shop {
    pub client: Client,
    pub table: String,
    pub key: Item,
}

impl Shop {
    /// Takes Minka in.
    pub async fn with_minka() -> Result<Self> {
        let price = Money {
            amount: 25_000,
            currency: "EUR".to_owned(),
        };
        let about = Description {
            name: "Minka".to_owned(),
            species: "cat".to_owned(),
            born: 2021,
            price,
        };
        let pet = Pet::new(before::new_id(), about);
        let shop = Self {
            client: Client::new(&table::connect().await),
            table: env::var("TABLE").context("TABLE is not set")?,
            key: before::key(before::SHOP, &pet.id.0),
        };
        let put = shop.client.put_item().table_name(&shop.table);
        let put = put.set_item(Some(before::write(&pet)));
        put.item(VERSION, N("1".to_owned())).send().await?;
        Ok(shop)
    }

    /// Her item.
    pub async fn read(&self) -> Result<Item> {
        let get = self.client.get_item().table_name(&self.table);
        let get = get.set_key(Some(self.key.clone())).consistent_read(true);
        get.send().await?.item.context("Minka is gone")
    }

    /// Says what stands there.
    pub async fn tell(&self) -> Result<()> {
        let item = self.read().await?;
        let amount: u32 = before::number(&item, "amount")?;
        let born: u16 = before::number(&item, "born")?;
        println!("Minka costs {amount}, born {born}");
        Ok(())
    }
}
