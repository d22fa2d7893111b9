//! Runs the shop in worlds in which goes wrong what may, and sees whether everything has
//! happened once all the same. A seed is a world, and the same one each time.

mod bus;
mod check;
mod customers;
mod database;
mod desks;
mod faults;
mod guards;
mod mapping;
mod run;
mod state;
mod tally;
mod world;

use std::env;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use guards::Guard;
use run::Report;

const USAGE: &str = "usage: simulation [--seeds COUNT | --seed NUMBER] [--without GUARD]
GUARD is letter, counted, papers, outbox, position, delete, name or version.";

/// So many seeds should see everything go wrong that may.
const MANY: u64 = 100;

#[derive(Default)]
struct Words {
    seeds: Option<u64>,
    seed: Option<u64>,
    without: Option<Guard>,
}

fn main() -> Result<ExitCode> {
    if env::args().any(|word| word == "--help") {
        println!("{USAGE}");
        return Ok(ExitCode::SUCCESS);
    }
    let words = Words::read()?;
    if let Some(seed) = words.seed {
        return tell(seed, words.without);
    }
    let seeds: Vec<u64> = (1..=words.seeds.unwrap_or(1_000)).collect();
    let report = run::all(&seeds, words.without)?;
    Ok(match words.without {
        None => judge(&report),
        Some(_) => judge_without(&report),
    })
}

/// Prints what a seed has come to, step by step.
fn tell(seed: u64, without: Option<Guard>) -> Result<ExitCode> {
    let seed = run::single(seed, without)?;
    seed.story.iter().for_each(|line| println!("{line}"));
    seed.wrong.iter().for_each(|line| println!("WRONG: {line}"));
    Ok(if seed.wrong.is_empty() {
        println!("everything has happened once");
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Everything has happened once, and everything has gone wrong.
fn judge(report: &Report) -> ExitCode {
    print!("{}", report.tally);
    for (seed, wrong) in &report.failed {
        let wrong = wrong.join("; ");
        println!("seed {seed}: {wrong}; again with --seed {seed}");
    }
    let missing = report.tally.missing();
    if report.tally.seeds >= MANY && !missing.is_empty() {
        println!("never: {}", missing.join(", "));
        return ExitCode::FAILURE;
    }
    if !report.failed.is_empty() {
        return ExitCode::FAILURE;
    }
    println!("everything has happened once");
    ExitCode::SUCCESS
}

/// A guard that nobody misses is none.
fn judge_without(report: &Report) -> ExitCode {
    let (seeds, failed) = (report.tally.seeds, report.failed.len());
    let Some((seed, wrong)) = report.failed.first() else {
        println!("all {seeds} seeds hold without it");
        return ExitCode::FAILURE;
    };
    let wrong = wrong.join("; ");
    println!("{failed} of {seeds} seeds fail; the first of them is seed {seed}: {wrong}");
    println!("again with --seed {seed} and the same --without");
    ExitCode::SUCCESS
}

impl Words {
    fn read() -> Result<Self> {
        let mut words = Self::default();
        let mut given = env::args().skip(1);
        while let Some(word) = given.next() {
            let value = given
                .next()
                .with_context(|| format!("{word}: of what? {USAGE}"))?;
            match word.as_str() {
                "--seeds" => words.seeds = Some(value.parse().context(USAGE)?),
                "--seed" => words.seed = Some(value.parse().context(USAGE)?),
                "--without" => words.without = Some(value.parse()?),
                _ => bail!("{word} is not understood; {USAGE}"),
            }
        }
        Ok(words)
    }
}
