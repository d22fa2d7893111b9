//! What a sale takes that AWS is paid for.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use book::measured::Measured;

use super::Programs;
use super::host::Host;
use super::work::{REPORT, billed, cpu, memory, works};
use crate::measure::chapter4::sale::{ITEMS, PER_ITEM, units};
use crate::measure::chapter4::visitor::Visitor;
use crate::measure::database::Database;
use crate::measure::meter::{Call, Meter};

/// Sales that are counted: what all take is divided by it.
pub const SALES: usize = 50;
/// Pets in the shop when it opens: some are sold before anything is counted, so that all functions run, and some are left in the end.
const PETS: u32 = 160;
const BEFORE: usize = 5;
/// The requests of a customer.
const FOR_CUSTOMERS: usize = 3;
/// How often an idle stream is looked at.
const LOOKS: Duration = Duration::from_millis(250);
const PATIENCE: Duration = Duration::from_secs(30);

/// What works at a sale, and what remains of it.
#[derive(Debug, Clone, Copy)]
pub struct Sale {
    /// The functions: three for the customer, and those that are told of it.
    pub functions: &'static [&'static str],
    /// How many they are.
    pub number: &'static str,
    /// Those of them that may be told of a sale more than once.
    pub comes_again: &'static [&'static str],
    /// Those that are told.
    pub told: &'static str,
    /// The items that there are of a pet afterwards, and what they are.
    pub items: (f64, &'static str),
    /// Whether the next sale comes when everybody has been told of the one before. Where functions are told of several at once, it
    /// would take less otherwise.
    pub is_alone: bool,
}

impl Sale {
    /// A sale of chapter 5, and of chapter 6.
    pub const CHAPTER_5: Self = Self {
        functions: &["list", "show", "adopt", "papers", "thanks", "display"],
        comes_again: &[],
        number: "six",
        told: "the three functions that are told of it",
        items: (ITEMS, "a pet, its papers and its letter"),
        is_alone: false,
    };
}

/// Puts down what a sale takes, and the table `sale`. Gives what the host has printed at these sales.
///
/// # Errors
///
/// When something does not start, or is answered otherwise than expected.
pub fn count(programs: &Programs, file: &mut Measured) -> Result<String> {
    let open = |database: &str, folder: &Path| Open::start(programs, database, folder);
    counted(programs, &of(programs), FOR_CUSTOMERS, open, file)
}

/// Whoever sells pets one after the other.
pub trait Sells {
    /// Sells these pets, and gives what the host has printed when every event of all sales has been handled.
    fn sell(&mut self, pets: &[String]) -> Result<String>;

    /// The host.
    fn host(&self) -> &Host;
}

/// The same of any shop that can be opened for a database in a folder: of what is counted, and how many requests to the gateway each sale is.
pub fn counted<S: Sells>(
    programs: &Programs,
    of: &str,
    requests: usize,
    open: impl Fn(&str, &Path) -> Result<S>,
    file: &mut Measured,
) -> Result<String> {
    eprintln!("what a sale takes");
    let shops = &programs.shops;
    let folder = shops.data_folder()?;
    let database = Database::start(&shops.shop("local"), None)?;
    let pets = programs.stocked(&database, PETS)?;
    let unsold = database.size()? / count_of(pets.len());
    let meter = Meter::before(&database.process.at)?;
    let mut seller = open(&meter.at, folder.path())?;
    let (first, others) = pets.split_at(BEFORE);
    seller.sell(first)?;
    let size = database.size()?;
    drop(meter.take());
    seller.sell(&others[..SALES])?;
    let grown = (database.size()? - size) / count_of(SALES);
    let calls = meter.take();
    drop(seller);
    // The meter takes its time, too.
    let mut seller = open(&database.process.at, folder.path())?;
    let (first, others) = others[SALES..].split_at(BEFORE);
    let before = seller.sell(first)?;
    let cpu_before = cpu(seller.host())?;
    let log = seller.sell(&others[..SALES])?;
    let log = &log[before.len()..];
    let cpu = cpu(seller.host())?;
    put(of, requests, &calls, log, file);
    let (items, what) = programs.sale.items;
    let pet = unsold + grown + items * PER_ITEM;
    let what = format!(
        "room in the table, with the 100 bytes that DynamoDB adds to each item, of {what} after {of}"
    );
    file.put("pet_bytes", pet, "B", &what);
    let works = works(&programs.sale, log, &cpu_before, &cpu)?;
    billed(&programs.sale, &works, memory(programs)?, file);
    Ok(log.to_owned())
}

fn of(programs: &Programs) -> String {
    let (page, told) = (programs.page.1, programs.sale.told);
    format!("a sale: {page}, the pet, the adoption, and {told}")
}

fn put(of: &str, requests: usize, calls: &[Call], log: &str, file: &mut Measured) {
    let mut put = |key: &str, value: f64, unit: &str, what: &str| {
        file.put(key, value, unit, &format!("{what} {of}"));
    };
    put(
        "sale_api_requests",
        count_of(requests),
        "requests",
        "requests to the gateway of",
    );
    put(
        "sale_events",
        count_of(log.matches("the bus is told").count()) / count_of(SALES),
        "events",
        "events of",
    );
    put(
        "sale_reads",
        units(calls, true) / count_of(SALES),
        "read request units",
        "read request units of",
    );
    put(
        "sale_writes",
        units(calls, false) / count_of(SALES),
        "write request units",
        "write request units of",
    );
    put(
        "sale_log_bytes",
        printed(log) / count_of(SALES),
        "B",
        "what functions print and what is reported of them, for",
    );
}

/// Opens the shop for a database in a folder, with somebody who buys.
pub fn open<'a>(
    programs: &'a Programs,
    database: &str,
    folder: &Path,
) -> Result<impl Sells + use<'a>> {
    Open::start(programs, database, folder)
}

/// A shop, and somebody who buys.
struct Open<'a> {
    programs: &'a Programs,
    visitor: Visitor,
    host: Host,
    /// Pets.
    sold: usize,
}

impl<'a> Open<'a> {
    fn start(programs: &'a Programs, database: &str, folder: &Path) -> Result<Self> {
        let host = Host::start(programs, database, folder)?;
        Ok(Self {
            programs,
            visitor: Visitor::of(&host.at),
            host,
            sold: 0,
        })
    }
}

impl Sells for Open<'_> {
    fn sell(&mut self, pets: &[String]) -> Result<String> {
        let sale = &self.programs.sale;
        for pet in pets {
            if sale.is_alone {
                // An idle stream is looked at four times a second. Whoever came when everybody is done would always wait for as long.
                thread::sleep(LOOKS.mul_f64(fastrand::f64()));
            }
            self.visitor.looks_at(self.programs.page.0)?;
            self.visitor.looks_at(&format!("/pets/{pet}"))?;
            self.visitor.adopts(pet)?;
            self.sold += 1;
            if sale.is_alone {
                settled(&self.host, self.sold, sale.functions.len())?;
            }
        }
        settled(&self.host, self.sold, sale.functions.len())
    }

    fn host(&self) -> &Host {
        &self.host
    }
}

/// What the host has printed when every event of so many sales has been handled.
fn settled(host: &Host, sales: usize, events: usize) -> Result<String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let log = host.log()?;
        let reports = log.lines().filter(|line| line.contains(REPORT)).count();
        if reports >= sales * events && log.ends_with('\n') {
            return Ok(log);
        }
        ensure!(
            Instant::now() < deadline,
            "{reports} events were handled of {sales} sales"
        );
        thread::sleep(Duration::from_millis(10));
    }
}

/// The bytes that are a function's own, without the name that the host puts before each line.
fn printed(log: &str) -> f64 {
    let lines = log.lines().filter_map(|line| line.split_once(" | "));
    lines.map(|(_, line)| count_of(line.len() + 1)).sum()
}

#[allow(clippy::cast_precision_loss, reason = "there are few of anything")]
pub fn count_of(number: usize) -> f64 {
    number as f64
}
