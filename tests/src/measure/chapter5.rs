//! Chapter 5's figures: a cold start and what it is made of, a sale, and the same functions on four hosts.

pub(super) mod adoptions;
pub mod cold;
pub mod encrypted;
pub(super) mod function;
pub(super) mod host;
mod memory;
mod parts;
pub(super) mod sale;
mod ways;
pub(super) mod work;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use book::workspace::Workspace;
use serde_json::Value;
use tempfile::TempDir;

use self::encrypted::Encrypted;
use self::function::{Function, request};
use self::host::NOBODY;
use self::sale::Sale;
use super::chapter6::run;
use super::database::Database;
use super::open;
use super::shops::{self, PET, Shops};
use crate::dynamodb::TABLE as PETS;
use crate::lambda::{CHAPTER_5, stranger_month};

const COMMAND: &str = "cargo book measure 5";
const SOURCES: [&str; 10] = [
    "chapters-code/ch01-bare-server/src",
    "chapters-code/ch02-virtual-server/src",
    "chapters-code/ch03-platform/src",
    "chapters-code/ch04-functions/src",
    "chapters-code/ch05-lambda/examples/cold_parts.rs",
    "chapters-code/ch05-lambda/examples/eager.rs",
    "chapters-code/ch05-lambda/examples/empty_function.rs",
    "chapters-code/ch05-lambda/src",
    "infra/ch05-lambda/functions.toml",
    "tools/local/src/lib.rs",
];

/// The functions, as chapter 4's host is told of them.
const TABLE: &str = "infra/ch05-lambda/functions.toml";

/// A shop of functions behind a host, and where its programs are.
#[derive(Clone)]
pub(super) struct Programs {
    pub shops: Shops,
    /// The program of the host.
    pub host: &'static str,
    /// The functions, as the host is told of them.
    pub table: PathBuf,
    /// The program that prepares the table in the database.
    pub release: &'static str,
    /// What the functions are told besides: names and texts.
    pub told: Vec<(&'static str, &'static str)>,
    /// The page of pets with which a sale begins, and what it is.
    pub page: (&'static str, &'static str),
    /// What works at a sale, and what remains of it.
    pub sale: Sale,
    /// The example that brings pets from chapter 3's table to where this chapter has them, if that is elsewhere.
    pub moves: Option<&'static str>,
    /// The table that is made of what is in that of the pets, if there is one.
    pub views: Option<&'static str>,
}

/// The table of pets that have to move.
const OLD: &str = "old";

impl Programs {
    pub(super) fn new(workspace: &Workspace, shops: Shops) -> Self {
        Self {
            shops,
            host: "ch04-functions",
            table: workspace.root().join(TABLE),
            release: "ch04-functions",
            told: vec![("STAFF_KEY_SHA256", NOBODY)],
            page: ("/pets", "a page of pets"),
            sale: Sale::CHAPTER_5,
            moves: None,
            views: None,
        }
    }

    /// Pets that chapter 3's shop takes in, which asks nobody for a key, for the shop in this database.
    pub(super) fn stocked(&self, database: &Database, pets: u32) -> Result<Vec<String>> {
        let table = self.moves.map_or(PETS, |_| OLD);
        database.release_table(&self.shops.shop("ch04-functions"), table)?;
        let folder = self.shops.data_folder()?;
        let shop = self.shops.shop("ch03-platform");
        let told = [("TABLE".to_owned(), table.to_owned())];
        let shop = open::start(&shop, &told, &database.process.at, folder.path())?;
        self.shops.take_in(&shop.at, pets)?;
        let ids = self.shops.ids(&shop.at)?;
        drop(shop);
        database.release(&self.shops.shop(self.release))?;
        if let Some(moves) = self.moves {
            let moves = self.shops.example(moves);
            run(&moves, &[OLD, PETS, "office"], database)?;
            database.delete(OLD)?;
            database.forget_news(PETS)?;
        }
        if let Some(views) = self.views {
            database.delete(views)?;
            database.release(&self.shops.shop(self.release))?;
        }
        Ok(ids)
    }
}

/// Takes the figures and writes them.
///
/// # Errors
///
/// When the machine is busy and `anyway` is not set, or when something does not build, run or answer, or takes longer than it may.
pub fn measure(workspace: &Workspace, anyway: bool) -> Result<()> {
    // The examples are built apart, with features of their own, and so before the programs that lie beside them.
    Shops::build(workspace, &["ch05-lambda"])?;
    let packages = ["ch03-platform", "ch04-functions", "ch05-lambda", "local"];
    let programs = Programs::new(workspace, Shops::build_programs(workspace, &packages)?);
    let mut file = shops::begin(workspace, COMMAND, &SOURCES, anyway)?;
    cold::first_answers(&programs, &mut file)?;
    parts::of_a_cold_start(&programs, &mut file)?;
    sale::count(&programs, &mut file)?;
    adoptions::at_once(&programs, &mut file)?;
    ways::of_one_customer(&programs, &mut file)?;
    memory::of_a_function(&programs, &mut file)?;
    let stranger = stranger_month(workspace, &CHAPTER_5.template())?;
    file.put(
        "stranger_month",
        stranger.dollars(),
        "dollars",
        "what is paid for a month of as many requests as the gateway lets in, computed from the template and the prices",
    );
    super::summary(&file);
    cold::within_budget(&file)?;
    super::saved(workspace, &file.save(workspace, "ch05")?);
    Ok(())
}

/// A database with a pet, with and without TLS before it.
struct Desk {
    database: Database,
    encrypted: Encrypted,
    pet: String,
    folder: TempDir,
}

impl Desk {
    fn open(programs: &Programs) -> Result<Self> {
        let shops = &programs.shops;
        let folder = shops.data_folder()?;
        let database = Database::start(&shops.shop("local"), None)?;
        database.release(&shops.shop("ch04-functions"))?;
        let door = shops.example("encrypted_database");
        let encrypted = Encrypted::before(&door, &database.process.at, folder.path())?;
        let url = format!("http://{}", database.process.at);
        let take_in = Function::new(shops.shop("shop-counter"), "take-in", &url);
        let taken = take_in
            .first(&request("POST", "/pets", "", Some(PET)))?
            .answer;
        ensure!(taken["statusCode"] == 201, "no pet was taken in: {taken}");
        let pet: Value = serde_json::from_str(taken["body"].as_str().unwrap_or_default())?;
        let pet = pet["id"]
            .as_str()
            .context("a pet without an id")?
            .to_owned();
        Ok(Self {
            database,
            encrypted,
            pet,
            folder,
        })
    }

    /// Where the database is without TLS.
    fn plain(&self) -> String {
        format!("http://{}", self.database.process.at)
    }
}
