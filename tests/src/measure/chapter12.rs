//! Chapter 12's figures: what stops a rung when the shop grows. On a machine it is its pace or its room, in a table the partition that
//! takes the most. And who notices it when one value of the largest template is another.

mod partition;
mod room;
mod template;

use anyhow::Result;
use book::workspace::Workspace;

use super::shops::{self, Shops};
use super::{chapter5, chapter10::PACKAGES};
use super::{chapter6, chapter7, chapter8, chapter9, chapter10, chapter11};

const COMMAND: &str = "cargo book measure 12";
const SOURCES: [&str; 21] = [
    "chapters-code/ch01-bare-server/src",
    "chapters-code/ch02-virtual-server/migrations",
    "chapters-code/ch02-virtual-server/src",
    "chapters-code/ch03-platform/src",
    "chapters-code/ch04-functions/src",
    "chapters-code/ch05-lambda/src",
    "chapters-code/ch06-state/src",
    "chapters-code/ch07-events/src",
    "chapters-code/ch08-event-sourcing/examples/moving_in.rs",
    "chapters-code/ch08-event-sourcing/src",
    "chapters-code/ch09-projections/src",
    "chapters-code/ch10-processes/src",
    "chapters-code/ch11-change-over-time/src",
    "event-store/src",
    "infra/ch07-events",
    "infra/ch08-event-sourcing",
    "infra/ch09-projections",
    "infra/ch10-processes",
    "infra/ch11-change-over-time",
    "tests/lambda",
    "tools/local/src/lib.rs",
];

/// Takes the figures and writes them.
///
/// # Errors
///
/// When the machine is busy and `anyway` is not set, or when something does not build, run or answer.
pub fn measure(workspace: &Workspace, anyway: bool) -> Result<()> {
    // The example is built apart, with features of its own, and so before the programs that lie beside it.
    Shops::build_examples(workspace, "ch08-event-sourcing", &[chapter8::MOVES])?;
    let machines = ["ch01-bare-server", "ch02-virtual-server"];
    let packages = [&machines[..], &PACKAGES, &[chapter11::RELEASE]].concat();
    let shops = Shops::build_programs(workspace, &packages)?;
    let mut file = shops::begin(workspace, COMMAND, &SOURCES, anyway)?;
    room::pace(&shops, &mut file)?;
    room::in_memory(&shops, &mut file)?;
    room::on_disk(&shops, &mut file)?;
    partition::of_a_platform(&shops, &mut file)?;
    for (rung, shop) in [
        (5, chapter5::Programs::new(workspace, shops.clone())),
        (6, chapter6::shop(workspace, shops.clone())),
        (7, chapter7::shop(workspace, shops.clone())),
        (8, chapter8::shop(workspace, shops.clone())),
        (9, chapter9::shop(workspace, shops.clone())),
    ] {
        partition::of_functions(rung, &partition::staffed(&shop), &mut file)?;
    }
    for (rung, shop) in [
        (10, chapter10::shop(workspace, shops.clone())),
        (11, chapter11::shop(workspace, shops.clone())),
    ] {
        partition::of_a_till(rung, &partition::staffed(&shop), &mut file)?;
    }
    template::with_another_value(shops.data_folder()?.path(), &mut file)?;
    super::summary(&file);
    super::saved(workspace, &file.save(workspace, "ch12")?);
    Ok(())
}
