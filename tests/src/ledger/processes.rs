//! Which processes a running rung consists of. Linux tells it in `/proc`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Whether this system can tell.
#[must_use]
pub fn can_be_seen() -> bool {
    Path::new("/proc/self/stat").is_file()
}

/// The names of the programs of `process` and all its descendants, sorted.
///
/// # Errors
///
/// When `/proc` cannot be read. A process that ends meanwhile is left out.
pub fn tree_of(process: u32) -> Result<Vec<String>> {
    let mut parents = BTreeMap::new();
    for entry in fs::read_dir("/proc").context("/proc cannot be read")? {
        let id = entry?
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<u32>().ok());
        if let Some(id) = id
            && let Some(parent) = parent_of(id)
        {
            parents.insert(id, parent);
        }
    }
    let of_the_tree = |id: u32| {
        let mut at = id;
        loop {
            if at == process {
                return true;
            }
            match parents.get(&at) {
                Some(&parent) if parent != at => at = parent,
                _ => return false,
            }
        }
    };
    let mut names: Vec<String> = parents
        .keys()
        .filter(|&&id| of_the_tree(id))
        .filter_map(|&id| name_of(id))
        .collect();
    names.sort();
    Ok(names)
}

/// The fourth field of `stat`; the second is the name in brackets and may hold anything.
fn parent_of(id: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

fn name_of(id: u32) -> Option<String> {
    let program = fs::read_link(format!("/proc/{id}/exe")).ok()?;
    Some(program.file_name()?.to_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_process_and_its_children_are_seen_and_others_are_not() {
        if !can_be_seen() {
            eprintln!("skipped: there is no /proc here");
            return;
        }
        // The shell waits for its child, which waits for its input to end.
        let mut shell = Command::new("sh")
            .args(["-c", "cat; true"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut seen = Vec::new();
        for _ in 0..500 {
            seen = tree_of(shell.id()).unwrap();
            if seen.len() == 2
                && seen.iter().any(|name| {
                    name.contains("cat") || name.contains("coreutils") || name.contains("busybox")
                })
            {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        drop(shell.stdin.take());
        shell.wait().unwrap();
        assert_eq!(seen.len(), 2, "{seen:?}");
    }
}
