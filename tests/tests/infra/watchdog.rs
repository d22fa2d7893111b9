//! The shop tells systemd that it is well, for as long as it is.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use book::workspace::Workspace;
use less_to_run_tests::programs;
use less_to_run_tests::promises::declared;
use less_to_run_tests::promises::rung::Running;
use less_to_run_tests::promises::shop::pet;
use less_to_run_tests::promises::strace;
use tempfile::{TempDir, tempdir};

use crate::shop;

const PATIENCE: Duration = Duration::from_mins(1);
/// What the unit would allow, in microseconds. A shop that is well speaks three times as often.
const ALLOWED: u64 = 300_000;
/// As long as nobody speaks who is well, were the machine never so busy.
const SILENCE: Duration = Duration::from_secs(3);

/// The end of the watchdog that systemd has.
pub struct Systemd {
    folder: TempDir,
    heard: Receiver<Vec<u8>>,
}

impl Systemd {
    pub fn new() -> Result<Self> {
        let folder = tempdir()?;
        // Whoever the shop is, it may speak.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o777))?;
        let (says, heard) = channel();
        // Always: the kernel keeps ten messages, and whoever has an eleventh waits.
        thread::spawn(move || {
            let mut told = [0; 64];
            while let Ok(length @ 1..) = socket.recv(&mut told) {
                let _ = says.send(told[..length].to_vec());
            }
        });
        Ok(Self { folder, heard })
    }

    /// What it tells the shop (`sd_watchdog_enabled(3)`).
    pub fn environment(&self) -> [(&str, String); 2] {
        let path = self.folder.path().join("notify");
        [
            ("NOTIFY_SOCKET", path.display().to_string()),
            ("WATCHDOG_USEC", ALLOWED.to_string()),
        ]
    }

    fn start(&self, command: &mut Command, data: &Path) -> Result<Running> {
        command.env("PORT", "0").env("SHOP_DATA", data);
        Running::start(command.envs(self.environment()))
    }

    /// Waits until the shop says that it is well.
    fn hears(&self) -> Result<()> {
        let told = self.heard.recv_timeout(PATIENCE);
        let told = told.context("it says nothing")?;
        ensure!(told == b"WATCHDOG=1\n", "it says {told:?}");
        Ok(())
    }

    /// Waits until the shop says nothing any more.
    fn hears_nothing(&self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.heard.recv_timeout(SILENCE).is_ok() {
            ensure!(Instant::now() < deadline, "it says that it is well");
        }
        Ok(())
    }
}

impl Drop for Systemd {
    /// Ends the thread.
    fn drop(&mut self) {
        let end = UnixDatagram::unbound();
        let _ = end.and_then(|end| end.send_to(b"", self.folder.path().join("notify")));
    }
}

#[test]
fn a_shop_that_is_well_says_so_again_and_again() -> Result<()> {
    let _beside = crate::QUIET.read();
    let (systemd, data) = (Systemd::new()?, tempdir()?);
    let _running = systemd.start(&mut Command::new(shop()), &data.path().join("shop"))?;
    (0..5).try_for_each(|_| systemd.hears())
}

#[test]
fn a_shop_whose_sync_failed_says_nothing_any_more() -> Result<()> {
    let _beside = crate::QUIET.read();
    if let Some(why) = strace::missing()? {
        eprintln!("not checked: what a failed sync makes of the watchdog, for {why}");
        return Ok(());
    }
    let (systemd, data) = (Systemd::new()?, tempdir()?);
    let fails = "fsync,fdatasync:error=EIO:when=20+";
    let words = strace::wrapper(&data.path().join("log"), Some(fails));
    let mut command = Command::new(&words[0]);
    let running = systemd.start(
        command.args(&words[1..]).arg(shop()),
        &data.path().join("shop"),
    )?;
    systemd.hears()?;
    let customers = running.shop()?;
    let refused = (0..1_000).any(|_| {
        let answer = customers.post("/pets", &pet("Rex", "dog"));
        answer.is_ok_and(|answer| answer.status == 503)
    });
    ensure!(refused, "syncs failed, and the shop went on");
    systemd.hears_nothing()?;
    // It lives, and only its restart helps.
    let health = customers.get("/health");
    ensure!(health.is_ok_and(|answer| answer.status == 503));
    Ok(())
}

#[test]
fn a_shop_that_hangs_says_nothing_any_more() -> Result<()> {
    let _beside = crate::QUIET.read();
    let workspace = Workspace::at(&programs::root())?;
    let rung = declared::rung(&workspace, 2)?.build(&workspace)?;
    let (systemd, data) = (Systemd::new()?, tempdir()?);
    let mut command = Command::new(&rung.with_a_bug);
    let running = systemd.start(&mut command, &data.path().join("shop"))?;
    systemd.hears()?;
    let customers = running.shop()?;
    let request = customers.bytes("GET", "/bugs/loop", None);
    let mut struck = Vec::new();
    for _ in 0..rung.loops {
        let mut wire = customers.open(PATIENCE)?;
        wire.send(&request)?;
        struck.push(wire);
    }
    systemd.hears_nothing()
}
