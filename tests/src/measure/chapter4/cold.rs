//! The first answer of a function that did not run.

use anyhow::Result;
use book::measured::{Cell, Measured};

use super::visitor::Visitor;
use super::{Programs, table, words};
use crate::measure::rounds::Rounds;

/// Hosts, each of which is asked for a pet when nobody has asked that before.
const HOSTS: usize = 20;

/// Fills the table `cold`.
pub fn first_answers(programs: &Programs, file: &mut Measured) -> Result<()> {
    let (mut cold, mut warm, mut second) =
        (Rounds::default(), Rounds::default(), Rounds::default());
    for round in 1..=HOSTS {
        eprintln!("a cold function, {round} of {HOSTS}");
        let open = programs.open(&programs.chapter4(false))?;
        let visitor = Visitor::of(&open.shop.at);
        // The host itself and the connection to it are no part of it: another function has answered over it.
        let path = format!("/pets/{}", visitor.takes_in()?);
        cold.add(visitor.looks_at(&path)?);
        second.add(visitor.looks_at(&path)?);
        for _ in 0..10 {
            warm.add(visitor.looks_at(&path)?);
        }
    }
    file.put(
        "cold_ms",
        cold.median(),
        "ms",
        "median time of the first answer of a function that did not run",
    );
    file.put(
        "cold_most_ms",
        cold.most(),
        "ms",
        "the longest of these times",
    );
    file.put(
        "warm_ms",
        warm.median(),
        "ms",
        "median time of a later answer of the same process, to the same customer",
    );
    let row = |what, times: &Rounds| {
        vec![
            words(what),
            Cell::Number(times.median()),
            Cell::Number(times.most()),
        ]
    };
    let rows = vec![
        row("the first answer of a process", &cold),
        row("its second", &second),
        row("a later one", &warm),
    ];
    let columns = [("Which", ""), ("Median", "ms"), ("Longest", "ms")];
    let note = format!(
        "GET /pets/{{id}} over an open connection, {HOSTS} hosts, each of which had started another function before; ten later answers of each."
    );
    let what = "A function that did not run, and one that does";
    file.tables
        .insert("cold".to_owned(), table(what, &columns, rows, &note));
    Ok(())
}
