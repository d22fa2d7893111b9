//! Chapter 1's figures: memory at rest, throughput beside other servers, the write path, slow clients.

mod alone;
mod beside;
mod hostile;
mod slow;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use book::measured::Measured;
use book::workspace::Workspace;
use serde_json::Value;

use super::programs::{build, built, json_of, number};
use super::quiet;
use crate::ledger::crates::Crates;

const COMMAND: &str = "cargo book measure 1";
const SOURCES: [&str; 4] = [
    "chapters-code/ch01-bare-server/src",
    hostile::REQUESTS,
    "peers/http-servers/Cargo.lock",
    "peers/http-servers/src",
];
const PET: &str = r#"{"name":"Gustav","species":"tortoise","born":1923,"price":{"amount":12000,"currency":"EUR"}}"#;

/// Where the programs are.
struct Programs {
    shop: PathBuf,
    peers: PathBuf,
    target: PathBuf,
}

/// Takes the figures and writes them. At most three minutes after the build.
///
/// # Errors
///
/// When the machine is busy and `anyway` is not set, or when something does not build, run or answer.
pub fn measure(workspace: &Workspace, anyway: bool) -> Result<()> {
    let programs = Programs::build(workspace)?;
    let remark = quiet::check(anyway)?;
    let there = |path: &&str| workspace.root().join(path).exists();
    let sources: Vec<&str> = SOURCES.into_iter().filter(there).collect();
    let mut file = Measured::begin(workspace, COMMAND, &sources)?;
    if let Some(remark) = remark {
        file.machine = format!("{}, {remark}", file.machine);
    }
    hostile::count(workspace, &mut file)?;
    alone::at_rest(&programs, &mut file)?;
    alone::crowded(&programs, &mut file)?;
    beside::throughput(&programs, &mut file)?;
    alone::writing(&programs, &mut file)?;
    alone::from_inside(&programs, &mut file)?;
    slow::slow_clients(&programs, &mut file)?;
    super::summary(&file);
    super::saved(workspace, &file.save(workspace, "ch01")?);
    Ok(())
}

impl Programs {
    fn build(workspace: &Workspace) -> Result<Self> {
        let target = Crates::of(workspace)?.target();
        let peers = workspace.root().join("peers/http-servers");
        eprintln!("building chapter 1 and the other servers, optimized");
        build(
            workspace.root(),
            &["--release", "--locked", "--package", "ch01-bare-server"],
        )?;
        build(&peers, &["--release", "--locked"])?;
        Ok(Self {
            // `build` builds into the folder of the workspace, whatever the environment says.
            shop: built(
                &workspace.root().join("target"),
                "release",
                "ch01-bare-server",
            ),
            peers: peers.join("target"),
            target,
        })
    }

    fn peer(&self, name: &str) -> PathBuf {
        built(&self.peers, "release", name)
    }

    fn load(&self, at: &str, arguments: &[&str]) -> Result<Value> {
        let at = format!("at={at}");
        let arguments: Vec<&str> = std::iter::once(at.as_str())
            .chain(arguments.iter().copied())
            .collect();
        json_of(&self.peer("load"), &arguments)
    }

    /// As [`Self::load`], where everything has to be answered and allowed.
    fn load_all(&self, at: &str, arguments: &[&str]) -> Result<Value> {
        let seen = self.load(at, arguments)?;
        let wrong = number(&seen, "unanswered")? + number(&seen, "refused")?;
        ensure!(
            wrong == 0.0,
            "load {}: not everything was answered well: {seen}",
            arguments.join(" ")
        );
        Ok(seen)
    }

    /// Takes in pets 1 to `number`; says how many a second.
    fn take_in(&self, at: &str, number_of_pets: u32) -> Result<f64> {
        let (body, most) = (format!("body={PET}"), format!("most={number_of_pets}"));
        let seen = self.load_all(
            at,
            &[
                "method=POST",
                "path=/pets",
                &body,
                &most,
                "connections=8",
                "seconds=60",
            ],
        )?;
        ensure!(
            number(&seen, "asked")? >= f64::from(number_of_pets),
            "the shop took in too few pets in a minute: {seen}"
        );
        rate(&seen)
    }
}

fn rate(seen: &Value) -> Result<f64> {
    Ok(number(seen, "asked")? / number(seen, "seconds")?)
}
