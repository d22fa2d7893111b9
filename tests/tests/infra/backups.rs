//! The copies that the timer makes, and the way back from one, by the very scripts and programs of the machine.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use less_to_run_tests::infra::{accepted, program, virtual_server};
use less_to_run_tests::promises::Shop;
use less_to_run_tests::promises::rung::Running;
use tempfile::{TempDir, tempdir};

use crate::shop;

/// A machine with its disk, the folder of its copies, and another machine.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Result<Self> {
        let folder = tempdir()?;
        for name in ["bin", "copies", "elsewhere"] {
            fs::create_dir(folder.path().join(name))?;
        }
        // Where the machine has it, under the name that the scripts call.
        symlink(shop(), folder.path().join("bin/shop"))?;
        Ok(Self { folder })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self) -> Result<Running> {
        let mut command = Command::new(shop());
        Running::start(command.env("PORT", "0").env("SHOP_DATA", self.path("disk")))
    }

    /// Runs the script of the timer.
    fn back_up(&self) -> Result<String> {
        let path = env::var_os("PATH").unwrap_or_default();
        let bin = [self.path("bin")].into_iter();
        let path = env::join_paths(bin.chain(env::split_paths(&path)))?;
        accepted(
            Command::new(virtual_server().join("shop-backup"))
                .env("PATH", path)
                .env("SHOP_DATA", self.path("disk"))
                .env("BACKUPS", self.path("copies"))
                .env("BACKUP_TO", self.path("elsewhere"))
                .env("CREDENTIALS_DIRECTORY", self.path("bin")),
        )
    }

    /// The copies that are elsewhere, the oldest first.
    fn elsewhere(&self) -> Result<Vec<PathBuf>> {
        files(&self.path("elsewhere"))
    }
}

#[test]
fn a_lost_disk_costs_what_was_sold_since_the_last_copy_and_no_more() -> Result<()> {
    let _beside = crate::QUIET.read();
    if program("rsync")?.is_none() {
        return Ok(());
    }
    let machine = Machine::new()?;
    let running = machine.open()?;
    let shop = running.shop()?;
    let mut before = Vec::new();
    for _ in 0..30 {
        before.push(take_in(&shop)?);
    }
    // Customers write while the copy is made.
    let done = AtomicBool::new(false);
    let after = thread::scope(|scope| -> Result<Vec<String>> {
        let writing = scope.spawn(|| {
            let mut meanwhile = Vec::new();
            while !done.load(Ordering::Relaxed) {
                meanwhile.push(take_in(&shop)?);
            }
            Ok(meanwhile)
        });
        thread::sleep(Duration::from_millis(50));
        let copied = machine.back_up();
        done.store(true, Ordering::Relaxed);
        let meanwhile = writing.join().expect("nobody panics");
        copied?;
        meanwhile
    })?;
    let mut since: Vec<String> = after;
    for _ in 0..5 {
        since.push(take_in(&shop)?);
    }

    drop(running);
    fs::remove_dir_all(machine.path("disk"))?;
    fs::remove_dir_all(machine.path("copies"))?;
    let copy = machine.elsewhere()?.pop().context("no copy is elsewhere")?;
    restore(&copy, &machine.path("disk"))?;

    let running = machine.open()?;
    let shop = running.shop()?;
    let lost = |ids: &[String]| -> Result<usize> {
        let there: BTreeSet<String> = all(&shop)?;
        Ok(ids.iter().filter(|id| !there.contains(*id)).count())
    };
    ensure!(lost(&before)? == 0, "pets from before the copy were lost");
    let lost_since = lost(&since)?;
    println!(
        "{} pets were there before the copy, and all are there again; of {} that came while it was made and after, {lost_since} are lost",
        before.len(),
        since.len()
    );
    // The last five came when it was whole.
    ensure!(lost_since >= 5, "only {lost_since} were lost");
    // It is open again.
    take_in(&shop)?;
    Ok(())
}

#[test]
fn a_day_of_copies_stays_here_and_all_of_them_elsewhere() -> Result<()> {
    let _beside = crate::QUIET.read();
    if program("rsync")?.is_none() {
        return Ok(());
    }
    let machine = Machine::new()?;
    drop(machine.open()?);
    for n in 0..100 {
        let name = format!("copies/2001-01-01T00-{n:02}-00Z.sqlite");
        fs::write(machine.path(&name), "")?;
    }
    fs::write(machine.path("elsewhere/2000-01-01T00-00-00Z.sqlite"), "")?;
    machine.back_up()?;
    let here = files(&machine.path("copies"))?;
    ensure!(here.len() == 96, "{} copies are here", here.len());
    let newest = here.last().context("no copy")?;
    ensure!(fs::metadata(newest)?.len() > 0, "the newest was removed");
    ensure!(
        !here
            .iter()
            .any(|file| file.ends_with("2001-01-01T00-04-00Z.sqlite"))
    );
    ensure!(
        machine.elsewhere()?.len() == 97,
        "something was removed elsewhere"
    );
    Ok(())
}

#[test]
fn a_copy_that_fails_is_seen_to_fail() -> Result<()> {
    let _beside = crate::QUIET.read();
    if program("rsync")?.is_none() {
        return Ok(());
    }
    // No shop was ever here.
    let machine = Machine::new()?;
    ensure!(machine.back_up().is_err());
    ensure!(machine.elsewhere()?.is_empty());
    // The other machine is away.
    drop(machine.open()?);
    fs::remove_dir(machine.path("elsewhere"))?;
    fs::write(machine.path("elsewhere"), "")?;
    ensure!(machine.back_up().is_err());
    Ok(())
}

fn restore(copy: &Path, disk: &Path) -> Result<String> {
    accepted(
        Command::new(shop())
            .arg("restore")
            .arg(copy)
            .env("SHOP_DATA", disk),
    )
}

fn take_in(shop: &Shop) -> Result<String> {
    shop.take_in_a("dog")
        .map_err(|stop| anyhow::anyhow!("{stop:?}"))
}

fn all(shop: &Shop) -> Result<BTreeSet<String>> {
    let pets = shop
        .list("species=dog", 100)
        .map_err(|stop| anyhow::anyhow!("{stop:?}"))?;
    let ids = pets.iter().filter_map(|pet| pet["id"].as_str());
    Ok(ids.map(str::to_owned).collect())
}

/// The copies in a folder, without the sums that are beside them.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.retain(|file| file.extension().is_some_and(|end| end == "sqlite"));
    files.sort();
    Ok(files)
}
