//! A release: how it begins, and the care that it is in while it is live.

use std::fs;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use tokio::sync::{oneshot, watch};
use tokio::time::sleep;

use super::desk::Customer;
use super::folder;
use super::honcho::{Honcho, Running};
use super::procfile;
use super::router::{Router, answers_well};
use super::say;

/// Ports below those from which the kernel takes one for a connection that goes out:
/// Linux begins at 32768, others at 49152.
const PORTS: Range<u16> = 10_000..32_000;

/// How long the platform waits before it starts a release again.
const PAUSE: Duration = Duration::from_secs(1);

/// A release, and what it takes to run it.
#[derive(Debug)]
pub struct Release {
    pub number: u32,
    /// Its folder: all that its processes have of a disk.
    pub place: PathBuf,
    /// What everybody prints.
    pub log: PathBuf,
    pub honcho: Honcho,
    pub router: Router,
    /// How many web processes it has.
    pub web: u16,
    /// How long it may take until it is ready.
    pub patience: Duration,
    /// Whether it is started again as well when it is not well.
    pub restart_unwell: bool,
}

/// The web processes of a release.
#[derive(Debug)]
pub struct Up {
    running: Running,
    addresses: Vec<SocketAddr>,
}

impl Release {
    /// Runs the release command, if there is one, then the web processes; and waits until
    /// all of them are ready.
    ///
    /// # Errors
    ///
    /// When one of them ends or nothing comes of it, which leaves none of them. What they
    /// printed last was told to the customer.
    pub async fn begin(
        &self,
        customer: &mut Customer,
        stopping: &mut watch::Receiver<bool>,
    ) -> Result<Up> {
        let number = self.number;
        let procfile = fs::read_to_string(self.place.join("Procfile"))?;
        if let Some(command) = procfile::command(&procfile, "release") {
            let mut running = self.start(&["start", "release"], 1)?;
            let ended = unless(stopping, running.ended()).await;
            if let Err(why) = ended.and_then(|status| ended_well(command, status)) {
                give_up(running, customer).await;
                return Err(why);
            }
            let line = format!("release {number}: `{command}` has ended well");
            customer.hear(line).await;
        }
        let mut up = self.start_web()?;
        if let Err(why) = unless(stopping, self.ready(&mut up)).await {
            give_up(up.running, customer).await;
            return Err(why);
        }
        let names = in_words(self.web);
        customer
            .hear(format!("release {number}: {names} ready"))
            .await;
        Ok(up)
    }

    /// Lets customers come to it.
    pub fn route(&self, up: &Up) {
        self.router.route(self.number, up.addresses.clone());
    }

    /// Starts it again whenever it ends by itself or is not well, until it is `stopped`. Then nothing is
    /// left of it. Comes back with how it has ended.
    pub async fn care(self, mut up: Up, mut stopped: oneshot::Receiver<()>) -> &'static str {
        let number = self.number;
        loop {
            let why = tokio::select! {
                _ = up.running.ended() => "has ended by itself",
                () = unwell(&up.addresses), if self.restart_unwell => "is not well",
                _ = &mut stopped => break,
            };
            self.router.forget(number);
            say(&format!("release {number} {why}; it is started again"));
            let _ = up.running.stop().await;
            tokio::select! {
                () = self.start_again(&mut up) => say(&format!("release {number} is live again")),
                _ = &mut stopped => break,
            }
        }
        let ended = up.running.stop().await;
        self.throw_away();
        match ended {
            Ok(true) => "has ended",
            Ok(false) => "was killed after 5 s",
            Err(_) => "cannot be waited for",
        }
    }

    /// Throws its disk away.
    pub fn throw_away(&self) {
        if let Err(error) = folder::remove(&self.place) {
            say(&format!("{} is left: {error}", self.place.display()));
        }
    }

    /// Comes back when its web processes are there again, and ready.
    async fn start_again(&self, up: &mut Up) {
        loop {
            sleep(PAUSE).await;
            let started = match self.start_web() {
                Ok(again) => {
                    *up = again;
                    self.ready(up).await
                }
                Err(why) => Err(why),
            };
            match started {
                Ok(()) => return self.route(up),
                Err(why) => say(&format!("release {}: {why:#}", self.number)),
            }
            let _ = up.running.stop().await;
        }
    }

    fn start_web(&self) -> Result<Up> {
        let ports = free_ports(self.web)?;
        let web = format!("web={}", self.web);
        let first = ports.start.to_string();
        let words = ["start", "-c", &web, "-p", &first, "web"];
        Ok(Up {
            running: self.start(&words, self.web)?,
            addresses: ports
                .map(|port| (Ipv4Addr::LOCALHOST, port).into())
                .collect(),
        })
    }

    fn start(&self, words: &[&str], processes: u16) -> Result<Running> {
        let (place, log) = (&self.place, &self.log);
        self.honcho.start(words, processes.into(), place, log)
    }

    /// Waits until all its web processes are ready.
    async fn ready(&self, up: &mut Up) -> Result<()> {
        let all = async {
            for address in &up.addresses {
                while !answers_well(*address, "/ready").await {
                    sleep(Duration::from_millis(50)).await;
                }
            }
        };
        tokio::select! {
            ended = up.running.ended() => {
                bail!("it has ended before it was ready ({})", ended?);
            }
            () = all => Ok(()),
            () = sleep(self.patience) => {
                bail!("it was not ready within {} s", self.patience.as_secs());
            }
        }
    }
}

/// Does this work, unless the platform is told to stop.
async fn unless<T>(
    stopping: &mut watch::Receiver<bool>,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    tokio::select! {
        done = work => done,
        _ = stopping.wait_for(|stop| *stop) => bail!("the platform ends"),
    }
}

/// Comes back when one of these has not been well for some seconds.
async fn unwell(processes: &[SocketAddr]) {
    let mut failures = 0;
    while failures < 3 {
        sleep(PAUSE).await;
        let mut are_well = true;
        for process in processes {
            are_well &= answers_well(*process, "/health").await;
        }
        failures = if are_well { 0 } else { failures + 1 };
    }
}

/// Ends what has failed, and tells what it had to say.
async fn give_up(mut running: Running, customer: &mut Customer) {
    let stopped = running.stop().await;
    for line in running.last_lines() {
        customer.hear(line).await;
    }
    if let Err(why) = stopped {
        customer.hear(format!("{why:#}")).await;
    }
}

fn ended_well(command: &str, status: ExitStatus) -> Result<()> {
    ensure!(status.success(), "`{command}` has ended with {status}");
    Ok(())
}

/// This many free ports, one after the other.
fn free_ports(many: u16) -> Result<Range<u16>> {
    for _ in 0..1_000 {
        let first = fastrand::u16(PORTS.start..PORTS.end - many);
        let mut ports = first..first + many;
        if ports.all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()) {
            return Ok(first..first + many);
        }
    }
    bail!(
        "there are no {many} free ports between {} and {}",
        PORTS.start,
        PORTS.end
    )
}

/// `web.1 and web.2 are`, as many as there are.
fn in_words(web: u16) -> String {
    let names: Vec<String> = (1..=web).map(|number| format!("web.{number}")).collect();
    match names.split_last() {
        Some((last, [])) => format!("{last} is"),
        Some((last, others)) => format!("{} and {last} are", others.join(", ")),
        None => String::new(),
    }
}
