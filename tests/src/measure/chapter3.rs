//! Chapter 3's figures, beside those of chapters 1 and 2 in the same run.

mod away;
mod beside;
pub mod calls;

use self::calls::Counted;
use anyhow::Result;
use book::workspace::Workspace;

use super::open::Rung;
use super::shops::{self, Shops};

const COMMAND: &str = "cargo book measure 3";
const SOURCES: [&str; 6] = [
    "chapters-code/ch01-bare-server/src",
    "chapters-code/ch02-virtual-server/migrations",
    "chapters-code/ch02-virtual-server/src",
    "chapters-code/ch03-platform/src",
    "peers/http-servers/src",
    "tools/local/src/lib.rs",
];

/// Pets of a shop that has one left.
const SOLD: u32 = 1_000;

/// Where the programs are.
struct Programs {
    shops: Shops,
}

/// Takes the figures and writes them. About five minutes after the build.
///
/// # Errors
///
/// When the machine is busy and `anyway` is not set, or when something does not build, run or answer.
pub fn measure(workspace: &Workspace, anyway: bool) -> Result<()> {
    let packages = [
        "ch01-bare-server",
        "ch02-virtual-server",
        "ch03-platform",
        "local",
    ];
    let programs = Programs {
        shops: Shops::build_programs(workspace, &packages)?,
    };
    let mut file = shops::begin(workspace, COMMAND, &SOURCES, anyway)?;
    eprintln!("what a sale takes of the database");
    let (shops, folder) = (&programs.shops, programs.shops.data_folder()?);
    let (shop, database) = (shops.shop("ch03-platform"), shops.shop("local"));
    Counted::of(&shop, &database, folder, SOLD)?.put(&mut file);
    beside::at_rest(&programs, &mut file)?;
    beside::throughput(&programs, &mut file)?;
    beside::writing(&programs, &mut file)?;
    away::answers(&programs, &mut file)?;
    super::summary(&file);
    super::saved(workspace, &file.save(workspace, "ch03")?);
    Ok(())
}

impl Programs {
    fn chapter1(&self) -> Rung {
        Rung::Folder(self.shops.shop("ch01-bare-server"))
    }

    fn chapter2(&self) -> Rung {
        Rung::Folder(self.shops.shop("ch02-virtual-server"))
    }

    /// With its database on this machine, in a file or in memory.
    fn chapter3(&self, on_file: bool) -> Rung {
        let (shop, database) = (self.shops.shop("ch03-platform"), self.shops.shop("local"));
        Rung::elsewhere(shop, database, on_file)
    }
}
