//! A function host with the functions of a chapter.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use less_to_run_tests::dynamodb::TABLE;
use less_to_run_tests::infra::accepted;
use less_to_run_tests::lambda::Chapter;
use less_to_run_tests::programs;
use tempfile::{TempDir, tempdir};

pub use less_to_run_tests::lambda::parameters::{DIGEST, KEY};

/// Who the host is for the database.
pub const NAME: &str = "the-host";

/// The table of functions for whoever calls one alone.
const ALONE: &str = "alone.toml";

/// A host that can be started.
pub struct Host {
    program: PathBuf,
    /// What makes its table.
    release: PathBuf,
    /// What can call one function alone.
    invoke: PathBuf,
    environment: &'static [(&'static str, &'static str)],
    folder: TempDir,
    database: String,
}

impl Host {
    /// One with this table of a chapter's functions, whose programs are built, with what else leads to them, and with this database.
    pub fn new(chapter: &Chapter, table: &str, database: &str) -> Result<Self> {
        let built = |package| programs::build(package, package);
        let (release, program) = (built(chapter.release)?, built(chapter.host)?);
        let invoke = built("ch04-functions")?;
        let folder = tempdir()?;
        if let Some(sources) = chapter.sources() {
            fs::copy(sources, folder.path().join("sources.toml"))?;
        }
        fs::write(folder.path().join("functions.toml"), table)?;
        fs::write(
            folder.path().join(ALONE),
            format!("{table}{}", led(chapter)?),
        )?;
        let database = database.to_owned();
        Ok(Self {
            program,
            release,
            invoke,
            environment: chapter.environment,
            folder,
            database,
        })
    }

    /// What starts it.
    pub fn command(&self) -> Command {
        self.told(Command::new(&self.program), &[])
    }

    /// What has a function answer the event in a file.
    pub fn invoke(&self, function: &str, file: &str) -> Command {
        let mut command = self.told(Command::new(&self.invoke), &["invoke", function, file]);
        command.env("FUNCTIONS", ALONE);
        command
    }

    /// Has its table made.
    pub fn release(&self) -> Result<()> {
        let release = Command::new(&self.release);
        accepted(&mut self.told(release, &["release"])).map(drop)
    }

    /// Looks after all checkouts, by hand.
    pub fn sweep(&self) -> Command {
        self.told(Command::new(&self.release), &["sweep"])
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
            .env_remove("FUNCTIONS")
            .env_remove("SOURCES")
            .env_remove("QUEUES")
            .env_remove("DELIVERIES");
        command
    }

    /// The event in a file.
    pub fn file(&self, event: &str) -> Result<String> {
        let file = self.folder.path().join("event.json");
        fs::write(&file, event)?;
        Ok(file.display().to_string())
    }
}

/// Rules that no event meets, for a host that knows nothing else that could lead to these functions.
fn led(chapter: &Chapter) -> Result<String> {
    let Some(file) = chapter.sources() else {
        return Ok(String::new());
    };
    let sources: toml::Table = fs::read_to_string(file)?.parse()?;
    let mappings = ["stream", "poll", "schedule"]
        .map(|kind| sources.get(kind).and_then(toml::Value::as_array));
    let rules = mappings.into_iter().flatten().flatten().map(|mapping| {
        let function = &mapping["function"];
        format!("[[rule]]\nname = {function}\npattern = {{ source = [\"nobody\"] }}\nfunction = {function}\n")
    });
    Ok(rules.collect())
}
