//! Chapter 7's figures, beside those of chapter 6 in the same run: what an outbox costs, how long a letter takes through a stream and a
//! queue, how much the mapping brings, and who waits for a record that nobody gets done.

pub mod desks;
mod letters;
mod mapping;
mod operations;
mod poison;
pub(super) mod queue;

use anyhow::Result;
use book::prices::Prices;
use book::workspace::Workspace;
use serde_json::{Value, json};

use super::chapter4::sale::ITEMS;
use super::chapter5::{
    self,
    sale::{self, Sale},
};
use super::chapter6::{self, adoptions, customer};
use super::database::Database;
use super::shops::{self, Shops};
use crate::lambda::CHAPTER_7;

const COMMAND: &str = "cargo book measure 7";
const SOURCES: [&str; 13] = [
    "chapters-code/ch01-bare-server/src",
    "chapters-code/ch02-virtual-server/src",
    "chapters-code/ch03-platform/src",
    "chapters-code/ch04-functions/src",
    "chapters-code/ch05-lambda/src",
    "chapters-code/ch06-state/src",
    "chapters-code/ch07-events/examples/nothing.rs",
    "chapters-code/ch07-events/examples/poison.rs",
    "chapters-code/ch07-events/src",
    "infra/ch06-state/functions.toml",
    "infra/ch07-events/functions.toml",
    "infra/ch07-events/sources.toml",
    "tools/local/src/lib.rs",
];

/// The functions, as the host is told of them. Beside them lies what else leads to them.
const TABLE: &str = "infra/ch07-events/functions.toml";

/// The outbox's item is removed after 7 days, and what the display has counted after 28.
const SALE: Sale = Sale {
    functions: &[
        "list", "show", "adopt", "teller", "papers", "thanks", "display",
    ],
    comes_again: &[],
    number: "seven",
    told: "the four functions that are told of it, each sale by itself",
    items: (
        ITEMS + 2.0,
        "a pet, its papers, its letter, what the outbox has for 7 days, and what the display knows for 28,",
    ),
    is_alone: true,
};

/// The shops of both chapters.
struct Programs {
    before: chapter5::Programs,
    now: chapter5::Programs,
    prices: Prices,
}

impl Programs {
    fn new(workspace: &Workspace, shops: Shops) -> Result<Self> {
        let before = chapter6::shop(workspace, shops.clone());
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

    /// Both, by what they are called.
    fn both(&self) -> [(&'static str, &chapter5::Programs); 2] {
        [("6", &self.before), ("7", &self.now)]
    }

    /// A database in memory with nothing but the table of a chapter.
    fn database(&self, release: &str) -> Result<Database> {
        let database = Database::start(&self.shops().shop("local"), None)?;
        database.release(&self.shops().shop(release))?;
        Ok(database)
    }
}

/// This chapter's shop.
pub(super) fn shop(workspace: &Workspace, shops: Shops) -> chapter5::Programs {
    let mut shop = chapter6::shop(workspace, shops);
    shop.host = CHAPTER_7.host;
    shop.table = workspace.root().join(TABLE);
    shop.release = CHAPTER_7.release;
    shop.sale = SALE;
    shop
}

/// Takes the figures and writes them.
///
/// # Errors
///
/// When the machine is busy and `anyway` is not set, or when something does not build, run or answer, or is slower than it may be.
pub fn measure(workspace: &Workspace, anyway: bool) -> Result<()> {
    // The examples are built apart, with features of their own, and so before the programs that lie beside them.
    Shops::build_examples(workspace, "ch07-events", &["nothing", "poison"])?;
    let packages = [
        "ch03-platform",
        "ch04-functions",
        "ch05-lambda",
        "ch06-state",
        "ch07-events",
        "local",
    ];
    let shops = Shops::build_programs(workspace, &packages)?;
    let programs = Programs::new(workspace, shops)?;
    let mut file = shops::begin(workspace, COMMAND, &SOURCES, anyway)?;
    operations::count(&programs, &mut file)?;
    let log = sale::count(&programs.now, &mut file)?;
    queue::requests(&log, &mut file)?;
    adoptions::at_once(programs.both(), &mut file)?;
    customer::alone(programs.both(), None, &mut file)?;
    letters::after_an_adoption(&programs, &mut file)?;
    mapping::of_a_full_stream(&programs, &mut file)?;
    poison::of_a_batch(&programs, &mut file)?;
    super::summary(&file);
    mapping::is_fast_enough(&file)?;
    super::saved(workspace, &file.save(workspace, "ch07")?);
    Ok(())
}

/// What is told of an adoption. Each is of another pet, by another request, whose id it has.
fn adoption(number: u32) -> (String, Value) {
    let (pet, request) = (format!("1{number:035}"), format!("2{number:035}"));
    let detail = json!({
        "version": 1,
        "request": request,
        "customer": "Ada",
        "pets": [{
            "id": pet,
            "name": "Gustav",
            "species": "tortoise",
            "price": { "amount": 12_000, "currency": "EUR" },
            "version": 2,
        }],
    });
    (request, detail)
}
