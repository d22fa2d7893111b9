//! A `DynamoDB` of its own on this machine, as a process beside the shop.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::programs::Served;
use crate::dynamodb::{TABLE, ask};

/// A database that runs. It is stopped when this is dropped.
#[derive(Debug)]
pub struct Database {
    /// Its process.
    pub process: Served,
    program: PathBuf,
}

impl Database {
    /// Starts `program`, which is `local`, on a free port: with its tables in `file`, or else in memory.
    ///
    /// # Errors
    ///
    /// When it does not say in half a minute where it listens.
    pub fn start(program: &Path, file: Option<&Path>) -> Result<Self> {
        Self::at(program, "0", file, &[])
    }

    /// One in memory, with faults that are injected: options of `local dynamodb`.
    ///
    /// # Errors
    ///
    /// As [`Database::start`].
    pub fn with_faults(program: &Path, faults: &[&str]) -> Result<Self> {
        Self::at(program, "0", None, faults)
    }

    fn at(program: &Path, port: &str, file: Option<&Path>, faults: &[&str]) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["dynamodb", "--port", port]).args(faults);
        if let Some(file) = file {
            command.arg("--file").arg(file);
        }
        Ok(Self {
            process: Served::run(&mut command)?,
            program: program.to_owned(),
        })
    }

    /// Another one in the place of this, which has ended, with the tables in `file`.
    ///
    /// # Errors
    ///
    /// As [`Database::start`].
    pub fn again(&self, file: &Path) -> Result<Self> {
        let (_, port) = self.process.at.rsplit_once(':').context("it has no port")?;
        Self::at(&self.program, port, Some(file), &[])
    }

    /// Has `shop` make its table.
    ///
    /// # Errors
    ///
    /// When its release command fails.
    pub fn release(&self, shop: &Path) -> Result<()> {
        self.release_table(shop, TABLE)
    }

    /// The same, with another name for the table.
    ///
    /// # Errors
    ///
    /// As [`Database::release`].
    pub fn release_table(&self, shop: &Path, table: &str) -> Result<()> {
        let mut release = Command::new(shop);
        release.arg("release").stdout(Stdio::null());
        let release = with_environment(&mut release, &self.process.at).env("TABLE", table);
        let status = release.status()?;
        ensure!(status.success(), "{} release: {status}", shop.display());
        Ok(())
    }

    /// Deletes a table.
    ///
    /// # Errors
    ///
    /// When there is none of this name.
    pub fn delete(&self, table: &str) -> Result<()> {
        let url = format!("http://{}", self.process.at);
        ask(&url, "DeleteTable", &json!({ "TableName": table }))?;
        Ok(())
    }

    /// Begins the stream of a table anew: what is there by now is no news to those who follow it.
    ///
    /// # Errors
    ///
    /// When the table is not there.
    pub fn forget_news(&self, table: &str) -> Result<()> {
        let url = format!("http://{}", self.process.at);
        for stream in [
            json!({ "StreamEnabled": false }),
            json!({ "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" }),
        ] {
            let update = json!({ "TableName": table, "StreamSpecification": stream });
            ask(&url, "UpdateTable", &update)?;
        }
        Ok(())
    }

    /// The bytes of all items of all tables. `DynamoDB` at AWS tells it too, some hours later.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub fn size(&self) -> Result<f64> {
        let url = format!("http://{}", self.process.at);
        let tables = ask(&url, "ListTables", &json!({}))?;
        let tables = tables["TableNames"].as_array().cloned();
        let sizes = tables.unwrap_or_default().into_iter().map(|table| {
            let told = ask(&url, "DescribeTable", &json!({ "TableName": table }))?;
            let size = told["Table"]["TableSizeBytes"].as_f64();
            size.with_context(|| format!("no TableSizeBytes in {told}"))
        });
        sizes.sum()
    }
}

/// The environment in which a shop finds its table in the database at `127.0.0.1:PORT`, and nothing of the one who measures.
pub fn with_environment<'a>(command: &'a mut Command, database: &str) -> &'a mut Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command
        .envs(local::environment(&format!("http://{database}")))
        .env("TABLE", TABLE)
        .env("PORT", "0")
        .env_remove("HOST")
        .env_remove("RUST_LOG")
        .env_remove("GRACE")
}
