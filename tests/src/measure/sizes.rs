//! How large the program of the functions is, and how soon it answers, by the settings of the release profile.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use book::measured::{Cell, Measured};
use book::workspace::Workspace;

use super::chapter4::{table, words};
use super::chapter5::{Programs, cold};
use super::programs::{build, built};
use super::rounds::Rounds;
use super::shops::{self, Shops};

const COMMAND: &str = "cargo book measure sizes";
const SOURCES: [&str; 2] = [
    "chapters-code/ch05-lambda/Cargo.toml",
    "chapters-code/ch05-lambda/src/bin/lambda-counter.rs",
];

/// Starts of each program, in turns.
const ROUNDS: usize = 40;

/// The settings in the order in which each is added to those before: a name, how it is shown, and what it is.
/// `opt-level` is the exception: the later one takes the place of the earlier.
const SETTINGS: [(&str, &str, &str); 7] = [
    ("release", "the release profile as it is", ""),
    (
        "strip",
        "strip = \"symbols\"",
        "profile.release.strip=\"symbols\"",
    ),
    ("lto", "lto = \"fat\"", "profile.release.lto=\"fat\""),
    (
        "units",
        "codegen-units = 1",
        "profile.release.codegen-units=1",
    ),
    (
        "panic",
        "panic = \"abort\": a bug ends the process",
        "profile.release.panic=\"abort\"",
    ),
    (
        "small",
        "opt-level = \"s\"",
        "profile.release.opt-level=\"s\"",
    ),
    (
        "smallest",
        "opt-level = \"z\"",
        "profile.release.opt-level=\"z\"",
    ),
];

/// Builds the program with each of the settings, which takes minutes each, and measures it.
///
/// # Errors
///
/// When the machine is busy and `anyway` is not set, or when something does not build or answer.
pub fn measure(workspace: &Workspace, anyway: bool) -> Result<()> {
    let packages = ["ch03-platform", "ch04-functions", "local"];
    Shops::build(workspace, &["ch05-lambda"])?;
    let shops = Shops::build_programs(workspace, &packages)?;
    let programs = Programs::new(workspace, shops);
    let mut variants = Vec::new();
    for (at, (key, what, _)) in SETTINGS.iter().enumerate() {
        eprintln!("building lambda-counter with {what}: this takes minutes");
        variants.push((*key, *what, variant(workspace, at)?));
    }
    let mut file = shops::begin(workspace, COMMAND, &SOURCES, anyway)?;
    let paths: Vec<PathBuf> = variants.iter().map(|(_, _, path)| path.clone()).collect();
    let answers = cold::of_programs(&programs, &paths, ROUNDS)?;
    put(&variants, &answers, &mut file)?;
    super::summary(&file);
    super::saved(workspace, &file.save(workspace, "sizes")?);
    Ok(())
}

/// Builds the program with the first settings, up to this one.
fn variant(workspace: &Workspace, last: usize) -> Result<PathBuf> {
    let folder = workspace.root().join("target/sizes");
    let target = folder.display().to_string();
    let mut arguments = vec![
        "--release",
        "--locked",
        "--package",
        "ch05-lambda",
        "--bin",
        PROGRAM,
    ];
    arguments.extend(["--target-dir", &target]);
    for (_, _, setting) in SETTINGS[..=last]
        .iter()
        .filter(|(_, _, set)| !set.is_empty())
    {
        arguments.extend(["--config", setting]);
    }
    build(workspace.root(), &arguments)?;
    let all = folder.join("programs");
    fs::create_dir_all(&all).with_context(|| all.display().to_string())?;
    let kept = all.join(SETTINGS[last].0);
    fs::copy(built(&folder, "release", PROGRAM), &kept)
        .with_context(|| kept.display().to_string())?;
    Ok(kept)
}

const PROGRAM: &str = "lambda-counter";

fn put(variants: &[(&str, &str, PathBuf)], answers: &[Rounds], file: &mut Measured) -> Result<()> {
    let mut rows = Vec::new();
    for ((key, what, path), answer) in variants.iter().zip(answers) {
        let size = size(fs::metadata(path)?.len());
        let answer = answer.median();
        let with = format!("`{PROGRAM}`, up to this setting: {what}");
        file.put(
            &format!("{key}_bytes"),
            size,
            "B",
            &format!("size of {with}"),
        );
        file.put(
            &format!("{key}_ms"),
            answer,
            "ms",
            &format!("from start to first answer of {with}"),
        );
        rows.push(vec![words(what), Cell::Number(size), Cell::Number(answer)]);
    }
    let columns = [("Setting", ""), ("Size", "B"), ("First answer", "ms")];
    let note = format!(
        "The program {PROGRAM}, each setting added to those above; the last one takes the place of the one before. First answers as in the table of cold \
         starts, by TLS, medians of {ROUNDS} starts in turns."
    );
    let what = "The size of the program by the settings of the release profile";
    file.tables
        .insert("sizes".to_owned(), table(what, &columns, rows, &note));
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "fewer than 2^53")]
fn size(bytes: u64) -> f64 {
    bytes as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs;

    /// `Cargo.toml` has much else in it, so that it is no source of these figures.
    #[test]
    fn the_release_profile_is_the_one_from_which_sizes_are_measured() -> Result<()> {
        let manifest = fs::read_to_string(programs::root().join("Cargo.toml"))?;
        let manifest: toml::Table = toml::from_str(&manifest)?;
        let profile = toml::to_string(&manifest["profile"]["release"])?;
        assert_eq!(profile, "panic = \"unwind\"\n", "{COMMAND}");
        Ok(())
    }
}
