//! Chapter 6's figures, beside those of chapter 5 in the same run: what things take of the table, what other designs would, and
//! who is served when a partition is too busy.

pub(super) mod adoptions;
pub mod counted;
pub(super) mod customer;
mod designs;
mod operations;
mod retries;

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};
use book::measured::{Cell, count};
use book::money::Money;
use book::prices::Prices;
use book::workspace::Workspace;

use super::chapter5::{self, sale};
use super::database::{Database, with_environment};
use super::shops::{self, Shops};
use crate::lambda::CHAPTER_6;

const COMMAND: &str = "cargo book measure 6";
const SOURCES: [&str; 12] = [
    "chapters-code/ch01-bare-server/src",
    "chapters-code/ch02-virtual-server/src",
    "chapters-code/ch03-platform/src",
    "chapters-code/ch04-functions/src",
    "chapters-code/ch05-lambda/src",
    "chapters-code/ch06-state/examples/full_shop.rs",
    "chapters-code/ch06-state/examples/rush.rs",
    "chapters-code/ch06-state/src",
    "infra/ch05-lambda/functions.toml",
    "infra/ch06-state/functions.toml",
    "tools/local/src/faults",
    "tools/local/src/lib.rs",
];

/// The functions, as chapter 4's host is told of them.
const TABLE: &str = "infra/ch06-state/functions.toml";

/// Pets in a full shop.
const FULL: u64 = 100_000;

/// The shops of both chapters.
struct Programs {
    before: chapter5::Programs,
    now: chapter5::Programs,
    prices: Prices,
}

impl Programs {
    fn new(workspace: &Workspace, shops: Shops) -> Result<Self> {
        let before = chapter5::Programs::new(workspace, shops.clone());
        let now = shop(workspace, shops);
        let prices = Prices::load(workspace)?;
        Ok(Self {
            before,
            now,
            prices,
        })
    }

    fn shops(&self) -> &Shops {
        &self.now.shops
    }

    /// A database in memory with the table as chapter 5 has it.
    fn database(&self) -> Result<Database> {
        let database = Database::start(&self.shops().shop("local"), None)?;
        database.release(&self.shops().shop(self.before.release))?;
        Ok(database)
    }

    /// The same with the pets of a full shop.
    fn full(&self) -> Result<Database> {
        let database = self.database()?;
        eprintln!("filling a shop with {} pets", count(FULL));
        let full_shop = self.shops().example("full_shop");
        run(&full_shop, &[&FULL.to_string()], &database)?;
        Ok(database)
    }

    /// See [`a_million`].
    fn a_million(&self, reads: f64, writes: f64) -> Result<Money> {
        a_million(&self.prices, reads, writes)
    }
}

/// This chapter's shop.
pub(super) fn shop(workspace: &Workspace, shops: Shops) -> chapter5::Programs {
    let mut shop = chapter5::Programs::new(workspace, shops);
    shop.table = workspace.root().join(TABLE);
    shop.release = "ch06-state";
    shop.told.extend(CHAPTER_6.environment);
    shop.page = (
        "/pets?status=available",
        "a page of the pets that wait for a home",
    );
    shop
}

/// Takes the figures and writes them.
///
/// # Errors
///
/// When the machine is busy and `anyway` is not set, or when something does not build, run or answer.
pub fn measure(workspace: &Workspace, anyway: bool) -> Result<()> {
    // The examples are built apart, with features of their own, and so before the programs that lie beside them.
    Shops::build(workspace, &["ch06-state"])?;
    let packages = [
        "ch03-platform",
        "ch04-functions",
        "ch05-lambda",
        "ch06-state",
        "local",
    ];
    let shops = Shops::build_programs(workspace, &packages)?;
    let programs = Programs::new(workspace, shops)?;
    let mut file = shops::begin(workspace, COMMAND, &SOURCES, anyway)?;
    let full = programs.full()?;
    operations::count(&programs, &full, &mut file)?;
    designs::compare(&programs, &mut file)?;
    sale::count(&programs.now, &mut file)?;
    let shops = [("5", &programs.before), ("6", &programs.now)];
    adoptions::at_once(shops, &mut file)?;
    // Chapter 5's functions do not mind the index.
    full.release(&programs.shops().shop(programs.now.release))?;
    customer::alone(shops, Some(&full), &mut file)?;
    drop(full);
    retries::of_a_rush(&programs, &mut file)?;
    super::summary(&file);
    super::saved(workspace, &file.save(workspace, "ch06")?);
    Ok(())
}

/// What a million of something costs that takes so many units.
pub(super) fn a_million(prices: &Prices, reads: f64, writes: f64) -> Result<Money> {
    let of = |key, units: f64| -> Result<Money> {
        // A million times as many.
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count of millions"
        )]
        let units = (units * 1e6).round() as u64;
        Ok(prices.get(key)?.of(units))
    };
    Ok(of("dynamodb.read", reads)? + of("dynamodb.write", writes)?)
}

/// An amount in a column of dollars: it is computed, and so given to the cent.
pub(super) fn dollars(amount: Money) -> Cell {
    Cell::Words(amount.human().replace('$', ""))
}

/// Units in a column of them: they are counted, and so not rounded.
pub(super) fn units(units: f64) -> Cell {
    Cell::Words(units.to_string())
}

/// Runs an example that looks for its table in the environment, to its end, and gives what it prints.
pub(super) fn run(example: &Path, arguments: &[&str], database: &Database) -> Result<String> {
    let mut command = Command::new(example);
    command.args(arguments).stderr(Stdio::inherit());
    let output = with_environment(&mut command, &database.process.at).output()?;
    let name = example.display();
    ensure!(output.status.success(), "{name}: {}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}
