//! A sale that is paid for, and many at once.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use book::measured::Measured;
use serde_json::json;

use super::till::{LOOKS, Till};
use crate::measure::chapter4::sale::PER_ITEM;
use crate::measure::chapter5::Programs;
use crate::measure::chapter5::sale::{SALES, count_of, put};
use crate::measure::chapter5::work::{REPORT, billed, cpu, memory, works};
use crate::measure::database::Database;
use crate::measure::meter::Meter;

/// Pets in the shop when it opens.
const PETS: u32 = 160;

/// Some are sold before anything is counted, so that all functions run.
const BEFORE: usize = 5;

/// The list, the pet, the checkout, how that stands, and the provider's notice.
const REQUESTS: usize = 5;

/// After this time without a line nobody is at work any more.
const QUIET: Duration = Duration::from_millis(600);

const PATIENCE: Duration = Duration::from_mins(1);

/// Pets that are sold at once, and customers.
const MANY: u32 = 300;
const CUSTOMERS: usize = 16;

/// How often somebody looks how many stand. To look more often would keep the machine busy with that.
const LOOKS_OF_MANY: Duration = Duration::from_millis(25);

/// Puts down what a sale takes, and the table `sale`. Gives what the host has printed at these sales.
pub(super) fn count(programs: &Programs, file: &mut Measured) -> Result<String> {
    eprintln!("what a sale takes");
    let shops = &programs.shops;
    let folder = shops.data_folder()?;
    let database = Database::start(&shops.shop("local"), None)?;
    let pets = programs.stocked(&database, PETS)?;
    let unsold = database.size()? / count_of(pets.len());
    let meter = Meter::before(&database.process.at)?;
    let mut open = Open::start(programs, &meter.at, folder.path())?;
    let (first, others) = pets.split_at(BEFORE);
    open.sell(first)?;
    let size = database.size()?;
    drop(meter.take());
    open.sell(&others[..SALES])?;
    let grown = (database.size()? - size) / count_of(SALES);
    let calls = meter.take();
    drop(open);
    // The meter takes its time, too.
    let mut open = Open::start(programs, &database.process.at, folder.path())?;
    let (first, others) = others[SALES..].split_at(BEFORE);
    let before = open.sell(first)?;
    let cpu_before = cpu(&open.till.host)?;
    let log = open.sell(&others[..SALES])?;
    let log = &log[before.len()..];
    let cpu = cpu(&open.till.host)?;
    let (page, told) = (programs.page.1, programs.sale.told);
    let of = format!("a sale: {page}, the pet, the checkout, how it stands in the end, and {told}");
    put(&of, REQUESTS, &calls, log, file);
    let (items, what) = programs.sale.items;
    let pet = unsold + grown + items * PER_ITEM;
    let what = format!(
        "room in the tables, with the 100 bytes that DynamoDB adds to each item, of {what} after {of}"
    );
    file.put("pet_bytes", pet, "B", &what);
    let works = works(&programs.sale, log, &cpu_before, &cpu)?;
    billed(&programs.sale, &works, memory(programs)?, file);
    let bytes = open.bytes(others.last().context("no pet is left")?)?;
    let what = format!(
        "what the shop sends for a sale: {page}, the pet, the checkout, and how it stands in the end"
    );
    file.put("sale_bytes", count_of(bytes), "B", &what);
    Ok(log.to_owned())
}

/// A shop, and somebody who buys.
struct Open<'a> {
    programs: &'a Programs,
    till: Till,
    /// Pets.
    sold: usize,
}

impl<'a> Open<'a> {
    fn start(programs: &'a Programs, database: &str, folder: &Path) -> Result<Self> {
        let till = Till::open(programs, database, folder)?;
        till.hears()?;
        Ok(Self {
            programs,
            till,
            sold: 0,
        })
    }

    /// Sells these pets, and gives what the host has printed when everybody has been told of all of it.
    fn sell(&mut self, pets: &[String]) -> Result<String> {
        for pet in pets {
            thread::sleep(Duration::from_millis(250).mul_f64(fastrand::f64()));
            self.till.show(self.programs.page.0)?;
            self.till.show(&format!("/pets/{pet}"))?;
            let (checkout, _) = self.till.begin(pet)?;
            self.sold += 1;
            self.settled()?;
            let (told, _) = self.till.show(&format!("/checkouts/{checkout}"))?;
            ensure!(told["status"] == "adopted", "{told}");
        }
        self.settled()
    }

    /// What the shop sends for a sale, in bytes.
    fn bytes(&self, pet: &str) -> Result<usize> {
        let (_, list) = self.till.show(self.programs.page.0)?;
        let (_, one) = self.till.show(&format!("/pets/{pet}"))?;
        let (checkout, begun) = self.till.begin(pet)?;
        self.till.is_paid(&checkout, LOOKS)?;
        let (_, ended) = self.till.show(&format!("/checkouts/{checkout}"))?;
        Ok(list + one + begun + ended)
    }

    /// What the host has printed when all letters are written, all notices were heard, and nobody prints any more.
    fn settled(&self) -> Result<String> {
        let (begun, mut last, mut length) = (Instant::now(), Instant::now(), 0);
        loop {
            let log = self.till.host.log()?;
            if log.len() > length {
                (length, last) = (log.len(), Instant::now());
            }
            let are_done = ["thanks", "papers", "notice"].iter().all(|function| {
                let of_function = format!("{function}{REPORT}");
                let reports = log.lines().filter(|line| line.starts_with(&of_function));
                reports.count() >= self.sold
            });
            if are_done && last.elapsed() > QUIET {
                return Ok(log);
            }
            ensure!(begun.elapsed() < PATIENCE, "a sale has not come to its end");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Puts down how many checkouts a second the shop brings to their end, when many customers pay at once.
pub(super) fn many(programs: &Programs, file: &mut Measured) -> Result<()> {
    eprintln!("many checkouts at once");
    let shops = &programs.shops;
    let folder = shops.data_folder()?;
    let tables = folder.path().join("tables");
    let database = Database::start(&shops.shop("local"), Some(&tables))?;
    let pets = programs.stocked(&database, MANY)?;
    let till = Till::open(programs, &database.process.at, folder.path())?;
    till.hears()?;
    let begun = Instant::now();
    let checkouts = begin_all(&till, &pets)?;
    for checkout in &checkouts {
        till.is_paid(checkout, LOOKS_OF_MANY)?;
    }
    let ended = begun.elapsed();
    all_know(&till, programs)?;
    let known = begun.elapsed();
    let of = "of sixteen customers, with the host in the place of Lambda, a provider that answers at once, and a DynamoDB on this machine, in a file";
    for (key, took, until) in [
        ("adoptions_per_s", ended, "that end with an adoption"),
        (
            "checkouts_per_s",
            known,
            "that end with an adoption of which all views know, with papers and a letter",
        ),
    ] {
        let rate = f64::from(MANY) / took.as_secs_f64();
        file.put(
            key,
            rate,
            "1/s",
            &format!("checkouts a second {until}, {of}"),
        );
    }
    Ok(())
}

/// Has all customers pay at once, and gives the names of their checkouts.
fn begin_all(till: &Till, pets: &[String]) -> Result<Vec<String>> {
    let pay = |share: &[String]| -> Result<Vec<String>> {
        let checkouts = share.iter().map(|pet| Ok(till.begin(pet)?.0));
        checkouts.collect()
    };
    thread::scope(|scope| {
        let shares = pets.chunks(pets.len().div_ceil(CUSTOMERS));
        let customers: Vec<_> = shares
            .map(|share| scope.spawn(move || pay(share)))
            .collect();
        let mut checkouts = vec![];
        for customer in customers {
            let begun = customer.join();
            checkouts.extend(begun.map_err(|_| anyhow!("a customer panicked"))??);
        }
        Ok(checkouts)
    })
}

/// Waits until no pet is on the list of those that wait, and all papers and letters are written.
fn all_know(till: &Till, programs: &Programs) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (list, _) = till.show(programs.page.0)?;
        let log = till.host.log()?;
        let of_papers = format!("papers{REPORT}");
        let papers = log.lines().filter(|line| line.starts_with(&of_papers));
        let letters = log.matches("Thank you for giving").count();
        let least = papers.count().min(letters);
        if list["pets"] == json!([]) && least >= usize::try_from(MANY)? {
            return Ok(());
        }
        ensure!(
            Instant::now() < deadline,
            "{least} of {MANY} pets have papers and a letter: {list}"
        );
        thread::sleep(LOOKS_OF_MANY);
    }
}
