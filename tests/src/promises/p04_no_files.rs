//! P4, second part, for a rung whose database is elsewhere: it changes no file on its machine, so a power cut there
//! takes nothing that a kill does not take. The database's own power is not cut here.

use std::path::Path;

use super::rung::Rung;
use super::shop::{Shop, expect};
use super::strace::{self, Call};
use super::writes::Writer;
use super::{Check, Stop};

const SEED: u64 = 2012;
const WRITES: usize = 40;
/// Files that are told of, of many.
const TOLD: usize = 3;

/// The calls that change a file or a folder, whatever else they are given, by how their names begin.
const CHANGES: [&str; 9] = [
    "creat", "rename", "unlink", "rmdir", "mkdir", "link", "symlink", "truncate", "mknod",
];

/// What opens a file to change it.
const TO_CHANGE: [&str; 4] = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"];

pub fn ask(rung: &Rung, shop: &Shop) -> Check {
    if let Some(why) = strace::missing()? {
        return Ok(vec![format!(
            "Whether it changes files on its machine was not seen: {why}."
        )]);
    }
    let machine = rung.machine()?;
    let log = machine.beside("strace.log");
    let mut running = machine.start_below(&strace::wrapper_for_files(&log))?;
    let living = shop.moved_to(running.url())?;
    let mut writer = Writer::new(SEED);
    for _ in 0..WRITES {
        if !writer.write(&living)? {
            return Err(Stop::broken("A write got no answer."));
        }
    }
    expect(living.get("/pets")?, 200, "GET /pets")?;
    running.stop_below()?;
    let calls = strace::read_files(&log)?;
    if !calls.iter().any(|call| call.name.starts_with("open")) {
        let error = anyhow::anyhow!("strace saw the shop open no file, not even its own libraries");
        return Err(Stop::Suite(error));
    }
    let is_made_again = |path: &String| {
        let name = Path::new(path).file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        rung.made_again.iter().any(|begin| name.starts_with(begin))
    };
    let changed = calls.iter().filter_map(changes);
    let mut changed: Vec<String> = changed.filter(|path| !is_made_again(path)).collect();
    changed.sort();
    changed.dedup();
    if changed.is_empty() {
        let but = match rung.made_again.as_slice() {
            [] => String::new(),
            files => format!(
                " but {}, which it makes again out of its database",
                files.join(" and ")
            ),
        };
        return Ok(vec![format!(
            "From its start over {WRITES} writes to its polite end it changed no file on its machine{but}, where a power cut takes no more \
             than a kill. The database's power was not cut: it has a machine of its own."
        )]);
    }
    let count = changed.len();
    changed.truncate(TOLD);
    Err(Stop::broken(format!(
        "Its database is elsewhere, and yet it changes files on its own machine, {count} of them: {}.",
        changed.join(", ")
    )))
}

/// The file that a call changes, if it does.
fn changes(call: &Call) -> Option<String> {
    if call.name == "io_uring_setup" {
        return Some("what it may do through io_uring, where nobody sees it".to_owned());
    }
    let begins = |known: &str| call.name.starts_with(known);
    let to_change = TO_CHANGE.iter().any(|flag| call.arguments.contains(flag));
    let changes = CHANGES.iter().any(|known| begins(known)) || (begins("open") && to_change);
    if !changes || call.returned < 0 {
        return None;
    }
    let path = call.strings.last().map(Vec::as_slice).unwrap_or_default();
    let path = String::from_utf8_lossy(path).into_owned();
    // Devices and the kernel's own are no files of the disk.
    let is_no_file = ["/dev/", "/proc/"]
        .iter()
        .any(|root| path.starts_with(root));
    (!is_no_file).then_some(path)
}
