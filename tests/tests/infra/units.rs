//! The units, as systemd reads them.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use less_to_run_tests::infra::door::Door;
use less_to_run_tests::infra::units::allowed_calls;
use less_to_run_tests::infra::{accepted, cloud_init, program, virtual_server};
use less_to_run_tests::promises::{Promise, Seen, ask_shop, strace};
use tempfile::{TempDir, tempdir};

use crate::watchdog::Systemd;
use crate::{NOBODY, damaged, deployed, shop};

const UNITS: [&str; 5] = [
    "shop-alarm@.service",
    "shop.service",
    "shop.socket",
    "shop-backup.service",
    "shop-backup.timer",
];

#[test]
fn systemd_understands_every_line_of_the_units() -> Result<()> {
    let Some(analyze) = program("systemd-analyze")? else {
        return Ok(());
    };
    let machine = machine()?;
    let said = verify(&analyze, machine.path())?;
    ensure!(said.trim().is_empty(), "{said}");
    Ok(())
}

#[test]
fn a_line_that_systemd_does_not_understand_is_seen() -> Result<()> {
    let Some(analyze) = program("systemd-analyze")? else {
        return Ok(());
    };
    for (unit, from, to) in [
        ("shop.service", "ProtectHome=", "ProtectHouse="),
        ("shop.service", "MemoryMax=128M", "MemoryMax=much"),
        ("shop.service", "local/bin/shop", "local/bin/shoop"),
        ("shop-alarm@.service", "Burst=5", "Burst=often"),
        ("shop.service", "WatchdogSec=30", "WatchdogSec=long"),
        ("shop.socket", "127.0.0.1:8080", "127.0.0.1:http"),
        ("shop-backup.timer", "*:0/15", "quarterly o'clock"),
    ] {
        let machine = machine()?;
        let path = machine.path().join("etc/systemd/system").join(unit);
        fs::write(&path, damaged(&fs::read_to_string(&path)?, from, to)?)?;
        let seen = verify(&analyze, machine.path()).unwrap_or_else(|error| error.to_string());
        ensure!(seen.contains(unit), "{to} in {unit} was not seen: {seen:?}");
    }
    Ok(())
}

#[test]
fn both_services_are_sandboxed_to_an_exposure_of_two_or_less() -> Result<()> {
    let Some(analyze) = program("systemd-analyze")? else {
        return Ok(());
    };
    for unit in ["shop.service", "shop-backup.service"] {
        let said = exposure(&analyze, &virtual_server().join(unit))?;
        println!("{}", said.lines().last().unwrap_or_default());
    }
    let open = tempdir()?;
    let service = deployed("shop.service")?;
    let sandbox = service.find("# ANCHOR: sandbox").context("no sandbox")?;
    let open = open.path().join("shop.service");
    fs::write(&open, &service[..sandbox])?;
    ensure!(
        exposure(&analyze, &open).is_err(),
        "without its sandbox the shop is said to be as safe"
    );
    Ok(())
}

#[test]
fn the_shop_makes_no_call_to_the_kernel_that_its_unit_forbids() -> Result<()> {
    let _beside = crate::QUIET.read();
    let Some(analyze) = program("systemd-analyze")? else {
        return Ok(());
    };
    if strace::missing()?.is_some() {
        eprintln!("not checked: which calls the shop makes, for strace is missing");
        return Ok(());
    }
    let allowed = allowed_calls(&analyze, &deployed("shop.service")?)?;
    ensure!(allowed.contains("accept4") && !allowed.contains("mount"));
    let (made, sockets) = calls_made()?;
    ensure!(made.contains("accept4") && made.contains("execve"));
    let forbidden: Vec<_> = made.difference(&allowed).collect();
    ensure!(forbidden.is_empty(), "the unit forbids {forbidden:?}");
    // RestrictAddressFamilies=AF_UNIX: it is handed its door, and opens no socket but for the way to systemd.
    let well = !sockets.is_empty() && sockets.iter().all(|call| call.contains("(AF_UNIX,"));
    ensure!(well, "it opens {sockets:?}");
    Ok(())
}

#[test]
fn copies_are_due_when_the_timer_says() -> Result<()> {
    let Some(analyze) = program("systemd-analyze")? else {
        return Ok(());
    };
    let timer = deployed("shop-backup.timer")?;
    let when = timer
        .lines()
        .find_map(|line| line.strip_prefix("OnCalendar="));
    let when = when.context("the timer names no time")?;
    let calendar = |when: &str| accepted(Command::new(&analyze).args(["calendar", when]));
    let said = calendar(when)?;
    ensure!(said.contains("*-*-* *:00/15:00"), "{said}");
    ensure!(calendar("*:0/15 o'clock").is_err());
    Ok(())
}

/// A folder with everything in it where it is on the machine, and programs where the units name them.
fn machine() -> Result<TempDir> {
    let root = tempdir()?;
    let place = |path: &str, text: &str, runs: bool| -> Result<()> {
        let path = root.path().join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().context("a folder")?)?;
        fs::write(&path, text)?;
        let mode = if runs { 0o755 } else { 0o644 };
        Ok(fs::set_permissions(
            &path,
            fs::Permissions::from_mode(mode),
        )?)
    };
    for file in cloud_init::placed(&virtual_server())? {
        place(&file.place, &file.text, file.runs)?;
    }
    for program in ["/bin/sh", "/usr/bin/logger", "/usr/local/bin/shop"] {
        place(program, "#!/bin/sh\n", true)?;
    }
    // What the units refer to of systemd's own is read from this machine.
    for folder in ["/lib/systemd/system", "/usr/lib/systemd/system"] {
        if Path::new(folder).is_dir() && !root.path().join("usr/lib/systemd/system").exists() {
            fs::create_dir_all(root.path().join("usr/lib/systemd"))?;
            std::os::unix::fs::symlink(folder, root.path().join("usr/lib/systemd/system"))?;
        }
    }
    Ok(root)
}

fn verify(analyze: &Path, root: &Path) -> Result<String> {
    let units = UNITS.map(|unit| root.join("etc/systemd/system").join(unit));
    accepted(
        Command::new(analyze)
            .arg("verify")
            .arg("--man=no")
            .arg(format!("--root={}", root.display()))
            .args(units),
    )
}

fn exposure(analyze: &Path, unit: &Path) -> Result<String> {
    accepted(
        Command::new(analyze)
            .args(["security", "--no-pager", "--offline=yes", "--threshold=20"])
            .arg(unit),
    )
}

/// Every call that the shop makes from its start, while it keeps P1, to its end after SIGTERM; and those that made a socket, in
/// full. Root's `SQLite` makes more than the shop's own user makes, so it is not root who runs it.
fn calls_made() -> Result<(BTreeSet<String>, Vec<String>)> {
    let folder = tempdir()?;
    let (log, program) = (folder.path().join("calls"), folder.path().join("the-shop"));
    fs::copy(shop(), &program)?;
    let words = ["strace", "-f", "-qq", "-e", "signal=none", "-o"];
    let mut wrapper: Vec<String> = words.map(str::to_owned).into();
    wrapper.push(log.display().to_string());
    if rustix::process::geteuid().is_root() {
        chown(folder.path(), Some(NOBODY), Some(NOBODY))?;
        wrapper.extend(["-u", "nobody"].map(str::to_owned));
    }
    wrapper.push("--".to_owned());
    let systemd = Systemd::new()?;
    let heard = systemd.environment();
    wrapper.push("env".to_owned());
    wrapper.extend(heard.map(|(name, value)| format!("{name}={value}")));
    let door = Door::open()?;
    let mut running = door.start(&wrapper, &program, &folder.path().join("shop"))?;
    let p1: Promise = "P1".parse().map_err(anyhow::Error::msg)?;
    let finding = ask_shop(p1, &running.shop()?)?;
    ensure!(finding.seen == Seen::Kept, "{finding}");
    for pid in running.processes()? {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        if name.trim() == "the-shop" {
            accepted(Command::new("kill").arg(pid.to_string()))?;
        }
    }
    running
        .ended_within(Duration::from_mins(1))?
        .context("the shop did not end")?;
    let log = fs::read_to_string(&log)?;
    let sockets = log.lines().filter(|line| line.contains(" socket("));
    Ok((names(&log), sockets.map(str::to_owned).collect()))
}

/// The names of the calls in a log of strace.
fn names(log: &str) -> BTreeSet<String> {
    let calls = log.lines().filter_map(|line| line.split_once(' '));
    let names = calls.map(|(_, call)| call.trim_start().split('(').next().unwrap_or_default());
    let is_name = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let names = names.filter(|name| !name.is_empty()).filter(is_name);
    names.map(str::to_owned).collect()
}
