//! Fills the table of chapter 3 with pets, as if the shop had been open for years: all but
//! one in two hundred have found a home.

use std::collections::HashMap;
use std::env;

use anyhow::{Context, Result, bail};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use ch01_bare_server::pets::{Customer, Description, Money, Pet, PetId, Status};
use ch03_platform::items::{self, Item};
use ch03_platform::table;
use uuid::Uuid;

/// In a batch: `DynamoDB` takes no more at once.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>
const BATCH: usize = 25;

const SPECIES: [&str; 8] = [
    "cat",
    "dog",
    "goldfish",
    "guinea pig",
    "lovebird",
    "parrot",
    "rabbit",
    "snake",
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [pets] = words.as_slice() else {
        bail!("say how many pets");
    };
    let pets: u64 = pets.parse().with_context(|| format!("{pets} pets"))?;
    let table = env::var("TABLE").context("TABLE is not set")?;
    let client = Client::new(&table::connect().await);
    let all: Vec<u64> = (0..pets).collect();
    for batch in all.chunks(BATCH) {
        let mut rest: Vec<WriteRequest> = batch
            .iter()
            .map(|at| put(*at, pets))
            .collect::<Result<_>>()?;
        while !rest.is_empty() {
            let written = client.batch_write_item().request_items(&table, rest);
            let left = written.send().await?.unprocessed_items;
            rest = left
                .into_iter()
                .flat_map(HashMap::into_values)
                .flatten()
                .collect();
        }
    }
    println!("{pets} pets more");
    Ok(())
}

fn put(at: u64, pets: u64) -> Result<WriteRequest> {
    let put = PutRequest::builder().set_item(Some(item(at, pets)?));
    Ok(WriteRequest::builder().put_request(put.build()?).build())
}

/// The pet of this number. The last of all is the only tortoise, and waits.
fn item(at: u64, pets: u64) -> Result<Item> {
    let price = Money {
        amount: 4_500,
        currency: "EUR".to_owned(),
    };
    let is_last = at + 1 == pets;
    let species = SPECIES[usize::try_from(at)? % SPECIES.len()];
    let about = Description {
        name: format!("Number {}", at + 1),
        species: if is_last { "tortoise" } else { species }.to_owned(),
        born: 2020,
        price,
    };
    // One a minute, since some day in 2020.
    let id = uuid::Builder::from_unix_timestamp_millis(1_600_000_000_000 + at * 60_000, &[0; 10]);
    let mut pet = Pet::new(PetId(Uuid::to_string(&id.into_uuid())), about);
    let waits = is_last || at % 199 == 7;
    if !waits {
        pet.status = Status::Adopted(Customer("Ada".to_owned()));
    }
    Ok(items::write(&pet))
}
