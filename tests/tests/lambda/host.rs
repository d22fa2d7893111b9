//! Chapter 4's function host with the functions of a chapter.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use less_to_run_tests::dynamodb::TABLE;
use less_to_run_tests::infra::accepted;
use less_to_run_tests::lambda::Chapter;
use less_to_run_tests::programs;
use tempfile::{TempDir, tempdir};

/// The key of the staff, and what the functions know of it.
pub const KEY: &str = "tulips";
pub const DIGEST: &str = "270fd076df620dfc6234c4b2bae509d432be5c662b5ba77f10c856eecf894533";

/// Who the host is for the database.
pub const NAME: &str = "the-host";

/// A host that can be started.
pub struct Host {
    program: PathBuf,
    /// What makes its table.
    release: PathBuf,
    environment: &'static [(&'static str, &'static str)],
    folder: TempDir,
    database: String,
}

impl Host {
    /// One with this table of a chapter's functions, whose programs are built, and this database.
    pub fn new(chapter: &Chapter, table: &str, database: &str) -> Result<Self> {
        let release = programs::build(chapter.release, chapter.release)?;
        let program = programs::build("ch04-functions", "ch04-functions")?;
        let folder = tempdir()?;
        fs::write(folder.path().join("functions.toml"), table)?;
        let database = database.to_owned();
        Ok(Self {
            program,
            release,
            environment: chapter.environment,
            folder,
            database,
        })
    }

    /// What starts it with these words.
    pub fn command(&self, words: &[&str]) -> Command {
        self.told(Command::new(&self.program), words)
    }

    /// Has its table made.
    pub fn release(&self) -> Result<()> {
        let release = Command::new(&self.release);
        accepted(&mut self.told(release, &["release"])).map(drop)
    }

    fn told(&self, mut command: Command, words: &[&str]) -> Command {
        command
            .args(words)
            .current_dir(self.folder.path())
            .env("PORT", "0")
            .env("TABLE", TABLE)
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", NAME)
            .env("AWS_SECRET_ACCESS_KEY", "none")
            .env("AWS_ENDPOINT_URL_DYNAMODB", &self.database)
            .env("STAFF_KEY_SHA256", DIGEST)
            .envs(self.environment.iter().copied())
            .env_remove("FUNCTIONS");
        command
    }

    /// A file of this content in its folder.
    pub fn file(&self, text: &str) -> Result<String> {
        let file = self.folder.path().join("event.json");
        fs::write(&file, text)?;
        Ok(file.display().to_string())
    }
}
