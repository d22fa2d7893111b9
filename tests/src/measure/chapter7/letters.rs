//! How long after the customer's answer the letter of thanks is there.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use book::measured::Measured;
use serde_json::json;

use super::Programs;
use crate::dynamodb::{TABLE, ask};
use crate::measure::chapter4::visitor::Visitor;
use crate::measure::chapter5::{self, host::Host};
use crate::measure::database::Database;
use crate::measure::rounds::Rounds;

/// Letters whose time is taken, and those before, so that all functions run.
const LETTERS: u32 = 20;
const BEFORE: u32 = 3;

/// How often it is looked.
const PAUSE: Duration = Duration::from_millis(2);

/// Between a letter and the next adoption, and as much again at most, by chance: an idle stream is looked at four times a second, and
/// whoever came at a fixed time after that would wait for the same time.
const APART: Duration = Duration::from_millis(250);

const PATIENCE: Duration = Duration::from_secs(30);

/// Puts down how long after the answer the letter is there, in both chapters.
pub(super) fn after_an_adoption(programs: &Programs, file: &mut Measured) -> Result<()> {
    for (chapter, shop) in programs.both() {
        eprintln!("letters, chapter {chapter}");
        let waited = waited(shop)?;
        let key = match chapter {
            "7" => String::new(),
            other => format!("_{other}"),
        };
        let of = format!(
            "from the customer’s answer to the letter in the table, chapter {chapter}, by one customer who comes at any time: of {LETTERS} adoptions"
        );
        let put = [
            (
                format!("letter_after{key}_ms"),
                waited.median(),
                "median time",
            ),
            (
                format!("letter_after{key}_most_ms"),
                waited.most(),
                "longest time",
            ),
        ];
        for (key, time, what) in put {
            file.put(&key, time, "ms", &format!("{what} {of}"));
        }
    }
    Ok(())
}

fn waited(shop: &chapter5::Programs) -> Result<Rounds> {
    let folder = shop.shops.data_folder()?;
    let database = Database::start(&shop.shops.shop("local"), None)?;
    let pets = shop.stocked(&database, BEFORE + LETTERS)?;
    let host = Host::start(shop, &database.process.at, folder.path())?;
    let visitor = Visitor::of(&host.at);
    let mut waited = Rounds::default();
    for (adopted, pet) in (1..).zip(&pets) {
        thread::sleep(APART + APART.mul_f64(fastrand::f64()));
        visitor.adopts(pet)?;
        let answered = Instant::now();
        while letters(&database)? < adopted {
            ensure!(answered.elapsed() < PATIENCE, "there is no letter");
            thread::sleep(PAUSE);
        }
        if adopted > BEFORE {
            waited.add(answered.elapsed().as_secs_f64() * 1e3);
        }
    }
    Ok(waited)
}

/// How many there are.
fn letters(database: &Database) -> Result<u32> {
    let url = format!("http://{}", database.process.at);
    let question = json!({
        "TableName": TABLE,
        "KeyConditionExpression": "pk = :letters",
        "ExpressionAttributeValues": { ":letters": { "S": "letters" } },
        "Select": "COUNT",
        "ConsistentRead": true,
    });
    let told = ask(&url, "Query", &question)?;
    let count = told["Count"].as_u64();
    let count = count.with_context(|| format!("no Count in {told}"))?;
    Ok(count.try_into()?)
}
