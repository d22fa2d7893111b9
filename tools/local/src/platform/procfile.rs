//! The file that says what an application's processes are: a name and a command a line.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

/// A Procfile, and the programs that it names.
#[derive(Debug)]
pub struct Procfile {
    /// Where it is.
    pub path: PathBuf,
    /// Where its programs are, and those that come with them.
    pub programs: Vec<PathBuf>,
}

impl Procfile {
    /// Reads the one in `folder`, and looks for its programs, and those that are to come `with`
    /// them, where cargo has put this one.
    ///
    /// # Errors
    ///
    /// When there is none, it is not understood, or one of its programs is not built.
    pub fn read(folder: &Path, with: &[String]) -> Result<Self> {
        let path = folder.join("Procfile");
        let mut programs = programs(&path).with_context(|| path.display().to_string())?;
        for name in with {
            programs.push(built(name)?);
        }
        Ok(Self {
            programs,
            path: path.canonicalize()?,
        })
    }
}

fn programs(procfile: &Path) -> Result<Vec<PathBuf>> {
    let text = fs::read_to_string(procfile);
    let text = text.context("what is deployed is a folder that holds a Procfile")?;
    let processes = processes(&text)?;
    let has_web = processes.iter().any(|(name, _)| *name == "web");
    ensure!(has_web, "there is no line `web: …`");
    let names: BTreeSet<&str> = processes
        .iter()
        .map(|(_, command)| program(command))
        .collect();
    names.into_iter().map(built).collect()
}

/// The command of the process `name`, if there is one.
pub fn command<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let processes = processes(text).ok()?;
    let mut processes = processes.into_iter();
    Some(processes.find(|(other, _)| *other == name)?.1)
}

fn processes(text: &str) -> Result<Vec<(&str, &str)>> {
    let mut processes = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let process = line.split_once(':');
        let process = process.map(|(name, command)| (name.trim(), command.trim()));
        let process = process.filter(|(name, command)| !name.is_empty() && !command.is_empty());
        processes.push(process.with_context(|| format!("line {number} is not `name: command`"))?);
    }
    Ok(processes)
}

/// The first word that sets no variable, and does not tell the shell to make way for it.
fn program(command: &str) -> &str {
    let mut words = command.split_whitespace();
    let is_before = |word: &&str| word.contains('=') || *word == "exec";
    words.find(|word| !is_before(word)).unwrap_or_default()
}

/// Where cargo has put the program `name`: beside this one, or below it if it is an
/// example.
fn built(name: &str) -> Result<PathBuf> {
    let this = env::current_exe()?;
    let folder = this.parent().context("this program is in a folder")?;
    let found = [folder.join(name), folder.join("examples").join(name)]
        .into_iter()
        .find(|path| path.is_file());
    let Some(found) = found else {
        bail!("{name} is not built: cargo build -p {name}");
    };
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_name_and_a_command() {
        let text = "# The shop\nrelease: shop release\n\nweb:shop --now: yes\n";
        assert_eq!(command(text, "release"), Some("shop release"));
        assert_eq!(command(text, "web"), Some("shop --now: yes"));
        assert_eq!(command(text, "worker"), None);
        assert_eq!(program("A=1 shop --now=yes"), "shop");
        assert_eq!(program("exec shop"), "shop");
        for wrong in ["web", "web:", ": shop"] {
            assert!(processes(wrong).is_err(), "{wrong}");
        }
    }
}
