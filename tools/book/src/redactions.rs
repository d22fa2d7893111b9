//! What differs from run to run, by name: `book/redactions.toml`.
//!
//! ```toml
//! [HOW_MANY]
//! regex = "[0-9]+"
//! means = "how many customers were told that the pet is theirs"
//! ```

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use regex::Regex;
use serde::Deserialize;

use crate::workspace::Workspace;

/// Where the redactions are, from the root of the workspace.
pub const FILE: &str = "book/redactions.toml";

/// One kind of text that differs from run to run.
#[derive(Debug, Clone)]
pub struct Redaction {
    /// What it may look like.
    pub regex: Regex,
    /// What it stands for, in words.
    pub means: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    regex: String,
    means: String,
}

/// The redactions of `book/redactions.toml` by name, without the brackets; none when there is no such file.
///
/// # Errors
///
/// A file that is not valid, an unknown key, a name that is not in capitals, a pattern that is none.
pub fn load(workspace: &Workspace) -> Result<BTreeMap<String, Redaction>> {
    let path = workspace.root().join(FILE);
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let text = std::fs::read_to_string(&path).context("book/redactions.toml cannot be read")?;
    parse(&text).context("book/redactions.toml")
}

fn parse(text: &str) -> Result<BTreeMap<String, Redaction>> {
    let raw: BTreeMap<String, Raw> = toml::from_str(text)?;
    let mut redactions = BTreeMap::new();
    for (name, Raw { regex, means }) in raw {
        if !is_name(&name) {
            bail!("`{name}` is no name for a redaction: capitals, digits and `_`, as in HOW_MANY");
        }
        let regex = Regex::new(&regex).with_context(|| format!("the pattern of {name}"))?;
        redactions.insert(name, Redaction { regex, means });
    }
    Ok(redactions)
}

/// Whether this could be the name of a redaction: `HOW_MANY`, and not an error's code such as `E0382`.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let code =
        name.len() == 5 && name.starts_with('E') && name[1..].bytes().all(|b| b.is_ascii_digit());
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        && !code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redaction_has_a_name_a_pattern_and_a_meaning() {
        let read = parse("[HOW_MANY]\nregex = '[0-9]+'\nmeans = 'a number'\n").unwrap();
        assert!(read["HOW_MANY"].regex.is_match("17"));
        for wrong in [
            "[how]\nregex = 'a'\nmeans = 'b'\n",
            "[E0382]\nregex = 'a'\nmeans = 'b'\n",
            "[A]\nregex = '['\nmeans = 'b'\n",
            "[A]\nregex = 'a'\nmeans = 'b'\nmore = 'c'\n",
            "[A]\nregex = 'a'\n",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
