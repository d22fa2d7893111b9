//! An independent client, made from `tests/contract/shop.yaml` by schemathesis: what it sends nobody here has thought of.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::programs::{left_out, root};
use crate::promises::contract::{self, Contract};

/// How long it may take. It takes some seconds; this is there so that nothing hangs.
const PATIENCE: Duration = Duration::from_mins(10);

/// What it saw of a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every answer kept to the contract; how many there were.
    Kept(usize),
    /// Some did not: what it reports of them, with the requests that show it again.
    Broken(String),
}

/// Why it cannot be run here, if so, and what to do about it.
///
/// # Errors
///
/// When it is so and `BOOK_REQUIRE_ALL=1` asks for everything.
pub fn missing() -> Result<Option<String>> {
    if python().is_file() {
        return Ok(None);
    }
    let why = "schemathesis is missing (`cargo book fetch`; it needs `python3`, on Debian and Ubuntu `sudo apt install python3-venv`)";
    left_out(why)?;
    Ok(Some(why.to_owned()))
}

/// What is known of the shop before it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// It has what it needs, so any 5xx is a fault.
    There,
    /// Its database is away, so `storage-failed` is what the contract asks for.
    Away,
}

/// Puts the shop at `url` to the contract. With the key of its staff it comes as the staff, and sees whether others are let in; a shop without
/// a staff is put to a contract that knows of none. What is sent follows from the seed in `tests/contract/schemathesis.toml`, and `examples`
/// bounds how much of it there is for each operation and phase.
///
/// # Errors
///
/// When it cannot be run to its end; with what it printed.
pub fn ask(
    url: &str,
    staff_key: Option<&str>,
    database: Database,
    examples: Option<u32>,
) -> Result<Verdict> {
    // It writes caches into the folder in which it runs.
    let folder = tempfile::Builder::new().prefix("schemathesis-").tempdir()?;
    let printed = folder.path().join("printed");
    let contract = root().join("tests/contract");
    let document = folder.path().join("shop.yaml");
    fs::write(&document, document_for(staff_key.is_some())?)?;
    let mut command = Command::new(python());
    command
        .args(["-m", "schemathesis.cli", "--config-file"])
        .arg(contract.join("schemathesis.toml"))
        .arg("run")
        .arg(&document)
        .args(["--url", url, "--no-color", "--warnings", "off"])
        .current_dir(folder.path())
        .env("NO_PROXY", "*")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SCHEMATHESIS_HOOKS", contract.join("schemathesis_hooks.py"))
        .env(
            "SHOP_DATABASE_IS_AWAY",
            u8::from(database == Database::Away).to_string(),
        )
        .stdin(Stdio::null())
        .stdout(File::create(&printed)?)
        .stderr(File::options().append(true).open(&printed)?)
        .process_group(0);
    if let Some(key) = staff_key {
        command.args(["--header", &format!("Authorization: Bearer {key}")]);
    }
    if let Some(examples) = examples {
        command.arg("--max-examples").arg(examples.to_string());
    }
    let status = run(command)?;
    let printed = fs::read_to_string(&printed)?;
    let (_, cases) = printed.rsplit_once("Test cases:").unwrap_or_default();
    let cases = cases
        .split_whitespace()
        .next()
        .and_then(|cases| cases.parse().ok());
    // Errors are answers that did not come.
    let told = ["= ERRORS =", "= FAILURES ="];
    let told = told.iter().filter_map(|title| printed.find(title)).min();
    match (status.code(), cases, told) {
        (Some(0), Some(cases), None) if cases > 0 => Ok(Verdict::Kept(cases)),
        (Some(1), _, Some(at)) => Ok(Verdict::Broken(format!("={}", &printed[at..]))),
        _ => bail!("schemathesis did not come to an end ({status}):\n{printed}"),
    }
}

/// The contract, as far as it concerns a shop with a staff, or without.
fn document_for(has_staff: bool) -> Result<String> {
    let is_staff = |line: &&str| line.trim_start().starts_with("security:");
    let lines_of_staff = contract::YAML.lines().filter(is_staff).count();
    let operations = Contract::of_the_shop().for_staff().len();
    ensure!(
        lines_of_staff == operations,
        "tests/contract/shop.yaml: {operations} operations are for the staff, and {lines_of_staff} lines say so: give each `security` a line"
    );
    let lines = contract::YAML.lines();
    let kept = lines.filter(|line| has_staff || !is_staff(line));
    Ok(kept.collect::<Vec<_>>().join("\n"))
}

fn run(mut command: Command) -> Result<std::process::ExitStatus> {
    let mut child = command.spawn().context("schemathesis cannot be started")?;
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if std::time::Instant::now() > deadline {
            // It may end in this moment.
            let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
            child.wait()?;
            bail!("schemathesis was not done after {} s", PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Its Python, which finds what lies beside it wherever the folder was moved.
fn python() -> PathBuf {
    root().join("target/tools/schemathesis/bin/python")
}
