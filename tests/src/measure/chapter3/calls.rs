//! What the shop asks of its database for each thing that a customer wants, and what that is paid with.

use anyhow::{Context, Result, ensure};
use book::measured::{Cell, Column, Measured, Table};
use ureq::Agent;

use super::Programs;
use crate::measure::database::Database;
use crate::measure::meter::{Call, Meter};
use crate::measure::open::{self, Open};
use crate::measure::shops::Shops;

/// Pets in the shop when a sale is counted, and in one that has sold nearly all of them.
const PETS: u32 = 40;
const SOLD: u32 = 1_000;

/// What `DynamoDB` adds to an item when it is billed for room.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
const PER_ITEM: f64 = 100.0;

/// Counts calls and units. Fills the table `calls`.
pub fn count(programs: &Programs, file: &mut Measured) -> Result<()> {
    eprintln!("what a sale takes of the database");
    let open = Open::new(&programs.shops, &programs.chapter3(false))?;
    let database = open.database.as_ref().context("chapter 3 has one")?;
    let counted = Counted::of(programs, &open, database)?;
    counted.put(file);
    Ok(())
}

/// What was counted.
struct Counted {
    /// Each with its calls.
    wants: Vec<(Want, Vec<Call>)>,
    pet_bytes: f64,
    key_bytes: f64,
}

/// What a customer may want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Want {
    TakeIn,
    Page,
    Pet,
    Adoption,
    KeyedAdoption,
    Again,
    TooLate,
    Search,
}

impl Want {
    fn words(self) -> &'static str {
        match self {
            Self::TakeIn => "a pet is taken in",
            Self::Page => "a page of the list",
            Self::Pet => "a pet",
            Self::Adoption => "an adoption",
            Self::KeyedAdoption => "an adoption with an Idempotency-Key",
            Self::Again => "the same, sent again",
            Self::TooLate => "an adoption that comes too late",
            Self::Search => "the last pet that is left of 1,000",
        }
    }
}

impl Counted {
    fn of(programs: &Programs, open: &Open, database: &Database) -> Result<Self> {
        let (shops, shop) = (&programs.shops, programs.shops.shop("ch03-platform"));
        let meter = Meter::before(&database.process.at)?;
        let metered = open::start(&shop, &meter.at, open.folder())?;
        let customer = Customer::of(&metered.at);
        let mut wants = Vec::new();
        let mut count = |want| -> Result<()> {
            wants.push((want, meter.take()));
            Ok(())
        };
        shops.take_in(&metered.at, PETS - 1)?;
        let _ = meter.take();
        shops.take_in(&metered.at, 1)?;
        count(Want::TakeIn)?;
        let ids = shops.ids(&metered.at)?;
        let _ = meter.take();
        customer.get("/pets")?;
        count(Want::Page)?;
        customer.get(&format!("/pets/{}", ids[0]))?;
        count(Want::Pet)?;
        let unsold = database.size()?;
        customer.adopt(&ids[0], None, 200)?;
        count(Want::Adoption)?;
        let sold = database.size()?;
        customer.adopt(&ids[1], Some("once"), 200)?;
        count(Want::KeyedAdoption)?;
        let keyed = database.size()?;
        customer.adopt(&ids[1], Some("once"), 200)?;
        count(Want::Again)?;
        customer.adopt(&ids[0], None, 409)?;
        count(Want::TooLate)?;
        sell(shops, &open.shop.at, 2)?;
        customer.get("/pets?status=available&limit=1")?;
        count(Want::Search)?;
        let grown = sold - unsold;
        Ok(Self {
            wants,
            pet_bytes: unsold / f64::from(PETS) + grown + PER_ITEM,
            key_bytes: keyed - sold - grown + PER_ITEM,
        })
    }

    fn put(&self, file: &mut Measured) {
        let sale = [Want::Page, Want::Pet, Want::Adoption];
        let keyed = [Want::Page, Want::Pet, Want::KeyedAdoption];
        for (key, words, wants) in [
            (
                "sale",
                "a sale: a page of pets, the pet, the adoption",
                &sale[..],
            ),
            (
                "keyed_sale",
                "a sale whose adoption has an Idempotency-Key",
                &keyed,
            ),
            ("adoption", "an adoption", &sale[2..]),
            (
                "keyed_adoption",
                "an adoption with an Idempotency-Key",
                &keyed[2..],
            ),
            ("search", Want::Search.words(), &[Want::Search]),
        ] {
            let calls = self.calls(wants);
            let mut put = |name: &str, value: f64, unit: &str, what: &str| {
                file.put(
                    &format!("{key}_{name}"),
                    value,
                    unit,
                    &format!("{what} {words}"),
                );
            };
            put(
                "calls",
                number(calls.len()),
                "calls",
                "calls to the database for",
            );
            put(
                "reads",
                reads(&calls),
                "read request units",
                "read request units of",
            );
            put(
                "writes",
                writes(&calls),
                "write request units",
                "write request units of",
            );
            let received: u64 = calls.iter().map(|call| call.received).sum();
            put(
                "received",
                number(received),
                "B",
                "what the database sends for",
            );
        }
        file.put(
            "pet_bytes",
            self.pet_bytes,
            "B",
            "room in the table of a pet that is sold, with the 100 bytes that DynamoDB adds to each item",
        );
        file.put(
            "key_bytes",
            self.key_bytes,
            "B",
            "room in the table of an Idempotency-Key and its answer, with the 100 bytes that DynamoDB adds to each item",
        );
        file.tables.insert("calls".to_owned(), self.table());
    }

    fn calls(&self, wants: &[Want]) -> Vec<Call> {
        let wanted = self.wants.iter().filter(|(want, _)| wants.contains(want));
        wanted.flat_map(|(_, calls)| calls.clone()).collect()
    }

    fn table(&self) -> Table {
        let row = |(want, calls): &(Want, Vec<Call>)| {
            let sum = |bytes: fn(&Call) -> u64| number(calls.iter().map(bytes).sum::<u64>());
            vec![
                Cell::Words(want.words().to_owned()),
                Cell::Number(number(calls.len())),
                Cell::Number(reads(calls)),
                Cell::Number(writes(calls)),
                Cell::Number(sum(|call| call.sent)),
                Cell::Number(sum(|call| call.received)),
            ]
        };
        let columns = [
            ("What a customer wants", ""),
            ("Calls", "calls"),
            ("Read", "units"),
            ("Written", "units"),
            ("Sent", "B"),
            ("Received", "B"),
        ];
        Table {
            what: "What the shop asks of its database".to_owned(),
            columns: columns
                .map(|(name, unit)| Column {
                    name: name.to_owned(),
                    unit: unit.to_owned(),
                })
                .to_vec(),
            rows: self.wants.iter().map(row).collect(),
            note: format!(
                "Told by a DynamoDB on this machine, which counts as AWS’s does: {PETS} pets in the shop, and in the last row {SOLD} of which one is left. \
                 All reads are consistent, as the shop asks for. A write whose condition fails because another customer was faster takes as many units \
                 as one that succeeds, and no answer says so; there was none here."
            ),
        }
    }
}

/// Takes in more pets and has all of them adopted but the last.
fn sell(shops: &Shops, at: &str, sold: usize) -> Result<()> {
    shops.take_in(at, SOLD - PETS)?;
    let ids = shops.ids(at)?;
    let unsold = ids.get(sold..).context("there are fewer pets")?;
    let (_, others) = unsold.split_last().context("no pet is left")?;
    shops.adopt_each(at, others, 8)?;
    Ok(())
}

/// The units of calls that read.
fn reads(calls: &[Call]) -> f64 {
    let calls = calls.iter().filter(|call| call.reads());
    calls.filter_map(|call| call.units).sum()
}

/// The units of calls that write.
fn writes(calls: &[Call]) -> f64 {
    let calls = calls.iter().filter(|call| !call.reads());
    calls.filter_map(|call| call.units).sum()
}

#[allow(clippy::cast_precision_loss, reason = "there are few of anything")]
fn number(number: impl TryInto<u64>) -> f64 {
    number.try_into().unwrap_or_default() as f64
}

struct Customer {
    at: String,
    agent: Agent,
}

impl Customer {
    fn of(at: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None);
        Self {
            at: format!("http://{at}"),
            agent: config.build().new_agent(),
        }
    }

    fn get(&self, path: &str) -> Result<()> {
        let status = self
            .agent
            .get(format!("{}{path}", self.at))
            .call()?
            .status();
        ensure!(status == 200, "GET {path}: {status}");
        Ok(())
    }

    fn adopt(&self, pet: &str, key: Option<&str>, expected: u16) -> Result<()> {
        let mut adoption = self
            .agent
            .post(format!("{}/pets/{pet}/adoption", self.at))
            .header("Content-Type", "application/json");
        if let Some(key) = key {
            adoption = adoption.header("Idempotency-Key", key);
        }
        let status = adoption.send(r#"{"customer":"Ada"}"#)?.status();
        ensure!(status == expected, "an adoption of {pet}: {status}");
        Ok(())
    }
}
