//! What is deployed in `infra/`, put before the programs that read it, and before the real shop.

mod backups;
mod front;
mod machine;
mod readers;
mod restarts;
mod units;
mod watchdog;

use std::path::PathBuf;
use std::sync::{OnceLock, RwLock};

use anyhow::{Result, bail};
use less_to_run_tests::infra::virtual_server;
use less_to_run_tests::programs;

/// P5 opens a thousand connections and allows two seconds, so nothing else runs beside it.
static QUIET: RwLock<()> = RwLock::new(());

/// Debian's user for nobody in particular.
const NOBODY: u32 = 65_534;

/// The shop of chapter 2, built once.
fn shop() -> PathBuf {
    static SHOP: OnceLock<PathBuf> = OnceLock::new();
    SHOP.get_or_init(|| {
        programs::build("ch02-virtual-server", "ch02-virtual-server").expect("the shop is built")
    })
    .clone()
}

/// A file that is deployed.
fn deployed(name: &str) -> Result<String> {
    let path = virtual_server().join(name);
    std::fs::read_to_string(&path)
        .map_err(|error| anyhow::anyhow!("{} cannot be read: {error}", path.display()))
}

/// The text with one part of it exchanged, which has to be there.
fn damaged(text: &str, from: &str, to: &str) -> Result<String> {
    if !text.contains(from) {
        bail!("there is no {from:?} to damage");
    }
    Ok(text.replacen(from, to, 1))
}
