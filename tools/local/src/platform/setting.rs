//! The settings of an application: variables of its environment, in a file that honcho
//! reads.

use std::fmt::{self, Display};
use std::str::FromStr;

use anyhow::{Error, Result, ensure};
use serde::{Deserialize, Serialize};

/// A variable and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    name: String,
    value: String,
}

impl FromStr for Setting {
    type Err = Error;

    /// Reads `NAME=VALUE`.
    fn from_str(text: &str) -> Result<Self> {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        ensure!(text.contains('='), "it has no =, as in TABLE=shop");
        Self::new(name, value)
    }
}

impl Setting {
    /// A setting that honcho reads as it is meant.
    ///
    /// # Errors
    ///
    /// When it does not, or the variable is the platform's.
    pub fn new(name: &str, value: &str) -> Result<Self> {
        let is_name = |c: char| c == '_' || c.is_ascii_alphanumeric();
        let begins = name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic());
        ensure!(
            begins && name.chars().all(is_name),
            "{name:?} is no name of a variable"
        );
        let is_ours = ["PORT", "PATH"].contains(&name);
        ensure!(!is_ours, "{name} is set by the platform");
        let breaks = |c: char| c.is_control() || c == '\'' || c == '\\';
        ensure!(
            !value.contains(breaks),
            "{name} may hold no ', no \\ and no line break"
        );
        Ok(Self {
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }

    /// The line for it in honcho's file.
    fn line(&self) -> String {
        format!("{}='{}'\n", self.name, self.value)
    }
}

impl Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)
    }
}

/// The text of honcho's file with these settings in the place of earlier ones.
pub fn with(text: &str, settings: &[Setting]) -> String {
    let is_new = |line: &str| {
        let name = line.split('=').next();
        settings.iter().any(|new| Some(&*new.name) == name)
    };
    let kept = text.lines().filter(|line| !is_new(line));
    let mut text: String = kept.flat_map(|line| [line, "\n"]).collect();
    text.extend(settings.iter().map(Setting::line));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_takes_the_place_of_an_earlier_one() -> Result<()> {
        let settings = ["A=1", "B=two words", "A=x=y"];
        let mut text = String::new();
        for setting in settings {
            text = with(&text, &[setting.parse()?]);
        }
        assert_eq!(text, "B='two words'\nA='x=y'\n");
        Ok(())
    }

    #[test]
    fn what_honcho_would_not_read_as_meant_is_refused() {
        for text in [
            "A", "=1", "1A=1", "A-B=1", "A=it's", "A=\\n", "A=\n", "PORT=1",
        ] {
            assert!(text.parse::<Setting>().is_err(), "{text}");
        }
    }
}
