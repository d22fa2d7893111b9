//! Counts what every rung runs, for `book/measured/ledger.json`.

pub mod bundled;
pub mod carried;
pub mod crates;
pub mod lines;
pub mod processes;

use std::path::Path;

use anyhow::{Context, Result, bail};
use book::ledger::Rung;
use book::measured::Measured;
use book::responsibility::{Declared, Responsibilities};
use book::workspace::{Chapter, Workspace};

use self::crates::{Crates, Member};
use self::lines::Lines;
use crate::drafts::without_drafts;

/// The command that counts again.
pub const COMMAND: &str = "cargo book measure ledger";

/// Counts all rungs that have a crate, and are no drafts.
///
/// # Errors
///
/// When a rung declares nothing, when something cannot be read, or when cargo fails.
pub fn count(workspace: &Workspace) -> Result<Measured> {
    let declared = Responsibilities::load(workspace)?;
    let chapters = without_drafts(workspace)?;
    let paths = sources(workspace, &chapters, &declared)?;
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let mut file = Measured::begin(workspace, COMMAND, &paths)?;
    let crates = Crates::of(workspace)?;
    for chapter in &chapters {
        let declared = declared.rung(chapter.number)?;
        let rung = rung(workspace, chapter, declared, &crates);
        file.rungs
            .push(rung.with_context(|| format!("the ledger of chapter {chapter}"))?);
    }
    Ok(file)
}

/// What differs between a ledger and a new count, in words; nothing when they agree.
#[must_use]
pub fn differences(then: &[Rung], now: &[Rung]) -> Vec<String> {
    let mut differences = Vec::new();
    for rung in now {
        let Some(old) = then.iter().find(|old| old.rung == rung.rung) else {
            differences.push(format!("rung {} is not in the ledger", rung.rung));
            continue;
        };
        let mut differ = |what: &str, then: String, now: String| {
            if then != now {
                differences.push(format!(
                    "rung {}: {what}: the ledger says {then}, the count {now}",
                    rung.rung
                ));
            }
        };
        differ("lines of code", old.code.to_string(), rung.code.to_string());
        differ(
            "lines of tests",
            old.tests.to_string(),
            rung.tests.to_string(),
        );
        differ(
            "lines of configuration",
            old.configuration.to_string(),
            rung.configuration.to_string(),
        );
        differ("third-party crates", told(old), told(rung));
        differ(
            "processes",
            old.processes.join(", "),
            rung.processes.join(", "),
        );
    }
    let gone = then
        .iter()
        .filter(|old| now.iter().all(|rung| rung.rung != old.rung));
    differences.extend(gone.map(|old| format!("rung {} has no crate any more", old.rung)));
    differences
}

fn told(rung: &Rung) -> String {
    let told = rung
        .third_party
        .iter()
        .map(|one| format!("{} {} ({} lines)", one.name, one.version, one.lines));
    let told: Vec<String> = told.collect();
    if told.is_empty() {
        "none".to_owned()
    } else {
        told.join(", ")
    }
}

fn rung(
    workspace: &Workspace,
    chapter: &Chapter,
    declared: &Declared,
    crates: &Crates,
) -> Result<Rung> {
    let in_process = if declared.without_defaults {
        crates.in_process_without_defaults(&chapter.name)?
    } else {
        crates.in_process(&chapter.name)?
    };
    let (own, earlier): (Vec<Member>, Vec<Member>) =
        (in_process.ours.iter().cloned()).partition(|member| member.name == chapter.name);
    let own = own.first().context("cargo tree does not name it")?;
    let mut lines = Lines::of_crate(&own.folder, &own.features)?;
    lines.code += carried::lines(own, &earlier)?.code;
    Ok(Rung {
        rung: chapter.number,
        name: chapter.name.clone(),
        code: lines.code,
        tests: lines.tests,
        configuration: configuration(workspace.root(), chapter, declared)?,
        third_party: in_process.third_party()?,
        processes: declared.processes.clone(),
    })
}

/// Lines of the files in `infra/chNN-…/` and of what else the rung declares, without what is there for this machine only.
fn configuration(root: &Path, chapter: &Chapter, declared: &Declared) -> Result<u64> {
    let paths = configuration_paths(root, chapter, declared)?;
    let lines = |paths: &[String]| -> Result<u64> {
        let lines = paths
            .iter()
            .map(|path| lines::of_configuration(&root.join(path)));
        lines.sum()
    };
    let is_counted = |path: &String| {
        let path = Path::new(path);
        root.join(path).is_file() && paths.iter().any(|counted| path.starts_with(counted))
    };
    if let Some(path) = declared.only_here.iter().find(|path| !is_counted(path)) {
        bail!(
            "book/responsibility.toml says that {path} is only for this machine, which is no file among the rung's configuration"
        );
    }
    Ok(lines(&paths)? - lines(&declared.only_here)?)
}

fn configuration_paths(root: &Path, chapter: &Chapter, declared: &Declared) -> Result<Vec<String>> {
    let infra = format!("infra/{}", chapter.name);
    let mut paths = declared.configuration.clone();
    for path in &paths {
        if !root.join(path).exists() {
            bail!(
                "book/responsibility.toml declares the configuration {path}, which does not exist"
            );
        }
    }
    if root.join(&infra).is_dir() {
        paths.push(infra);
    }
    Ok(paths)
}

/// The paths that the ledger is counted from.
fn sources(
    workspace: &Workspace,
    chapters: &[Chapter],
    declared: &Responsibilities,
) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for chapter in chapters {
        let own = format!("chapters-code/{}", chapter.name);
        paths.extend([format!("{own}/Cargo.toml"), format!("{own}/src")]);
        paths.extend(configuration_paths(
            workspace.root(),
            chapter,
            declared.rung(chapter.number)?,
        )?);
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_a_file_of_the_configuration_can_be_left_out() -> Result<()> {
        let root = tempfile::tempdir()?;
        let infra = root.path().join("infra/ch09-small");
        fs::create_dir_all(&infra)?;
        fs::write(infra.join("deployed.toml"), "a = 1\nb = 2\n")?;
        fs::write(infra.join("here.toml"), "a = 1\n")?;
        fs::write(root.path().join("infra/other.toml"), "a = 1\n")?;
        let chapter = Chapter::from_name("ch09-small").context("a chapter")?;
        let count = |only_here: &str| {
            let declared = format!(
                "parts = []\n[[rung]]\nrung = 9\ntitle = \"t\"\nhanded_over = \"h\"\nmachines = 0\nprocesses = []\n\
                 configuration = []\nonly_here = [{only_here:?}]\nfixed = []\ntold = []\n\
                 sale = {{ requests = 3, capacity = \"a.b\", bytes = \"a.c\" }}\npart = []\n"
            );
            let declared = Responsibilities::parse(&declared)?;
            configuration(root.path(), &chapter, declared.rung(9)?)
        };
        assert_eq!(count("infra/ch09-small/here.toml")?, 2);
        for wrong in [
            "infra/other.toml",
            "infra/ch09-small/gone.toml",
            "infra/ch09-small",
        ] {
            let error = count(wrong).unwrap_err().to_string();
            assert!(
                error.contains(&format!("says that {wrong} is only for this machine")),
                "{error}"
            );
        }
        Ok(())
    }
}
