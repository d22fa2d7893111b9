//! How long an answer takes: in the shop's own process, in a program for each request, in one that is kept, and behind the host.

use anyhow::Result;
use book::measured::{Cell, Measured};

use super::visitor::Visitor;
use super::{Programs, table, words};
use crate::measure::beside::{self, Beside};
use crate::measure::open::Open;
use crate::measure::programs::number;
use crate::measure::rounds::Rounds;

const ROUNDS: usize = 5;

/// Answers to `GET /pets/{id}` for one customer, who waits for each. Fills the table `one_customer`.
pub fn of_one_customer(programs: &Programs, file: &mut Measured) -> Result<()> {
    let ways = [
        (
            "in_process",
            "chapter 3: in the shop’s process",
            programs.chapter3(false),
        ),
        (
            "each_a_program",
            "a program for each request",
            programs.step("each_a_program"),
        ),
        (
            "kept_warm",
            "a program that is kept",
            programs.step("kept_warm"),
        ),
        ("host", "the function host", programs.chapter4(false)),
    ];
    let mut open = Vec::new();
    for (_, _, rung) in &ways {
        let shop = programs.open(rung)?;
        let path = a_pet(&shop)?;
        open.push((shop, path));
    }
    let mut middles = vec![Rounds::default(); ways.len()];
    let mut tails = middles.clone();
    for round in 0..=ROUNDS {
        eprintln!("one customer, round {round} of {ROUNDS} (the first is not counted)");
        let seconds = if round == 0 { "seconds=1" } else { "seconds=2" };
        for (at, (shop, path)) in open.iter().enumerate() {
            let path = format!("path={path}");
            let one = "connections=1";
            let seen = programs
                .shops
                .load_all(&shop.shop.at, &[&path, one, seconds])?;
            if round > 0 {
                middles[at].add(number(&seen, "p50_us")? / 1e3);
                tails[at].add(number(&seen, "p99_us")? / 1e3);
            }
        }
    }
    let in_process = middles[0].median();
    let mut rows = Vec::new();
    for ((key, way, _), (middle, tail)) in ways.iter().zip(middles.iter().zip(&tails)) {
        let (middle, tail) = (middle.median(), tail.median());
        let mut put = |name: &str, value, what: &str| {
            let what = format!("{what} GET /pets/{{id}} for one customer, {way}");
            file.put(&format!("one_{key}_{name}_ms"), value, "ms", &what);
        };
        put("p50", middle, "median time of an answer to");
        put("p99", tail, "99th percentile of the time of an answer to");
        put(
            "more",
            middle - in_process,
            "how much more than in chapter 3’s process is the median time of an answer to",
        );
        rows.push(vec![
            words(way),
            Cell::Number(middle),
            Cell::Number(tail),
            Cell::Number(middle - in_process),
        ]);
    }
    let columns = [
        ("Who answers", ""),
        ("Median", "ms"),
        ("99th percentile", "ms"),
        ("More than in process", "ms"),
    ];
    let note = format!(
        "One customer over one connection, who waits for each answer; {ROUNDS} rounds of two seconds in turns, medians of the rounds. The pet is in a \
         DynamoDB on this machine, in memory."
    );
    let what = "GET /pets/{id}, one customer";
    file.tables.insert(
        "one_customer".to_owned(),
        table(what, &columns, rows, &note),
    );
    Ok(())
}

/// `GET /pets/{id}` for sixteen customers. Fills the table `throughput`.
pub fn throughput(programs: &Programs, file: &mut Measured) -> Result<()> {
    let rungs = [
        ("chapter 3", programs.chapter3(false)),
        ("chapter 4", programs.chapter4(false)),
    ];
    let mut open = Vec::new();
    for (name, rung) in &rungs {
        let shop = programs.open(rung)?;
        let path = a_pet(&shop)?;
        open.push((*name, shop, path));
    }
    let servers = open.iter().map(|(name, open, path)| Beside {
        name,
        shop: &open.shop,
        path: path.clone(),
    });
    let servers: Vec<Beside<'_>> = servers.collect();
    let what = "One pet, from a DynamoDB that is a process on the same machine and keeps its table in memory. The memory of chapter 4 is the host’s \
                alone";
    beside::of_all(&programs.shops, &servers, what, file)
}

/// The path of a pet that is taken in.
fn a_pet(open: &Open) -> Result<String> {
    let id = Visitor::of(&open.shop.at).takes_in()?;
    Ok(format!("/pets/{id}"))
}
