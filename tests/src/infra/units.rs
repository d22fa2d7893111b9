//! What systemd makes of a unit, as its own `systemd-analyze` tells.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::accepted;

/// The names of the system calls that the unit in `text` allows.
///
/// # Errors
///
/// When `analyze` cannot be asked for its groups, or the unit names one that it does not know.
pub fn allowed_calls(analyze: &Path, text: &str) -> Result<BTreeSet<String>> {
    let groups = groups(&accepted(Command::new(analyze).arg("syscall-filter"))?);
    let mut allowed = BTreeSet::new();
    let filters = text
        .lines()
        .filter_map(|line| line.strip_prefix("SystemCallFilter="));
    for filter in filters {
        let (forbids, names) = match filter.strip_prefix('~') {
            Some(names) => (true, names),
            None => (false, filter),
        };
        let mut calls = BTreeSet::new();
        for name in names.split_whitespace() {
            expand(&groups, name, &mut calls)?;
        }
        if forbids {
            allowed.retain(|call| !calls.contains(call));
        } else {
            allowed.extend(calls);
        }
    }
    Ok(allowed)
}

/// Reads the groups: a name in the first column, and its members below, indented.
fn groups(told: &str) -> BTreeMap<String, Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in told.lines() {
        let name = line.trim();
        if line.starts_with('@') {
            name.clone_into(&mut current);
        } else if !name.is_empty() && !name.starts_with('#') {
            groups
                .entry(current.clone())
                .or_default()
                .push(name.to_owned());
        }
    }
    groups
}

fn expand(
    groups: &BTreeMap<String, Vec<String>>,
    name: &str,
    calls: &mut BTreeSet<String>,
) -> Result<()> {
    if !name.starts_with('@') {
        calls.insert(name.to_owned());
        return Ok(());
    }
    let members = groups
        .get(name)
        .with_context(|| format!("systemd knows no group {name}"))?;
    members
        .iter()
        .try_for_each(|member| expand(groups, member, calls))
}
