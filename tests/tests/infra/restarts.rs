//! The shop is exchanged while customers come, and nobody is refused: systemd holds the listening socket.

use std::net::TcpListener;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use less_to_run_tests::infra::door::Door;
use less_to_run_tests::infra::front::Front;
use less_to_run_tests::promises::Shop;
use less_to_run_tests::promises::rung::Running;
use less_to_run_tests::promises::shop::pet;
use less_to_run_tests::promises::wire::{Wire, in_words};
use tempfile::tempdir;

use crate::shop;

const PATIENCE: Duration = Duration::from_mins(1);
const RESTARTS: usize = 10;
const CUSTOMERS: usize = 4;
/// How many are served between two restarts, so that each meets some of them.
const BETWEEN: usize = 25;

#[test]
fn ten_restarts_refuse_nobody() -> Result<()> {
    let _beside = crate::QUIET.read();
    let (door, data) = (Door::open()?, tempdir()?);
    let data = data.path().join("shop");
    let mut running = door.start(&[], &shop(), &data)?;
    let customers = running.shop()?;
    let sold = while_customers_come(&customers, Keeps::Nothing, |crowd| {
        for _ in 0..RESTARTS {
            crowd.serve_some()?;
            stop(&mut running)?;
            running = door.start(&[], &shop(), &data)?;
        }
        crowd.serve_some()
    })?;
    all_are_there(&running.shop()?, &sold)
}

#[test]
fn nobody_who_comes_through_nginx_is_refused_by_ten_restarts() -> Result<()> {
    let _beside = crate::QUIET.read();
    let (door, data) = (Door::open()?, tempdir()?);
    let data = data.path().join("shop");
    let Some(front) = Front::before(door.address()?)? else {
        return Ok(());
    };
    let mut running = door.start(&[], &shop(), &data)?;
    // They keep their connections to nginx, which does not end.
    let sold = while_customers_come(&front.shop()?, Keeps::Connection, |crowd| {
        for _ in 0..RESTARTS {
            crowd.serve_some()?;
            stop(&mut running)?;
            running = door.start(&[], &shop(), &data)?;
        }
        crowd.serve_some()
    })?;
    all_are_there(&running.shop()?, &sold)
}

#[test]
fn a_shop_that_holds_its_own_door_refuses_somebody() -> Result<()> {
    let _beside = crate::QUIET.read();
    let data = tempdir()?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut running = Running::start(
        Command::new(shop())
            .env("PORT", port.to_string())
            .env("SHOP_DATA", data.path().join("shop")),
    )?;
    let customers = running.shop()?;
    let met = while_customers_come(&customers, Keeps::Nothing, |crowd| {
        crowd.serve_some()?;
        stop(&mut running)?;
        crowd.fail_once()
    });
    ensure!(met.is_err(), "nobody was refused");
    Ok(())
}

/// What a customer keeps between two requests.
#[derive(Clone, Copy, PartialEq)]
enum Keeps {
    Nothing,
    Connection,
}

/// Customers that take pets in, one after the other, until they are told to stop.
struct Crowd {
    served: AtomicUsize,
    done: AtomicBool,
    sold: Mutex<Vec<String>>,
    failed: Mutex<Vec<String>>,
}

impl Crowd {
    /// Waits until some more were served.
    fn serve_some(&self) -> Result<()> {
        let before = self.served.load(Ordering::Relaxed);
        let due = || self.served.load(Ordering::Relaxed) >= before + BETWEEN;
        self.wait(due, "nobody was served any more")
    }

    /// Waits until somebody was not served.
    fn fail_once(&self) -> Result<()> {
        self.wait(|| self.has_failed(), "everybody was served")
    }

    fn wait(&self, due: impl Fn() -> bool, else_: &str) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !due() && !self.has_failed() {
            ensure!(Instant::now() < deadline, "{else_}");
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    fn has_failed(&self) -> bool {
        !self.failed.lock().expect("nobody panics").is_empty()
    }

    fn come(&self, shop: &Shop, keeps: Keeps) {
        let request = shop.bytes("POST", "/pets", Some(&pet("Rex", "dog").to_string()));
        let mut wire = None;
        while !self.done.load(Ordering::Relaxed) && !self.has_failed() {
            let served = take_in(shop, &mut wire, &request);
            match served {
                Ok(location) => {
                    self.sold.lock().expect("nobody panics").push(location);
                    self.served.fetch_add(1, Ordering::Relaxed);
                }
                Err(why) => self.failed.lock().expect("nobody panics").push(why),
            }
            if keeps == Keeps::Nothing {
                wire = None;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

fn take_in(shop: &Shop, wire: &mut Option<Wire>, request: &[u8]) -> Result<String, String> {
    let mut ask = || {
        let open = match wire.take() {
            Some(wire) => wire,
            None => shop.open(PATIENCE)?,
        };
        let wire = wire.insert(open);
        wire.send(request)?;
        wire.answer(false, PATIENCE)
    };
    let answer = ask().map_err(|error| in_words(&error))?;
    let location = answer.field("location").unwrap_or_default().to_owned();
    if answer.closes() {
        *wire = None;
    }
    if answer.status == 201 {
        Ok(location)
    } else {
        Err(format!("it was answered {}", answer.status))
    }
}

/// Lets customers come while something happens; the paths of the pets that they were told are there.
fn while_customers_come(
    shop: &Shop,
    keeps: Keeps,
    happens: impl FnOnce(&Crowd) -> Result<()>,
) -> Result<Vec<String>> {
    let crowd = Crowd {
        served: AtomicUsize::new(0),
        done: AtomicBool::new(false),
        sold: Mutex::default(),
        failed: Mutex::default(),
    };
    let happened = thread::scope(|scope| {
        for _ in 0..CUSTOMERS {
            scope.spawn(|| crowd.come(shop, keeps));
        }
        let happened = happens(&crowd);
        crowd.done.store(true, Ordering::Relaxed);
        happened
    });
    let failed = crowd.failed.into_inner().expect("nobody panics");
    let sold = crowd.sold.into_inner().expect("nobody panics");
    ensure!(
        failed.is_empty(),
        "after {} who were served, one was not: {}",
        sold.len(),
        failed[0]
    );
    happened.map(|()| sold)
}

/// Stops the shop as systemd does, and waits for it.
fn stop(running: &mut Running) -> Result<()> {
    running.stop_politely()?;
    let status = running.ended_within(PATIENCE)?;
    let status = status.context("SIGTERM did not end the shop")?;
    ensure!(status.success(), "SIGTERM ended the shop with {status}");
    Ok(())
}

fn all_are_there(shop: &Shop, sold: &[String]) -> Result<()> {
    ensure!(sold.len() > RESTARTS * BETWEEN);
    let shop = shop.clone().keeping_connections();
    for path in sold {
        let answer = shop.get(path).map_err(|stop| anyhow::anyhow!("{stop:?}"))?;
        ensure!(answer.status == 200, "{path} was lost in a restart");
    }
    Ok(())
}
