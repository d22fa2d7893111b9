//! Chapter 11's figures: what it takes of the tables that names are sealed, a look each minute, and a sale that is paid for.

mod sealing;

use anyhow::Result;
use book::workspace::Workspace;

use super::chapter5;
use super::chapter7::queue;
use super::chapter8;
use super::chapter9;
use super::chapter10::till::SECRET;
use super::chapter10::{self, sale, sweep};
use super::shops::{self, Shops};

const COMMAND: &str = "cargo book measure 11";
const SOURCES: [&str; 16] = [
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
    "chapters-code/ch11-change-over-time/examples/last_year.rs",
    "chapters-code/ch11-change-over-time/src",
    "event-store/src",
    "infra/ch11-change-over-time",
    "tools/local/src/lib.rs",
];

/// The functions, as the host is told of them. Beside them lies what else leads to them.
const TABLE: &str = "infra/ch11-change-over-time/functions.toml";

/// What prepares the tables.
pub(super) const RELEASE: &str = "ch11-change-over-time";

/// What was there before it.
const LAST_YEAR: &str = "last_year";

/// By which persons are found, on this machine.
const NAMES: &str = "7d1f0e9c8b7a69584736251403f2e1d0c9b8a7968574635241302f1e0d9c8b7a";

/// Takes the figures and writes them.
///
/// # Errors
///
/// When the machine is busy and `anyway` is not set, or when something does not build, run or answer.
pub fn measure(workspace: &Workspace, anyway: bool) -> Result<()> {
    // The examples are built apart, with features of their own, and so before the programs that lie beside them.
    Shops::build_examples(workspace, "ch08-event-sourcing", &[chapter8::MOVES])?;
    Shops::build_examples(workspace, RELEASE, &[LAST_YEAR])?;
    let packages = [&chapter10::PACKAGES[..], &[RELEASE]].concat();
    let shops = Shops::build_programs(workspace, &packages)?;
    let programs = shop(workspace, shops);
    let mut file = shops::begin(workspace, COMMAND, &SOURCES, anyway)?;
    sealing::takes(&programs, &mut file)?;
    sweep::of_a_minute(&programs, "sealed-keeper", &mut file)?;
    let log = sale::count(&programs, &mut file)?;
    queue::requests(&log, &mut file)?;
    sale::many(&programs, &mut file)?;
    super::summary(&file);
    super::saved(workspace, &file.save(workspace, "ch11")?);
    Ok(())
}

/// This chapter's shop. Where the provider is, is not known yet.
pub(super) fn shop(workspace: &Workspace, shops: Shops) -> chapter5::Programs {
    let mut shop = chapter9::shop(workspace, shops);
    shop.table = workspace.root().join(TABLE);
    shop.release = RELEASE;
    shop.sale = chapter10::SALE;
    shop.told
        .extend([("WEBHOOK_SECRET", SECRET), ("NAMES_KEY", NAMES)]);
    shop
}
