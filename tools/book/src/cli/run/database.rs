//! The database that a chapter's program needs beside itself: it is started before the program, and ends after it.

use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::process;

/// In the current folder, as the data of other chapters' programs.
const FILE: &str = "dynamodb.db";

/// The table, which the program is told of.
const TABLE: &str = "pets";

/// What a chapter has beside its program.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// `DynamoDB`: the program `local`, which is not built into this one, because it takes a minute to build.
    Dynamodb,
}

impl Kind {
    /// The package and the program that serve it.
    pub fn package(self) -> &'static str {
        let Self::Dynamodb = self;
        "local"
    }
}

/// What is said of the database at this address.
pub(super) fn told(url: &str) -> String {
    format!("Its database is a DynamoDB on this machine, {url}, in the file {FILE} of this folder.")
}

/// Starts the database, tells where it is, prepares it with the shop's program and the `release` arguments, and runs the shop to its
/// end.
pub(super) fn run(
    database: &Path,
    mut shop: Command,
    release: &[String],
    tell: impl FnOnce(&str),
) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let database = Database::start(database).await?;
        tell(&database.url);
        database.tell(&mut shop);
        let mut status = ExitStatus::default();
        if !release.is_empty() {
            let mut first = Command::new(shop.get_program());
            let told = shop.get_envs();
            first.envs(told.filter_map(|(name, value)| Some((name, value?))));
            database.tell(&mut first);
            first.args(release);
            status = finish(first).await?;
        }
        if status.success() {
            status = finish(shop).await?;
        }
        database.stop().await?;
        Ok(process::exit_code(status))
    })
}

/// A database that runs, in our process group: Ctrl-C and the end of the terminal reach it as well.
struct Database {
    child: Child,
    url: String,
    /// Held open, so that it may print.
    _printed: Lines<BufReader<ChildStdout>>,
}

impl Database {
    async fn start(program: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["dynamodb", "--port", "0", "--file", FILE]);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = spawn(command)?;
        let printed = child.stdout.take().context("its output is a pipe")?;
        let mut printed = BufReader::new(printed).lines();
        let line = printed.next_line().await?.unwrap_or_default();
        let Some((_, url)) = line.split_once("listening on ") else {
            let ended = child.wait().await?;
            bail!("the database did not start ({ended})");
        };
        Ok(Self {
            url: url.trim().to_owned(),
            child,
            _printed: printed,
        })
    }

    /// Tells a program where the database is, and nothing of another one: whoever has an account at AWS is not to pay for this.
    fn tell(&self, command: &mut Command) {
        let names = std::env::vars_os().map(|(name, _)| name);
        for name in names.filter(|name| name.to_string_lossy().starts_with("AWS_")) {
            command.env_remove(name);
        }
        command
            .env("AWS_ENDPOINT_URL_DYNAMODB", &self.url)
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("TABLE", TABLE);
    }

    async fn stop(mut self) -> Result<()> {
        // Ctrl-C may have ended it already.
        if let Some(id) = id(&self.child) {
            let _ = kill_process(id, Signal::TERM);
        }
        self.child.wait().await?;
        Ok(())
    }
}

/// Runs a program to its end. Whoever tells us to stop means the program.
async fn finish(mut command: Command) -> Result<ExitStatus> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    command.stdin(Stdio::null());
    let mut child = spawn(command)?;
    loop {
        tokio::select! {
            status = child.wait() => return Ok(status?),
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        // It may have ended in this moment; then the next turn sees it.
        if let Some(id) = id(&child) {
            let _ = kill_process(id, Signal::TERM);
        }
    }
}

fn spawn(command: Command) -> Result<Child> {
    let program = command.get_program().display().to_string();
    let mut command = tokio::process::Command::from(command);
    let child = command.kill_on_drop(true).spawn();
    child.with_context(|| format!("{program} cannot be started"))
}

fn id(child: &Child) -> Option<Pid> {
    Pid::from_raw(i32::try_from(child.id()?).ok()?)
}
