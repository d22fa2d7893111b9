//! The shops that are measured, and their customers.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use book::measured::Measured;
use book::workspace::Workspace;
use serde_json::Value;

use super::programs::{build, built, data_folder, json_of, number};
use super::quiet;
use crate::ledger::crates::Crates;

/// A pet, as somebody gives it away.
pub const PET: &str = r#"{"name":"Gustav","species":"tortoise","born":1923,"price":{"amount":12000,"currency":"EUR"}}"#;

/// Shops and their customers, built as they would be sold: optimized.
#[derive(Debug, Clone)]
pub struct Shops {
    release: PathBuf,
    peers: PathBuf,
    target: PathBuf,
}

/// Begins a file of figures. Sources that are not there are left out.
///
/// # Errors
///
/// When the machine is busy and `anyway` is not set, or when a source cannot be read.
pub fn begin(
    workspace: &Workspace,
    command: &str,
    sources: &[&str],
    anyway: bool,
) -> Result<Measured> {
    let remark = quiet::check(anyway)?;
    let there = |path: &&str| workspace.root().join(path).exists();
    let sources: Vec<&str> = sources.iter().copied().filter(there).collect();
    let mut file = Measured::begin(workspace, command, &sources)?;
    if let Some(remark) = remark {
        file.machine = format!("{}, {remark}", file.machine);
    }
    Ok(file)
}

impl Shops {
    /// Builds the programs and examples of these packages, and the customers.
    ///
    /// # Errors
    ///
    /// When something does not build.
    pub fn build(workspace: &Workspace, packages: &[&str]) -> Result<Self> {
        Self::build_kinds(workspace, packages, &["--bins", "--examples"])
    }

    /// Builds the programs of these packages by themselves, without what only examples and tests need, and the customers.
    ///
    /// # Errors
    ///
    /// As [`Shops::build`].
    pub fn build_programs(workspace: &Workspace, packages: &[&str]) -> Result<Self> {
        Self::build_kinds(workspace, packages, &["--bins"])
    }

    /// Builds only these examples of a package, and the customers.
    ///
    /// # Errors
    ///
    /// As [`Shops::build`].
    pub fn build_examples(workspace: &Workspace, package: &str, names: &[&str]) -> Result<Self> {
        let kinds: Vec<&str> = names.iter().flat_map(|name| ["--example", name]).collect();
        Self::build_kinds(workspace, &[package], &kinds)
    }

    fn build_kinds(workspace: &Workspace, packages: &[&str], kinds: &[&str]) -> Result<Self> {
        let root = workspace.root();
        let peers = root.join("peers/http-servers");
        for package in packages {
            eprintln!("building {package}, optimized");
            let package = ["--release", "--locked", "--package", package];
            build(root, &[&package[..], kinds].concat())?;
        }
        eprintln!("building the other servers and the customers, optimized");
        build(&peers, &["--release", "--locked"])?;
        Ok(Self {
            // `build` builds into the folder of the workspace, whatever the environment says.
            release: root.join("target"),
            peers: peers.join("target"),
            target: Crates::of(workspace)?.target(),
        })
    }

    /// The program of a chapter.
    #[must_use]
    pub fn shop(&self, name: &str) -> PathBuf {
        built(&self.release, "release", name)
    }

    /// An example of a chapter.
    #[must_use]
    pub fn example(&self, name: &str) -> PathBuf {
        built(&self.release.join("release"), "examples", name)
    }

    /// A program that is measured beside ours.
    #[must_use]
    pub fn peer(&self, name: &str) -> PathBuf {
        built(&self.peers, "release", name)
    }

    /// A folder for the data of a shop.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn data_folder(&self) -> Result<tempfile::TempDir> {
        data_folder(&self.target)
    }

    /// Sends customers, and gives what they saw.
    ///
    /// # Errors
    ///
    /// When they do not run.
    pub fn load(&self, at: &str, arguments: &[&str]) -> Result<Value> {
        let at = format!("at={at}");
        let arguments: Vec<&str> = std::iter::once(at.as_str())
            .chain(arguments.iter().copied())
            .collect();
        json_of(&self.peer("load"), &arguments)
    }

    /// As [`Self::load`], where everything has to be answered and allowed.
    ///
    /// # Errors
    ///
    /// When it is not.
    pub fn load_all(&self, at: &str, arguments: &[&str]) -> Result<Value> {
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
    ///
    /// # Errors
    ///
    /// When the shop needs more than a minute for them, or refuses one.
    pub fn take_in(&self, at: &str, number_of_pets: u32) -> Result<f64> {
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

    /// The ids of all pets, in the order of the list.
    ///
    /// # Errors
    ///
    /// When the shop does not list them.
    pub fn ids(&self, at: &str) -> Result<Vec<String>> {
        let (mut ids, mut path) = (Vec::new(), "/pets?limit=100".to_owned());
        loop {
            let page = get(at, &path)?;
            let pets = page["pets"].as_array().context("a page without pets")?;
            let theirs = pets.iter().filter_map(|pet| pet["id"].as_str());
            ids.extend(theirs.map(str::to_owned));
            let Some(next) = page["next"].as_str() else {
                return Ok(ids);
            };
            path = format!("/pets?limit=100&cursor={next}");
        }
    }

    /// Has each of these pets adopted, by so many customers at once.
    ///
    /// # Errors
    ///
    /// When an adoption is refused or not answered, or when they take more than a minute.
    pub fn adopt_each(&self, at: &str, ids: &[String], connections: u32) -> Result<Value> {
        let folder = self.data_folder()?;
        let file = folder.path().join("ids");
        fs::write(&file, ids.join("\n"))?;
        let (ids_in, most) = (
            format!("ids={}", argument(&file)?),
            format!("most={}", ids.len()),
        );
        let connections = format!("connections={connections}");
        let seen = self.load_all(
            at,
            &[
                "method=POST",
                "path=/pets/{n}/adoption",
                r#"body={"customer":"Ada"}"#,
                &ids_in,
                &most,
                &connections,
                "seconds=60",
            ],
        )?;
        ensure!(
            seen["asked"] == ids.len(),
            "{} pets were to be adopted in a minute: {seen}",
            ids.len()
        );
        Ok(seen)
    }

    /// What the shop sends for a sale: this page of pets, the pet, and the adoption of this one.
    ///
    /// # Errors
    ///
    /// When one of them is refused or not answered.
    pub fn sale_bytes(&self, at: &str, page: &str, pet: &str) -> Result<f64> {
        let (page, one) = (format!("path={page}"), format!("path=/pets/{pet}"));
        let looks = [
            self.load_all(at, &[&page, "most=1"])?,
            self.load_all(at, &[&one, "most=1"])?,
            self.adopt_each(at, &[pet.to_owned()], 1)?,
        ];
        looks.iter().map(|seen| number(seen, "bytes")).sum()
    }
}

fn get(at: &str, path: &str) -> Result<Value> {
    let mut answer = ureq::get(format!("http://{at}{path}")).call()?;
    Ok(serde_json::from_str(&answer.body_mut().read_to_string()?)?)
}

/// How many requests a second were asked.
///
/// # Errors
///
/// When it was not told.
pub fn rate(seen: &Value) -> Result<f64> {
    Ok(number(seen, "asked")? / number(seen, "seconds")?)
}

/// A path as an argument.
///
/// # Errors
///
/// When it does not exist or is not UTF-8.
pub fn argument(path: &Path) -> Result<&str> {
    fs::metadata(path)?;
    path.to_str()
        .ok_or_else(|| anyhow::anyhow!("{} is not UTF-8", path.display()))
}
