//! Chapter 10's figures: what a checkout takes of the tables, how long it takes, what it costs that somebody looks each minute, and a
//! sale that is paid for.

pub(super) mod checkout;
pub(super) mod sale;
pub mod steps;
pub(super) mod sweep;
pub(super) mod till;

use anyhow::Result;
use book::workspace::Workspace;

use self::till::SECRET;
use super::chapter4::sale::ITEMS;
use super::chapter5::{self, sale::Sale};
use super::chapter7::queue;
use super::chapter8;
use super::chapter9;
use super::shops::{self, Shops};

const COMMAND: &str = "cargo book measure 10";
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
    "chapters-code/ch09-projections/src",
    "chapters-code/ch10-processes/src",
    "event-store/src",
    "infra/ch10-processes",
    "tools/local/src/lib.rs",
];

/// The functions, as the host is told of them. Beside them lies what else leads to them.
const TABLE: &str = "infra/ch10-processes/functions.toml";

/// What prepares the tables.
const RELEASE: &str = "ch10-processes";

/// Whose programs are run.
pub(super) const PACKAGES: [&str; 9] = [
    "ch03-platform",
    "ch04-functions",
    "ch05-lambda",
    "ch06-state",
    "ch07-events",
    "ch08-event-sourcing",
    "ch09-projections",
    "ch10-processes",
    "local",
];

/// The commits of a checkout that ends with an adoption. It is counted whether they are so many.
const COMMITS: usize = 4;

/// A pet has three commits, a checkout [`COMMITS`], and there is a row in each of the three views.
pub(super) const SALE: Sale = Sale {
    functions: &[
        "list",
        "show",
        "checkout",
        "show-checkout",
        "performer",
        "notice",
        "teller",
        "views",
        "papers",
        "thanks",
    ],
    comes_again: &["performer", "teller", "views"],
    number: "these",
    told: "the six functions that are told of it, each sale by itself",
    items: (
        ITEMS + 9.0,
        "the three commits of a pet and the four of its checkout, its rows in three views, its papers, and its letter,",
    ),
    is_alone: true,
};

/// Takes the figures and writes them.
///
/// # Errors
///
/// When the machine is busy and `anyway` is not set, or when something does not build, run or answer.
pub fn measure(workspace: &Workspace, anyway: bool) -> Result<()> {
    // The example is built apart, with features of its own, and so before the programs that lie beside it.
    Shops::build_examples(workspace, "ch08-event-sourcing", &[chapter8::MOVES])?;
    let shops = Shops::build_programs(workspace, &PACKAGES)?;
    let programs = shop(workspace, shops);
    let mut file = shops::begin(workspace, COMMAND, &SOURCES, anyway)?;
    sweep::of_a_minute(&programs, "checkout-keeper", &mut file)?;
    checkout::by_itself(&programs, &mut file)?;
    checkout::takes(&programs, &mut file)?;
    let log = sale::count(&programs, &mut file)?;
    queue::requests(&log, &mut file)?;
    sale::many(&programs, &mut file)?;
    super::summary(&file);
    super::saved(workspace, &file.save(workspace, "ch10")?);
    Ok(())
}

/// This chapter's shop. Where the provider is, is not known yet.
pub(super) fn shop(workspace: &Workspace, shops: Shops) -> chapter5::Programs {
    let mut shop = chapter9::shop(workspace, shops);
    shop.table = workspace.root().join(TABLE);
    shop.release = RELEASE;
    shop.sale = SALE;
    shop.told.push(("WEBHOOK_SECRET", SECRET));
    shop
}
