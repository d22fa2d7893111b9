//! What the shop asks of its database for each thing that a customer wants, and what that is paid with.

use std::ops::Add;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use book::measured::{Cell, Column, Measured, Table};
use serde_json::Value;
use ureq::Agent;

use crate::measure::meter::{Call, Meter};
use crate::measure::open::{self, Open, Rung};
use crate::measure::shops::PET;

/// Pets in the shop when a sale is counted.
const PETS: u32 = 40;

/// What `DynamoDB` adds to an item when it is billed for room.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
const PER_ITEM: f64 = 100.0;

/// What was counted.
pub struct Counted {
    /// Each with its calls.
    wants: Vec<(Want, Vec<Call>)>,
    /// How many pets the shop has in the end. All but one are sold.
    sold: u32,
    /// Room that a sold pet takes in the table.
    pub pet_bytes: f64,
    /// Room that a key and its answer take.
    pub key_bytes: f64,
}

/// What a customer may want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// To give a pet away.
    TakeIn,
    /// A page of the list.
    Page,
    /// To look at one pet.
    Pet,
    /// To adopt it.
    Adoption,
    /// To adopt it, with an idempotency key.
    KeyedAdoption,
    /// The same again, with the same key.
    Again,
    /// A pet that somebody else has adopted.
    TooLate,
    /// The only pet that is left.
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
            Self::Search => "the only pet that is left",
        }
    }
}

/// A sale, and one with an idempotency key.
pub const SALE: [Want; 3] = [Want::Page, Want::Pet, Want::Adoption];
/// See [`SALE`].
pub const KEYED_SALE: [Want; 3] = [Want::Page, Want::Pet, Want::KeyedAdoption];

impl Counted {
    /// Opens a shop behind a meter and counts; in the end it has sold all of `sold` pets but one.
    ///
    /// # Errors
    ///
    /// When something does not start, or is answered otherwise than expected.
    pub fn of(shop: &Path, database: &Path, folder: tempfile::TempDir, sold: u32) -> Result<Self> {
        let rung = Rung::elsewhere(shop.to_owned(), database.to_owned(), false);
        let open = Open::within(folder, &rung)?;
        let database = open.database.as_ref().context("its database")?;
        let meter = Meter::before(&database.process.at)?;
        let metered = open::start(shop, &[], &meter.at, open.folder())?;
        let customer = Customer::of(&metered.at);
        let mut wants = Vec::new();
        let mut count = |want| wants.push((want, meter.take()));
        let mut ids = Vec::new();
        for _ in 0..PETS {
            let _ = meter.take();
            ids.push(customer.takes_in()?);
        }
        count(Want::TakeIn);
        customer.looks_at("/pets")?;
        count(Want::Page);
        customer.looks_at(&format!("/pets/{}", ids[0]))?;
        count(Want::Pet);
        let unsold = database.size()?;
        customer.adopts(&ids[0], None, 200)?;
        count(Want::Adoption);
        let once_sold = database.size()?;
        customer.adopts(&ids[1], Some("once"), 200)?;
        count(Want::KeyedAdoption);
        let keyed = database.size()?;
        customer.adopts(&ids[1], Some("once"), 200)?;
        count(Want::Again);
        customer.adopts(&ids[0], None, 409)?;
        count(Want::TooLate);
        for id in &ids[2..] {
            customer.adopts(id, None, 200)?;
        }
        for _ in PETS..sold - 1 {
            customer.adopts(&customer.takes_in()?, None, 200)?;
        }
        customer.takes_in()?;
        let _ = meter.take();
        customer.looks_at("/pets?status=available&limit=1")?;
        count(Want::Search);
        let grown = once_sold - unsold;
        Ok(Self {
            wants,
            sold,
            pet_bytes: unsold / f64::from(PETS) + grown + PER_ITEM,
            key_bytes: keyed - once_sold - grown + PER_ITEM,
        })
    }

    /// How many calls, read units and write units these take together.
    #[must_use]
    pub fn taken(&self, wants: &[Want]) -> (usize, f64, f64) {
        let calls = self.calls(wants);
        (calls.len(), reads(&calls), writes(&calls))
    }

    /// Puts down what a sale takes, and the table `calls`.
    pub fn put(&self, file: &mut Measured) {
        for (key, words, wants) in [
            (
                "sale",
                "a sale: a page of pets, the pet, the adoption",
                &SALE[..],
            ),
            (
                "keyed_sale",
                "a sale whose adoption has an Idempotency-Key",
                &KEYED_SALE,
            ),
            ("adoption", "an adoption", &SALE[2..]),
            (
                "keyed_adoption",
                "an adoption with an Idempotency-Key",
                &KEYED_SALE[2..],
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
                "Told by a DynamoDB on this machine, which counts as AWS’s does: {PETS} pets in the shop, and in the last row {} of which one is left. \
                 All reads are consistent, as the shop asks for. A write whose condition fails because another customer was faster takes as many units \
                 as one that succeeds, and no answer says so; there was none here.",
                self.sold
            ),
        }
    }
}

/// The units of calls that read.
fn reads(calls: &[Call]) -> f64 {
    let calls = calls.iter().filter(|call| call.reads());
    calls.filter_map(|call| call.units).fold(0.0, f64::add)
}

/// The units of calls that write.
fn writes(calls: &[Call]) -> f64 {
    let calls = calls.iter().filter(|call| !call.reads());
    calls.filter_map(|call| call.units).fold(0.0, f64::add)
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

    fn takes_in(&self) -> Result<String> {
        let pets = self.agent.post(format!("{}/pets", self.at));
        let pets = pets.header("Content-Type", "application/json");
        let mut answer = pets.send(PET)?;
        let pet: Value = serde_json::from_str(&answer.body_mut().read_to_string()?)?;
        let id = pet["id"].as_str();
        Ok(id
            .with_context(|| format!("a pet without an id: {pet}"))?
            .to_owned())
    }

    fn looks_at(&self, path: &str) -> Result<()> {
        let status = self
            .agent
            .get(format!("{}{path}", self.at))
            .call()?
            .status();
        ensure!(status == 200, "GET {path}: {status}");
        Ok(())
    }

    fn adopts(&self, pet: &str, key: Option<&str>, expected: u16) -> Result<()> {
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
