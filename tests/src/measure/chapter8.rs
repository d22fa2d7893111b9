//! Chapter 8's figures: what each step to the commit item takes of the table, what the store's commands take beside bare puts, and a
//! sale beside chapter 7's.

mod operations;
mod peers;
mod speed;
mod walk;

use anyhow::Result;
use book::prices::Prices;
use book::workspace::Workspace;

use super::chapter4::sale::ITEMS;
use super::chapter5::{
    self,
    sale::{self, Sale},
};
use super::chapter6::{adoptions, customer};
use super::chapter7::{self, queue};
use super::database::Database;
use super::shops::{self, Shops};

const COMMAND: &str = "cargo book measure 8";
const SOURCES: [&str; 19] = [
    "chapters-code/ch01-bare-server/src",
    "chapters-code/ch02-virtual-server/src",
    "chapters-code/ch03-platform/src",
    "chapters-code/ch04-functions/src",
    "chapters-code/ch05-lambda/src",
    "chapters-code/ch06-state/src",
    "chapters-code/ch07-events/src",
    "chapters-code/ch08-event-sourcing/examples/commit_item.rs",
    "chapters-code/ch08-event-sourcing/examples/item_per_event.rs",
    "chapters-code/ch08-event-sourcing/examples/moving_in.rs",
    "chapters-code/ch08-event-sourcing/examples/snapshot_beside.rs",
    "chapters-code/ch08-event-sourcing/examples/walk",
    "chapters-code/ch08-event-sourcing/src",
    "event-store/examples/speed.rs",
    "event-store/src",
    "infra/ch08-event-sourcing",
    "peers/event-stores/Cargo.lock",
    "peers/event-stores/src",
    "tools/local/src/lib.rs",
];

/// The functions, as the host is told of them. Beside them lies what else leads to them.
const TABLE: &str = "infra/ch08-event-sourcing/functions.toml";

/// What prepares the table of streams.
pub(super) const RELEASE: &str = "ch08-event-sourcing";

/// What makes streams of the pets with which a shop is stocked.
pub(super) const MOVES: &str = "moving_in";

/// A pet has two commits in the place of one item; and there is what the display has counted, for 28 days.
const SALE: Sale = Sale {
    functions: &[
        "list", "show", "adopt", "teller", "papers", "thanks", "display",
    ],
    comes_again: &[],
    number: "seven",
    told: "the four functions that are told of it, each sale by itself",
    items: (
        ITEMS + 2.0,
        "the two commits of a pet, its papers, its letter, and what the display knows for 28 days,",
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
        let before = chapter7::shop(workspace, shops.clone());
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
        [("7", &self.before), ("8", &self.now)]
    }

    /// A database in memory with nothing but the tables of a chapter.
    fn database(&self, release: &str) -> Result<Database> {
        let database = Database::start(&self.shops().shop("local"), None)?;
        database.release(&self.shops().shop(release))?;
        Ok(database)
    }
}

/// This chapter's shop.
pub(super) fn shop(workspace: &Workspace, shops: Shops) -> chapter5::Programs {
    let mut shop = chapter7::shop(workspace, shops);
    shop.table = workspace.root().join(TABLE);
    shop.release = RELEASE;
    shop.sale = SALE;
    shop.moves = Some(MOVES);
    shop
}

/// Takes the figures and writes them.
///
/// # Errors
///
/// When the machine is busy and `anyway` is not set, or when something does not build, run or answer, or is slower than it may be.
pub fn measure(workspace: &Workspace, anyway: bool) -> Result<()> {
    // The examples are built apart, with features of their own, and so before the programs that lie beside them.
    let examples = [walk::DESIGNS.as_slice(), &[MOVES]].concat();
    Shops::build_examples(workspace, "ch08-event-sourcing", &examples)?;
    Shops::build_examples(workspace, "event-store", &["speed"])?;
    peers::built(workspace)?;
    let packages = [
        "ch03-platform",
        "ch04-functions",
        "ch05-lambda",
        "ch06-state",
        "ch07-events",
        "ch08-event-sourcing",
        "local",
    ];
    let shops = Shops::build_programs(workspace, &packages)?;
    let programs = Programs::new(workspace, shops)?;
    let mut file = shops::begin(workspace, COMMAND, &SOURCES, anyway)?;
    walk::of_each_design(&programs, &mut file)?;
    operations::count(&programs, &mut file)?;
    let log = sale::count(&programs.now, &mut file)?;
    queue::requests(&log, &mut file)?;
    adoptions::at_once(programs.both(), &mut file)?;
    customer::alone(programs.both(), None, &mut file)?;
    speed::beside_puts(&programs, &mut file)?;
    peers::beside_ours(workspace, &mut file)?;
    super::summary(&file);
    speed::is_fast_enough(&file)?;
    super::saved(workspace, &file.save(workspace, "ch08")?);
    Ok(())
}
