//! The same answer on the hosts that there are here: in the shop's process, behind chapter 4's host, and with `cargo lambda watch`.

use anyhow::{Context, Result};
use book::measured::{Cell, Measured};

use super::host::Host;
use super::{Desk, Programs};
use crate::dynamodb::TABLE;
use crate::lambda::{Watch, cargo_lambda};
use crate::measure::chapter4::visitor::Visitor;
use crate::measure::chapter4::{table, words};
use crate::measure::open;
use crate::measure::programs::number;
use crate::measure::rounds::Rounds;

const ROUNDS: usize = 5;

/// Answers to `GET /pets/{id}` for one customer, who waits for each. Fills the table `one_customer`.
pub(super) fn of_one_customer(programs: &Programs, file: &mut Measured) -> Result<()> {
    let desk = Desk::open(programs)?;
    let database = &desk.database.process.at;
    let shop = programs.shops.shop("ch03-platform");
    let shop = open::start(&shop, &[], database, desk.folder.path())?;
    let host = Host::start(programs, database, desk.folder.path())?;
    let watch = watch(database)?;
    let watched = format!("127.0.0.1:{}", watch.port());
    let pet = format!("/pets/{}", desk.pet);
    let at_watch = format!("/lambda-url/lambda-counter{pet}");
    let ways = [
        (
            "in_process",
            "chapter 3: in the shop’s process",
            &shop.at,
            &pet,
        ),
        (
            "host",
            "chapter 4’s host, chapter 5’s function",
            &host.at,
            &pet,
        ),
        (
            "watch",
            "cargo lambda watch, the same function",
            &watched,
            &at_watch,
        ),
    ];
    let mut middles = vec![Rounds::default(); ways.len()];
    for round in 0..=ROUNDS {
        eprintln!("one customer, round {round} of {ROUNDS} (the first is not counted)");
        for ((_, _, at, path), middle) in ways.iter().zip(&mut middles) {
            if round == 0 {
                Visitor::of(at).looks_at(path)?;
            }
            let path = format!("path={path}");
            let seen = programs
                .shops
                .load_all(at, &[&path, "connections=1", "seconds=2"])?;
            if round > 0 {
                middle.add(number(&seen, "p50_us")? / 1e3);
            }
        }
    }
    let mut rows = Vec::new();
    for ((key, way, _, _), middle) in ways.iter().zip(&middles) {
        let what = format!("median time of an answer to GET /pets/{{id}} for one customer, {way}");
        file.put(&format!("one_{key}_ms"), middle.median(), "ms", &what);
        let more = middle.median() - middles[0].median();
        rows.push(vec![
            words(way),
            Cell::Number(middle.median()),
            Cell::Number(more),
        ]);
    }
    let columns = [
        ("Who answers", ""),
        ("Median", "ms"),
        ("More than in process", "ms"),
    ];
    let note = format!(
        "One customer over one connection, who waits for each answer; {ROUNDS} rounds of two seconds in turns, medians of the rounds. The pet is in a \
         DynamoDB on this machine, in memory. AWS is not among them: it was not measured."
    );
    let what = "GET /pets/{id}, one customer";
    file.tables.insert(
        "one_customer".to_owned(),
        table(what, &columns, rows, &note),
    );
    Ok(())
}

/// `cargo lambda watch` with all functions of the counter in one.
fn watch(database: &str) -> Result<Watch> {
    let tool = cargo_lambda()?.context("`cargo book fetch` brings it")?;
    let url = format!("http://{database}");
    let there = local::environment(&url);
    let there = there.iter().map(|(name, text)| (*name, text.as_str()));
    let told = [
        ("TABLE", TABLE),
        ("AWS_ENDPOINT_URL_EVENTBRIDGE", ""),
        ("_HANDLER", "shop"),
        ("STAFF_KEY_SHA256", super::host::NOBODY),
    ];
    let environment: Vec<_> = there.chain(told).collect();
    Watch::start(&tool, "ch05-lambda", &["--release"], &environment)
}
