//! A function for each operation, and one for all of them: what eight customers meet who come at once in the morning.

use std::sync::Barrier;
use std::thread;

use anyhow::{Context, Result, anyhow};
use book::measured::{Cell, Measured};

use super::visitor::Visitor;
use super::{LAMBDALITH, Programs, TABLE, table, words};
use crate::ledger::processes;
use crate::measure::rounds::Rounds;

/// They come with the same wish, each with a connection of their own.
const CUSTOMERS: usize = 8;
/// Mornings, each with a host of its own.
const MORNINGS: usize = 7;
/// What all functions of the counter run.
const PROGRAM: &str = "shop-counter";

/// Fills the table `morning`.
pub fn one_or_many(programs: &Programs, file: &mut Measured) -> Result<()> {
    let ways = [
        ("each", "a function for each operation", TABLE),
        ("all", "one function for all", LAMBDALITH),
    ];
    let mut rows = Vec::new();
    for (key, way, table) in ways {
        let mut morning = Morning::default();
        for number in 1..=MORNINGS {
            eprintln!("{way}, morning {number} of {MORNINGS}");
            morning.comes(programs, table)?;
        }
        for (name, unit, value, what) in [
            (
                "processes",
                "processes",
                morning.processes.median(),
                "processes of the counter that were started",
            ),
            (
                "median_ms",
                "ms",
                morning.answers.median(),
                "median time of an answer",
            ),
            (
                "longest_ms",
                "ms",
                morning.answers.most(),
                "the longest time of an answer",
            ),
        ] {
            let what = format!("{what} in the morning, {way}");
            file.put(&format!("morning_{key}_{name}"), value, unit, &what);
        }
        rows.push(vec![
            words(way),
            Cell::Number(morning.processes.median()),
            Cell::Number(morning.answers.median()),
            Cell::Number(morning.answers.most()),
        ]);
    }
    let columns = [
        ("The shop is", ""),
        ("Started", "processes"),
        ("Median answer", "ms"),
        ("Longest", "ms"),
    ];
    let note = format!(
        "{CUSTOMERS} customers at once want the list, then each a pet, then that pet; {MORNINGS} mornings with a host of their own, in which no function for \
         this ran before. Where it is one function, the pets have been taken in by one of its processes. Only processes of the counter are counted; \
         each meets one customer who waits until it has started."
    );
    let what = "A function for each operation, or one for all";
    file.tables
        .insert("morning".to_owned(), table(what, &columns, rows, &note));
    Ok(())
}

#[derive(Default)]
struct Morning {
    processes: Rounds,
    answers: Rounds,
}

impl Morning {
    fn comes(&mut self, programs: &Programs, table: &str) -> Result<()> {
        let open = programs.open(&programs.host(table, false))?;
        let at = &open.shop.at;
        let early = Visitor::of(at);
        let pets: Vec<String> = (0..CUSTOMERS)
            .map(|_| early.takes_in())
            .collect::<Result<_>>()?;
        let together = Barrier::new(CUSTOMERS);
        let times = thread::scope(|scope| {
            let (pets, together) = (pets.iter(), &together);
            let visits = pets.map(|pet| scope.spawn(move || visit(at, pet, together)));
            let visits: Vec<_> = visits.collect();
            let joined = visits.into_iter().map(|visit| {
                let times = visit.join().map_err(|_| anyhow!("a customer panicked"))?;
                times.context("a customer")
            });
            joined.collect::<Result<Vec<_>>>()
        })?;
        for time in times.into_iter().flatten() {
            self.answers.add(time);
        }
        let seen = processes::tree_of(open.shop.process())?;
        let started = seen.iter().filter(|name| *name == PROGRAM).count();
        self.processes.add(f64::from(u32::try_from(started)?));
        Ok(())
    }
}

/// What a customer wants, each thing when all others want it too. Nobody leaves early, or the others would wait for ever.
fn visit(at: &str, pet: &str, together: &Barrier) -> Result<[f64; 3]> {
    let visitor = Visitor::of(at);
    let path = format!("/pets/{pet}");
    let ask = |what: &dyn Fn() -> Result<f64>| {
        together.wait();
        what()
    };
    let seen = [
        ask(&|| visitor.looks_at("/pets")),
        ask(&|| visitor.looks_at(&path)),
        ask(&|| visitor.adopts(pet)),
    ];
    let [list, show, adopt] = seen;
    Ok([list?, show?, adopt?])
}
