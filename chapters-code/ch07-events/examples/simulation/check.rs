//! What must be so when all is done.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use ch03_platform::items::{self, Item, SHOP};
use ch04_functions::office::papers::PAPERS;
use ch04_functions::office::thanks::LETTERS;
use ch06_state::items::VERSION;
use ch07_events::outbox::OUTBOX;
use serde_json::Value;

use crate::customers::Wish;
use crate::database::Pet;
use crate::world::World;

/// All items of the table, by their two keys.
struct Items(BTreeMap<(String, String), Item>);

impl Items {
    fn get(&self, partition: &str, sort: &str) -> Option<&Item> {
        self.0.get(&(partition.to_owned(), sort.to_owned()))
    }

    fn of(&self, partition: &str) -> impl Iterator<Item = (&str, &Item)> {
        let items = self
            .0
            .iter()
            .filter(move |((found, _), _)| found == partition);
        items.map(|((_, sort), item)| (sort.as_str(), item))
    }
}

/// What an event says of a pet.
struct Change {
    version: u64,
    /// Whose it is then.
    customer: Option<String>,
}

impl World<'_> {
    // ANCHOR: check
    /// Everything has happened once.
    pub async fn check(&mut self) -> Result<()> {
        let items = self.items().await?;
        let granted = self.wishes.iter().filter(|wish| wish.is_granted());
        let faults = granted
            .clone()
            .filter_map(|wish| self.fault_of(wish, &items));
        let (granted, faults) = (granted.count(), faults.collect::<Vec<_>>());
        self.wrong.extend(faults);
        self.expect("events in the outbox", items.of(OUTBOX).count(), granted);
        let adoptions = self.granted(false).count();
        self.expect("letters", items.of(LETTERS).count(), adoptions);
        let (found, due) = (display(&items)?, self.homes()?);
        if found != due {
            self.wrong
                .push(format!("{found} homes on the display, not {due}"));
        }
        self.check_pets(&items)
    }

    /// What was granted has one event, and an adoption one letter.
    fn fault_of(&self, wish: &Wish, items: &Items) -> Option<String> {
        let customer = &wish.customer;
        let is_told = |request: &&String| items.get(OUTBOX, request).is_some();
        let told: Vec<&String> = wish.requests.iter().filter(is_told).collect();
        let [request] = told[..] else {
            return Some(format!("{customer} has {} events, not 1", told.len()));
        };
        let letters = self.letters(request);
        let due = u32::from(!wish.gives_back);
        (letters != due).then(|| format!("{customer} gets {letters} letters, not {due}"))
    }
    // ANCHOR_END: check

    // ANCHOR: check_pets
    /// Each change of a pet has its event, and its papers are those of the last adoption.
    fn check_pets(&mut self, items: &Items) -> Result<()> {
        for Pet { id, name } in &self.shop.pets {
            let item = items.get(SHOP, &id.0).context("a pet is gone")?;
            let changes = changes(items, &id.0)?;
            let versions: Vec<u64> = changes.iter().map(|change| change.version).collect();
            let due: Vec<u64> = (2..=items::number(item, VERSION)?).collect();
            if versions != due {
                let what = format!("{name} has the versions {due:?}, and events {versions:?}");
                self.wrong.push(what);
            }
            let home = changes.last().and_then(|change| change.customer.clone());
            if customer(Some(item)) != home {
                self.wrong
                    .push(format!("{name} is elsewhere than its events say"));
            }
            let mut owners = changes.iter().rev().map(|change| change.customer.clone());
            let last = owners.find(Option::is_some).flatten();
            let papers = customer(items.get(PAPERS, &id.0));
            if papers != last {
                let [papers, last] = [papers, last].map(|who| who.unwrap_or("nobody".into()));
                let what = format!("{name} has the papers of {papers}, not of {last}");
                self.wrong.push(what);
            }
        }
        Ok(())
    }
    // ANCHOR_END: check_pets

    fn expect(&mut self, what: &str, found: usize, due: usize) {
        if found != due {
            self.wrong.push(format!("{found} {what}, not {due}"));
        }
    }

    /// What was granted.
    pub fn granted(&self, gives_back: bool) -> impl Iterator<Item = &Wish> {
        let granted = self.wishes.iter().filter(|wish| wish.is_granted());
        granted.filter(move |wish| wish.gives_back == gives_back)
    }

    /// How many pets have a home, as customers were told.
    fn homes(&self) -> Result<i64> {
        let adopted: usize = self.granted(false).map(|wish| wish.pets.len()).sum();
        let returned = self.granted(true).count();
        Ok(i64::try_from(adopted)? - i64::try_from(returned)?)
    }

    /// How often the letter about a request was written.
    fn letters(&self, request: &str) -> u32 {
        let state = self.wire.state();
        state.letters.get(request).copied().unwrap_or_default()
    }

    async fn items(&self) -> Result<Items> {
        let scan = self.shop.client.scan().table_name(&self.shop.table);
        let scan = scan.consistent_read(true).into_paginator().items().send();
        let mut items = BTreeMap::new();
        for item in scan.collect::<Result<Vec<Item>, _>>().await? {
            items.insert((items::text(&item, "pk")?, items::text(&item, "sk")?), item);
        }
        Ok(Items(items))
    }
}

fn display(items: &Items) -> Result<i64> {
    let display = items.get("display", "homes");
    Ok(display.map_or(Ok(0), |display| items::number(display, "count"))?)
}

fn customer(item: Option<&Item>) -> Option<String> {
    item.and_then(|item| items::text(item, "customer").ok())
}

/// What the events say that has happened to a pet, in the order of its versions.
fn changes(items: &Items, pet: &str) -> Result<Vec<Change>> {
    let mut changes = vec![];
    for (_, item) in items.of(OUTBOX) {
        let detail: Value = serde_json::from_str(&items::text(item, "detail")?)?;
        let pets = detail["pets"].as_array().into_iter().flatten();
        let pets = pets.chain(detail.get("pet"));
        for told in pets.filter(|told| told["id"] == pet) {
            let version = told["version"].as_u64();
            changes.push(Change {
                version: version.context("an event without a version")?,
                customer: detail["customer"].as_str().map(str::to_owned),
            });
        }
    }
    changes.sort_by_key(|change| change.version);
    Ok(changes)
}
