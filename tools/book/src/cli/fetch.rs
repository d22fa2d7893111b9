//! `cargo book fetch`: all that comes over the network, at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use super::{process, python, tools};
use crate::workspace::Workspace;

/// Fetches the crates of all workspaces, the packages of the browser checks and the programs from `PyPI`.
pub(super) fn fetch(workspace: &Workspace) -> Result<ExitCode> {
    for manifest in manifests(workspace)? {
        println!("Fetching the crates for {}", shown(workspace, &manifest));
        let mut cargo = process::cargo(workspace);
        cargo
            .args(["fetch", "--locked", "--manifest-path"])
            .arg(&manifest);
        succeed(cargo, "cargo fetch")?;
    }
    browser_packages(workspace, &Bring::Must)?;
    python::programs(workspace, &Bring::Must)?;
    println!("Everything is here. CARGO_NET_OFFLINE=true keeps cargo off the network.");
    Ok(ExitCode::SUCCESS)
}

/// What to do when something cannot be brought.
pub(super) enum Bring {
    /// Fail.
    Must,
    /// Say that the tests which need it will be skipped.
    Can,
}

/// Brings the packages of the browser checks, unless those that the lock file names are there.
pub(super) fn browser_packages(workspace: &Workspace, bring: &Bring) -> Result<()> {
    let folder = workspace.root().join("tests/browser");
    let lock = folder.join("package-lock.json");
    if !lock.is_file() || newer(&folder.join("node_modules/.package-lock.json"), &lock) {
        return Ok(());
    }
    println!("Bringing the packages of the browser checks (npm ci in tests/browser)");
    let outcome = match tools::on_path("npm") {
        None => Err(format!(
            "npm is not on this machine; to install it: {}",
            tools::how_to_get("npm")
        )),
        Some(program) => {
            let mut npm = Command::new(program);
            npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                .current_dir(&folder);
            succeed(npm, "npm ci").map_err(|error| error.to_string())
        }
    };
    match (outcome, bring) {
        (Ok(()), _) => Ok(()),
        (Err(why), Bring::Must) => bail!("{why}"),
        (Err(why), Bring::Can) => {
            println!("{why}. The browser checks will say that they were skipped.");
            Ok(())
        }
    }
}

/// Every Cargo.toml that is the root of a workspace: ours, and those of what is measured beside it.
fn manifests(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let root = workspace.root();
    let peers = root.join("peers");
    let mut beside = vec![peers.join("Cargo.toml")];
    if peers.is_dir() {
        for entry in fs::read_dir(&peers).with_context(|| peers.display().to_string())? {
            beside.push(entry?.path().join("Cargo.toml"));
        }
    }
    beside.retain(|manifest| manifest.with_file_name("Cargo.lock").is_file());
    beside.sort();
    Ok([vec![root.join("Cargo.toml")], beside].concat())
}

fn shown(workspace: &Workspace, manifest: &Path) -> String {
    let folder = manifest.parent().unwrap_or(manifest);
    match folder.strip_prefix(workspace.root()) {
        Ok(inside) if inside.as_os_str().is_empty() => "the workspace".to_owned(),
        Ok(inside) => inside.display().to_string(),
        Err(_) => folder.display().to_string(),
    }
}

fn newer(file: &Path, than: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|meta| meta.modified());
    matches!((modified(file), modified(than)), (Ok(file), Ok(than)) if file >= than)
}

/// Runs a command that must end well.
pub(super) fn succeed(command: Command, name: &str) -> Result<()> {
    let status = process::finish(command, None)?;
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    Ok(())
}
