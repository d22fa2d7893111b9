//! Who is served when many write into one partition at once, and when they come again.

use anyhow::{Context, Result};
use book::measured::{Cell, Measured};
use regex::Regex;

use super::{Programs, run};
use crate::measure::chapter4::{table, words};
use crate::measure::database::Database;
use crate::measure::rounds::Rounds;

/// Write units a second that the partition takes.
const UNITS: &str = "50";

/// How many customers come at once: what their figures are called, and how often that is tried.
const CROWDS: [(&str, &str, usize); 2] = [("100", "retries", 5), ("300", "retries_300", 3)];

/// The strategies of the example, and what each is.
const STRATEGIES: [(&str, &str); 5] = [
    ("never", "never"),
    ("at-once", "at once"),
    ("fixed", "after 100 ms"),
    (
        "growing",
        "after 25 ms, and each time twice as long, up to 1.6 s",
    ),
    ("jitter", "the same, of which each time chance takes a part"),
];

/// What was seen of a strategy in all rounds.
#[derive(Default, Clone)]
struct Seen {
    written: Rounds,
    calls: Rounds,
    refused: Rounds,
    last: Rounds,
}

/// Fills the table `retries`.
pub(super) fn of_a_rush(programs: &Programs, file: &mut Measured) -> Result<()> {
    let local = programs.shops().shop("local");
    let database = Database::with_faults(&local, &["--partition", UNITS])?;
    database.release(&programs.shops().shop(programs.before.release))?;
    let rush = programs.shops().example("rush");
    let mut rows: Vec<Vec<Cell>> = STRATEGIES.map(|(_, when)| vec![words(when)]).into();
    for (customers, name, rounds) in CROWDS {
        let mut all = vec![Seen::default(); STRATEGIES.len()];
        for round in 1..=rounds {
            eprintln!("retries of {customers} customers, round {round} of {rounds}");
            for ((strategy, _), seen) in STRATEGIES.iter().zip(&mut all) {
                seen.add(&run(&rush, &[strategy, customers], &database)?)?;
            }
        }
        for (((strategy, _), seen), row) in STRATEGIES.iter().zip(&all).zip(&mut rows) {
            let name = format!("{name}_{}", strategy.replace('-', "_"));
            let how = format!("{customers} customers, {strategy}");
            seen.put(&name, &how, file);
            let shown = [&seen.written, &seen.calls, &seen.last];
            row.extend(shown.map(|rounds| Cell::Number(rounds.median())));
        }
    }
    put(rows, file);
    Ok(())
}

impl Seen {
    /// `jitter: 100 of 100 written, 212 calls, 112 refused, the last after 1.40 s`
    fn add(&mut self, told: &str) -> Result<()> {
        let line =
            r": (\d+) of \d+ written, (\d+) calls, (\d+) refused, the last after ([0-9.]+) s";
        let found = Regex::new(line)?.captures(told);
        let found = found.with_context(|| format!("the example prints {told:?}"))?;
        let (_, figures) = found.extract();
        let [written, calls, refused, last] = figures.map(str::parse::<f64>);
        self.written.add(written?);
        self.calls.add(calls?);
        self.refused.add(refused?);
        self.last.add(last?);
        Ok(())
    }

    fn put(&self, name: &str, how: &str, file: &mut Measured) {
        for (key, rounds, unit, what) in [
            ("written", &self.written, "items", "items that were written"),
            ("calls", &self.calls, "calls", "calls"),
            ("refused", &self.refused, "calls", "calls that were refused"),
            ("last_s", &self.last, "s", "time until the last item"),
        ] {
            let what =
                format!("{what}, in one partition of {UNITS} write units a second: {how} again");
            file.put(&format!("{name}_{key}"), rounds.median(), unit, &what);
        }
    }
}

fn put(rows: Vec<Vec<Cell>>, file: &mut Measured) {
    let [(few, _, often), (many, _, seldom)] = CROWDS;
    let headings = [few, many].map(|customers| {
        [
            (format!("{customers}: written"), "items"),
            (format!("{customers}: calls"), "calls"),
            (format!("{customers}: the last after"), "s"),
        ]
    });
    let first = [("Who is refused comes again", "")];
    let headings = headings.iter().flatten();
    let headings = headings.map(|(name, unit)| (name.as_str(), *unit));
    let columns: Vec<_> = first.into_iter().chain(headings).collect();
    let note = format!(
        "{few} and {many} customers, each with an item of its own, write into one partition at once; medians of {often} and {seldom} rounds in turns. The limit is injected: the database \
         on this machine refuses what is more than {UNITS} write units a second, where AWS’s takes 1,000. A customer gives up after 40 calls."
    );
    let what = "Writes into one partition at once";
    file.tables
        .insert("retries".to_owned(), table(what, &columns, rows, &note));
}
