//! Chapter 4's figures, beside chapter 3's in the same run.

mod answers;
mod at_once;
mod cold;
mod lines;
pub(super) mod memory;
pub(super) mod sale;
pub(super) mod visitor;

use std::path::PathBuf;

use anyhow::Result;
use book::measured::{Cell, Column, Measured, Table};
use book::workspace::Workspace;

use super::open::{Open, Rung};
use super::shops::{self, Shops};
use super::writing::{self, Kind};

const COMMAND: &str = "cargo book measure 4";
const SOURCES: [&str; 12] = [
    "chapters-code/ch01-bare-server/src",
    "chapters-code/ch02-virtual-server/src",
    "chapters-code/ch03-platform/src",
    "chapters-code/ch04-functions/src",
    "chapters-code/ch04-functions/examples/door/mod.rs",
    "chapters-code/ch04-functions/examples/each_a_program.rs",
    "chapters-code/ch04-functions/examples/kept_warm.rs",
    "chapters-code/ch04-functions/examples/lambdalith.toml",
    "infra/ch04-functions/functions.toml",
    "peers/http-servers/src",
    "tests/catalogue",
    "tools/local/src/lib.rs",
];

/// Where the programs and the tables of routes are.
struct Programs {
    shops: Shops,
    root: PathBuf,
}

/// Takes the figures and writes them. About four minutes after the build.
///
/// # Errors
///
/// When the machine is busy and `anyway` is not set, or when something does not build, run or answer.
pub fn measure(workspace: &Workspace, anyway: bool) -> Result<()> {
    // The examples are built apart, with features of their own, and so before the programs that lie beside them.
    Shops::build(workspace, &["ch04-functions"])?;
    let packages = ["ch03-platform", "ch04-functions", "local"];
    let programs = Programs {
        shops: Shops::build_programs(workspace, &packages)?,
        root: workspace.root().to_owned(),
    };
    let mut file = shops::begin(workspace, COMMAND, &SOURCES, anyway)?;
    lines::count(&programs, &mut file)?;
    eprintln!("what a sale takes of the database");
    sale::count(&programs, &mut file)?;
    answers::of_one_customer(&programs, &mut file)?;
    answers::throughput(&programs, &mut file)?;
    writing(&programs, &mut file)?;
    cold::first_answers(&programs, &mut file)?;
    memory::of_processes(&programs, &mut file)?;
    at_once::one_or_many(&programs, &mut file)?;
    super::summary(&file);
    super::saved(workspace, &file.save(workspace, "ch04")?);
    Ok(())
}

/// The shop's table of functions.
const TABLE: &str = "infra/ch04-functions/functions.toml";

/// One with a single function for all operations.
const LAMBDALITH: &str = "chapters-code/ch04-functions/examples/lambdalith.toml";

impl Programs {
    fn chapter3(&self, on_file: bool) -> Rung {
        let (shop, database) = (self.shops.shop("ch03-platform"), self.shops.shop("local"));
        Rung::elsewhere(shop, database, on_file)
    }

    /// The function host.
    fn chapter4(&self, on_file: bool) -> Rung {
        self.host(TABLE, on_file)
    }

    /// The function host with this table.
    fn host(&self, table: &str, on_file: bool) -> Rung {
        self.beside(self.shops.shop("ch04-functions"), table, on_file)
    }

    /// A program of one of the chapter's steps.
    fn step(&self, example: &str) -> Rung {
        self.beside(self.shops.example(example), TABLE, false)
    }

    fn beside(&self, shop: PathBuf, table: &str, on_file: bool) -> Rung {
        Rung::Elsewhere {
            shop,
            release: self.shops.shop("ch04-functions"),
            told: self.told(table),
            database: self.shops.shop("local"),
            on_file,
        }
    }

    fn told(&self, table: &str) -> Vec<(String, String)> {
        let table = self.root.join(table).display().to_string();
        vec![("FUNCTIONS".to_owned(), table)]
    }

    fn open(&self, rung: &Rung) -> Result<Open> {
        Open::new(&self.shops, rung)
    }
}

/// Adoptions of both chapters. In chapter 4 each is told to three more functions.
fn writing(programs: &Programs, file: &mut Measured) -> Result<()> {
    let kind = |key, words, rung| Kind { key, words, rung };
    let kinds = [
        kind(
            "chapter_3",
            "chapter 3: a DynamoDB on this machine, in a file",
            programs.chapter3(true),
        ),
        kind(
            "chapter_3_in_memory",
            "chapter 3: a DynamoDB on this machine, in memory",
            programs.chapter3(false),
        ),
        kind(
            "chapter_4",
            "chapter 4: a DynamoDB on this machine, in a file",
            programs.chapter4(true),
        ),
        kind(
            "chapter_4_in_memory",
            "chapter 4: a DynamoDB on this machine, in memory",
            programs.chapter4(false),
        ),
    ];
    writing::adoptions(&programs.shops, &kinds, "chapter_4", file)
}

/// A table of measured figures.
pub(super) fn table(
    what: &str,
    columns: &[(&str, &str)],
    rows: Vec<Vec<Cell>>,
    note: &str,
) -> Table {
    let column = |(name, unit): &(&str, &str)| Column {
        name: (*name).to_owned(),
        unit: (*unit).to_owned(),
    };
    Table {
        what: what.to_owned(),
        columns: columns.iter().map(column).collect(),
        rows,
        note: note.to_owned(),
    }
}

pub(super) fn words(words: &str) -> Cell {
    Cell::Words(words.to_owned())
}
