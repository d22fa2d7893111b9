//! Why something on a page is not run: `book/labels.toml`.
//!
//! ```toml
//! [needs-docker]
//! why = "needs a container engine"
//! program-missing = "docker"
//! probe = ["docker", "info"]
//!
//! [needs-account]
//! why = "needs an account with a cloud provider"
//! needs = "account"
//! ```

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::workspace::Workspace;

/// Where the labels are, from the root of the workspace.
pub const FILE: &str = "book/labels.toml";

/// One reason why something is not run.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Label {
    /// In words, after "not run"; may have `inline code`.
    pub why: String,
    /// The program that is not there.
    pub program_missing: Option<String>,
    /// The command that succeeds once the program is there and works; `PROGRAM --version` if not given.
    pub probe: Option<Vec<String>>,
    /// What cannot be had here, whatever is installed.
    pub needs: Option<Need>,
}

/// What a checkout on a reader's machine cannot give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// An account that costs money or a signature.
    Account,
    /// Apple's system.
    Macos,
    /// The world outside.
    Network,
    /// Microsoft's system.
    Windows,
}

impl Label {
    /// Whether the reason is gone: the missing program is there, and answers.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        let Some(program) = &self.program_missing else {
            return false;
        };
        let default = vec![program.clone(), "--version".to_owned()];
        let probe = self.probe.as_ref().unwrap_or(&default);
        let Some((program, arguments)) = probe.split_first() else {
            return false;
        };
        Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}

/// The labels of `book/labels.toml` by name; none when there is no such file.
///
/// # Errors
///
/// A file that is not valid, an unknown key, a label with no reason that a machine can check, or with two.
pub fn load(workspace: &Workspace) -> Result<BTreeMap<String, Label>> {
    let path = workspace.root().join(FILE);
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let text = std::fs::read_to_string(&path).context("book/labels.toml cannot be read")?;
    parse(&text).context("book/labels.toml")
}

fn parse(text: &str) -> Result<BTreeMap<String, Label>> {
    let labels: BTreeMap<String, Label> = toml::from_str(text)?;
    for (name, label) in &labels {
        if label.why.trim().is_empty() {
            bail!("label `{name}` does not say why");
        }
        if label.program_missing.is_some() == label.needs.is_some() {
            bail!("label `{name}` needs either `program-missing` or `needs`");
        }
        if label.probe.is_some() && label.program_missing.is_none() {
            bail!("label `{name}` has a `probe` and no `program-missing` that it could look for");
        }
        if label.probe.as_ref().is_some_and(Vec::is_empty) {
            bail!("label `{name}` has an empty `probe`");
        }
    }
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_one_reason_that_can_be_checked() {
        let labels = parse("[a]\nwhy = 'no'\nneeds = 'account'\n[b]\nwhy = 'no'\nprogram-missing = 'docker'\nprobe = ['docker', 'info']\n").unwrap();
        assert_eq!(labels["a"].needs, Some(Need::Account));
        for wrong in [
            "[a]\nwhy = 'no'\n",
            "[a]\nwhy = ''\nneeds = 'account'\n",
            "[a]\nwhy = 'no'\nneeds = 'luck'\n",
            "[a]\nwhy = 'no'\nneeds = 'account'\nprogram-missing = 'x'\n",
            "[a]\nwhy = 'no'\nneeds = 'account'\nprobe = ['x']\n",
            "[a]\nwhy = 'no'\nprogram-missing = 'x'\nprobe = []\n",
            "[a]\nwhy = 'no'\nneeds = 'account'\nmore = 1\n",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_label_is_stale_once_its_program_answers() {
        let stale = |text: &str| parse(text).unwrap()["a"].is_stale();
        assert!(!stale("[a]\nwhy = 'no'\nneeds = 'account'\n"));
        assert!(!stale(
            "[a]\nwhy = 'no'\nprogram-missing = 'no-such-program-here'\n"
        ));
        assert!(stale("[a]\nwhy = 'no'\nprogram-missing = 'cargo'\n"));
        assert!(!stale(
            "[a]\nwhy = 'no'\nprogram-missing = 'cargo'\nprobe = ['cargo', '--no-such-flag']\n"
        ));
    }
}
