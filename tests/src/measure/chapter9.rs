//! Chapter 9's figures: what a doorbell takes, what is asked of views in the place of streams, how late they are, how long they take to
//! be made anew, and a sale beside chapter 8's.

pub(super) mod doorbell;
mod lag;
mod old;
mod questions;

use anyhow::Result;
use book::workspace::Workspace;
use serde_json::Value;

use super::chapter4::sale::ITEMS;
use super::chapter5::function::{Function, request};
use super::chapter5::{
    self,
    sale::{self, Sale},
};
use super::chapter6::{adoptions, customer};
use super::chapter7::queue;
use super::chapter8;
use super::database::Database;
use super::meter::Call;
use super::shops::{self, Shops};
use crate::lambda::CHAPTER_6;

const COMMAND: &str = "cargo book measure 9";
const SOURCES: [&str; 14] = [
    "chapters-code/ch01-bare-server/src",
    "chapters-code/ch02-virtual-server/src",
    "chapters-code/ch03-platform/src",
    "chapters-code/ch04-functions/src",
    "chapters-code/ch05-lambda/src",
    "chapters-code/ch06-state/src",
    "chapters-code/ch07-events/src",
    "chapters-code/ch08-event-sourcing/examples/moving_in.rs",
    "chapters-code/ch08-event-sourcing/src",
    "chapters-code/ch09-projections/examples/old_shop.rs",
    "chapters-code/ch09-projections/src",
    "event-store/src",
    "infra/ch09-projections",
    "tools/local/src/lib.rs",
];

/// The functions, as the host is told of them. Beside them lies what else leads to them.
const TABLE: &str = "infra/ch09-projections/functions.toml";

/// What prepares the tables.
const RELEASE: &str = "ch09-projections";

/// Fills the streams with a past.
const OLD_SHOP: &str = "old_shop";

/// A pet has two commits, and a row in each of the three views.
const SALE: Sale = Sale {
    functions: &[
        "list", "show", "adopt", "teller", "views", "papers", "thanks",
    ],
    comes_again: &[],
    number: "seven",
    told: "the four functions that are told of it, each sale by itself",
    items: (
        ITEMS + 4.0,
        "the two commits of a pet, its rows in three views, its papers, and its letter,",
    ),
    is_alone: true,
};

/// The shops of both chapters.
struct Programs {
    before: chapter5::Programs,
    now: chapter5::Programs,
}

impl Programs {
    fn new(workspace: &Workspace, shops: Shops) -> Self {
        let before = chapter8::shop(workspace, shops.clone());
        let now = shop(workspace, shops);
        Self { before, now }
    }

    fn shops(&self) -> &Shops {
        &self.now.shops
    }

    /// Both, by what they are called.
    fn both(&self) -> [(&'static str, &chapter5::Programs); 2] {
        [("8", &self.before), ("9", &self.now)]
    }

    /// A database in memory with nothing but the table of streams.
    fn streams(&self) -> Result<Database> {
        let database = Database::start(&self.shops().shop("local"), None)?;
        database.release(&self.shops().shop(chapter8::RELEASE))?;
        Ok(database)
    }

    /// A function of the shop in the database at `127.0.0.1:PORT`, which is started for each of its events.
    fn function(&self, program: &str, name: &str, database: &str) -> Function {
        let url = format!("http://{database}");
        let mut function = Function::new(self.shops().shop(program), name, &url);
        for (name, text) in CHAPTER_6.environment {
            function = function.with(name, text);
        }
        function.with("VIEWS_TABLE", "views")
    }
}

/// This chapter's shop.
pub(super) fn shop(workspace: &Workspace, shops: Shops) -> chapter5::Programs {
    let mut shop = chapter8::shop(workspace, shops);
    shop.table = workspace.root().join(TABLE);
    shop.release = RELEASE;
    shop.sale = SALE;
    shop.views = Some("views");
    shop
}

/// What some calls have taken of the tables.
#[derive(Debug, Default, Clone, Copy)]
pub struct Taken {
    /// How many.
    pub requests: f64,
    /// Read request units.
    pub reads: f64,
    /// Of these, those that read streams.
    pub of_streams: f64,
    /// Write request units.
    pub writes: f64,
}

impl Taken {
    pub(super) fn of(calls: &[Call]) -> Self {
        let mut taken = Self::default();
        for call in calls {
            let units = call.units.unwrap_or_default();
            taken.requests += 1.0;
            if call.operation == "Query" {
                taken.of_streams += units;
            }
            if call.reads() {
                taken.reads += units;
            } else {
                taken.writes += units;
            }
        }
        taken
    }
}

/// Takes the figures and writes them.
///
/// # Errors
///
/// When the machine is busy and `anyway` is not set, or when something does not build, run or answer, or is slower than it may be.
pub fn measure(workspace: &Workspace, anyway: bool) -> Result<()> {
    // The examples are built apart, with features of their own, and so before the programs that lie beside them.
    Shops::build_examples(workspace, "ch08-event-sourcing", &[chapter8::MOVES])?;
    Shops::build_examples(workspace, "ch09-projections", &[OLD_SHOP])?;
    let packages = [
        "ch03-platform",
        "ch04-functions",
        "ch05-lambda",
        "ch06-state",
        "ch07-events",
        "ch08-event-sourcing",
        "ch09-projections",
        "local",
    ];
    let shops = Shops::build_programs(workspace, &packages)?;
    let programs = Programs::new(workspace, shops);
    let mut file = shops::begin(workspace, COMMAND, &SOURCES, anyway)?;
    doorbell::rings(&programs, &mut file)?;
    let old = old::shop(&programs, &mut file)?;
    questions::count(&programs, &old, &mut file)?;
    old::made_anew(&programs, &old, &mut file)?;
    drop(old);
    let log = sale::count(&programs.now, &mut file)?;
    queue::requests(&log, &mut file)?;
    lag::of_each_view(&log, &mut file)?;
    adoptions::at_once(programs.both(), &mut file)?;
    customer::alone(programs.both(), None, &mut file)?;
    super::summary(&file);
    old::is_fast_enough(&file)?;
    super::saved(workspace, &file.save(workspace, "ch09")?);
    Ok(())
}

/// A request of the staff.
pub(super) fn of_the_staff(method: &str, route: &str, id: &str, body: Option<&str>) -> Value {
    let mut event = request(method, route, id, body);
    event["headers"]["authorization"] = "Bearer tulips".into();
    event
}
