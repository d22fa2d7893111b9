//! A shop of any rung that is open, with what it needs around it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::database::{Database, with_environment};
use super::programs::Served;
use super::shops::Shops;

/// How the shop of a rung is opened.
#[derive(Debug, Clone)]
pub enum Rung {
    /// Its pets are in a folder of its machine.
    Folder(PathBuf),
    /// They are in a database, which is a process of its own on this machine.
    Elsewhere {
        /// The shop.
        shop: PathBuf,
        /// The program that makes its table: the shop itself, or the one of which it is an example.
        release: PathBuf,
        /// What it is told besides: names and texts.
        told: Vec<(String, String)>,
        /// `local`.
        database: PathBuf,
        /// Whether the database keeps them in a file, or else in memory.
        on_file: bool,
    },
}

/// A shop that is open. All of it ends when this is dropped, and nothing remains.
#[derive(Debug)]
pub struct Open {
    /// The shop's process.
    pub shop: Served,
    /// Its database, if that is a process of its own.
    pub database: Option<Database>,
    folder: tempfile::TempDir,
}

impl Rung {
    /// A shop that makes its table itself and is told nothing else.
    #[must_use]
    pub fn elsewhere(shop: PathBuf, database: PathBuf, on_file: bool) -> Self {
        Self::Elsewhere {
            release: shop.clone(),
            told: Vec::new(),
            shop,
            database,
            on_file,
        }
    }
}

impl Open {
    /// Opens an empty shop.
    ///
    /// # Errors
    ///
    /// When something of it does not start.
    pub fn new(shops: &Shops, rung: &Rung) -> Result<Self> {
        Self::within(shops.data_folder()?, rung)
    }

    /// Opens an empty shop in this folder.
    ///
    /// # Errors
    ///
    /// As [`Open::new`].
    pub fn within(folder: tempfile::TempDir, rung: &Rung) -> Result<Self> {
        let (shop, database) = match rung {
            Rung::Folder(program) => (Served::start(program, folder.path())?, None),
            Rung::Elsewhere {
                shop,
                release,
                told,
                database,
                on_file,
            } => {
                let file = on_file.then(|| folder.path().join("tables"));
                let database = Database::start(database, file.as_deref())?;
                database.release(release)?;
                let shop = start(shop, told, &database.process.at, folder.path())?;
                (shop, Some(database))
            }
        };
        Ok(Self {
            shop,
            database,
            folder,
        })
    }

    /// The file of a database that keeps its tables in one.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("tables")
    }

    /// A folder that goes with the shop.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Starts a shop whose pets are in the database at `127.0.0.1:PORT`, and that is told so much besides. `folder` is where it stands; it has no business there.
///
/// # Errors
///
/// When it does not start.
pub fn start(
    shop: &Path,
    told: &[(String, String)],
    database: &str,
    folder: &Path,
) -> Result<Served> {
    let mut command = Command::new(shop);
    with_environment(&mut command, database).current_dir(folder);
    Served::run(command.envs(told.iter().map(|(name, text)| (name, text))))
}
