//! Chapter 1's figures: memory at rest, throughput beside other servers, the write path, slow clients.

mod alone;
mod beside;
mod hostile;

use std::path::PathBuf;

use anyhow::Result;
use book::workspace::Workspace;

use super::shops::{self, Shops};
use super::{rest, slow};

const COMMAND: &str = "cargo book measure 1";
const SOURCES: [&str; 4] = [
    "chapters-code/ch01-bare-server/src",
    hostile::REQUESTS,
    "peers/http-servers/Cargo.lock",
    "peers/http-servers/src",
];

/// Where the programs are.
struct Programs {
    shop: PathBuf,
    shops: Shops,
}

/// Takes the figures and writes them. At most three minutes after the build.
///
/// # Errors
///
/// When the machine is busy and `anyway` is not set, or when something does not build, run or answer.
pub fn measure(workspace: &Workspace, anyway: bool) -> Result<()> {
    let shops = Shops::build(workspace, &["ch01-bare-server"])?;
    let mut file = shops::begin(workspace, COMMAND, &SOURCES, anyway)?;
    let programs = Programs {
        shop: shops.shop("ch01-bare-server"),
        shops,
    };
    hostile::count(workspace, &mut file)?;
    rest::at_rest(&programs.shops, &programs.shop, &mut file)?;
    alone::crowded(&programs, &mut file)?;
    beside::throughput(&programs, &mut file)?;
    alone::writing(&programs, &mut file)?;
    alone::from_inside(&programs, &mut file)?;
    slow::slow_clients(&programs.shops, &programs.shop, &[0, 50, 1_000], &mut file)?;
    super::summary(&file);
    super::saved(workspace, &file.save(workspace, "ch01")?);
    Ok(())
}
