//! A sale that is paid for, and many at once.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use book::measured::Measured;
use serde_json::json;

use super::till::{LOOKS, Till};
use crate::measure::chapter5::Programs;
use crate::measure::chapter5::host::Host;
use crate::measure::chapter5::sale::{Sells, count_of, counted};
use crate::measure::chapter5::work::REPORT;
use crate::measure::database::Database;

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
pub(in crate::measure) fn count(programs: &Programs, file: &mut Measured) -> Result<String> {
    let (page, told) = (programs.page.1, programs.sale.told);
    let of = format!("a sale: {page}, the pet, the checkout, how it stands in the end, and {told}");
    let open = |database: &str, folder: &Path| Open::start(programs, database, folder);
    counted(programs, &of, REQUESTS, open, file)
}

/// Opens the shop for a database in a folder, with somebody who pays.
pub(in crate::measure) fn open<'a>(
    programs: &'a Programs,
    database: &str,
    folder: &Path,
) -> Result<impl Sells + use<'a>> {
    Open::start(programs, database, folder)
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

impl Sells for Open<'_> {
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

    fn host(&self) -> &Host {
        &self.till.host
    }
}

/// Puts down what the shop sends for a sale, and how many checkouts a second it brings to their end, when many customers pay at once.
pub(in crate::measure) fn many(programs: &Programs, file: &mut Measured) -> Result<()> {
    eprintln!("many checkouts at once");
    let shops = &programs.shops;
    let folder = shops.data_folder()?;
    let tables = folder.path().join("tables");
    let database = Database::start(&shops.shop("local"), Some(&tables))?;
    let pets = programs.stocked(&database, MANY + 1)?;
    let (one, pets) = pets.split_first().context("no pets")?;
    let till = Till::open(programs, &database.process.at, folder.path())?;
    till.hears()?;
    let page = programs.page.1;
    file.put(
        "sale_bytes",
        count_of(sale_bytes(&till, programs, one)?),
        "B",
        &format!("what the shop sends for a sale: {page}, the pet, the checkout, and how it stands in the end"),
    );
    let begun = Instant::now();
    let checkouts = begin_all(&till, pets)?;
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

/// What the shop sends for a sale, in bytes.
fn sale_bytes(till: &Till, programs: &Programs, pet: &str) -> Result<usize> {
    let (_, list) = till.show(programs.page.0)?;
    let (_, one) = till.show(&format!("/pets/{pet}"))?;
    let (checkout, begun) = till.begin(pet)?;
    till.is_paid(&checkout, LOOKS)?;
    let (_, ended) = till.show(&format!("/checkouts/{checkout}"))?;
    Ok(list + one + begun + ended)
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
        if list["pets"] == json!([]) && least > usize::try_from(MANY)? {
            return Ok(());
        }
        ensure!(
            Instant::now() < deadline,
            "{least} of {MANY} pets and one have papers and a letter: {list}"
        );
        thread::sleep(LOOKS_OF_MANY);
    }
}
