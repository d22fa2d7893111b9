//! What a rung deploys, `infra/chNN-…/`, put before the programs that read it.

pub mod cloud_init;
pub mod door;
pub mod front;
pub mod units;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::programs;

/// The programs that read what is deployed, and Debian's packages of them.
const PROGRAMS: &[(&str, &str)] = &[
    ("apt-config", "apt"),
    ("cloud-init", "cloud-init"),
    ("nft", "nftables"),
    ("nginx", "nginx"),
    ("openssl", "openssl"),
    ("rsync", "rsync"),
    ("shellcheck", "shellcheck"),
    ("sshd", "openssh-server"),
    ("strace", "strace"),
    ("systemd-analyze", "systemd"),
];

/// The folder of what the rung of chapter 2 deploys.
#[must_use]
pub fn virtual_server() -> PathBuf {
    programs::root().join("infra/ch02-virtual-server")
}

/// Where a program is, or `None` where it is missing; then standard error says what is not checked, and how to
/// get it.
///
/// # Errors
///
/// When it is missing and `BOOK_REQUIRE_ALL=1` asks for everything.
pub fn program(name: &str) -> Result<Option<PathBuf>> {
    if let Some(found) = programs::find(name, None) {
        return Ok(Some(found));
    }
    let package = PROGRAMS.iter().find(|(known, _)| *known == name);
    let (_, package) = package.with_context(|| format!("{name} is on no list"))?;
    let why = format!("{name} is missing (`sudo apt install {package}` on Debian and Ubuntu)");
    programs::left_out(&why)?;
    eprintln!("not checked: {why}");
    Ok(None)
}

/// What a program said, on both of its ways out.
///
/// # Errors
///
/// When it fails, with what it said; or when it cannot be started.
pub fn accepted(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{command:?} cannot be started"))?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    if !output.status.success() {
        bail!("{command:?}: {}\n{said}", output.status);
    }
    Ok(said)
}
