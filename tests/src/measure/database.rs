//! A `DynamoDB` of its own on this machine, as a process beside the shop.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;

use super::programs::Served;

/// The table of the shop.
pub const TABLE: &str = "pets";

/// It has the form of a signature. What it says is checked nowhere on this machine.
const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=local/20250101/eu-central-1/dynamodb/aws4_request, \
                         SignedHeaders=host, Signature=0";

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
        Self::at(program, "0", file)
    }

    fn at(program: &Path, port: &str, file: Option<&Path>) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["dynamodb", "--port", port]);
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
        Self::at(&self.program, port, Some(file))
    }

    /// Has `shop` make its table.
    ///
    /// # Errors
    ///
    /// When its release command fails.
    pub fn release(&self, shop: &Path) -> Result<()> {
        let mut release = Command::new(shop);
        release.arg("release").stdout(Stdio::null());
        let status = with_environment(&mut release, &self.process.at).status()?;
        ensure!(status.success(), "{} release: {status}", shop.display());
        Ok(())
    }

    /// The bytes of all items. `DynamoDB` at AWS tells it too, some hours later.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub fn size(&self) -> Result<f64> {
        let told = self.ask("DescribeTable", &json!({ "TableName": TABLE }))?;
        let size = told["Table"]["TableSizeBytes"].as_f64();
        size.with_context(|| format!("no TableSizeBytes in {told}"))
    }

    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html>
    fn ask(&self, operation: &str, question: &Value) -> Result<Value> {
        let request = Request::post(format!("http://{}", self.process.at))
            .header("Content-Type", "application/x-amz-json-1.0")
            .header("X-Amz-Target", format!("DynamoDB_20120810.{operation}"))
            .header("X-Amz-Date", "20250101T000000Z")
            .header("Authorization", SIGNATURE)
            .body(question.to_string())?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None);
        let mut answer = config.build().new_agent().run(request)?;
        let body = answer.body_mut().read_to_string()?;
        if answer.status() != 200 {
            bail!("{operation}: {body}");
        }
        Ok(serde_json::from_str(&body)?)
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
