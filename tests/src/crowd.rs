//! Customers that come all the time, while something happens to the shop.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::promises::Shop;
use crate::promises::shop::pet;
use crate::promises::wire::{Answer, Wire, in_words};

/// How long anybody may wait for an answer, or for customers to be served.
pub const PATIENCE: Duration = Duration::from_mins(1);
const CUSTOMERS: usize = 4;
/// How many are served between two events, so that each meets some of them.
pub const BETWEEN: usize = 25;

/// What a customer keeps between two requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// Nothing: they connect for each request.
    Nothing,
    /// The connection, as long as the other side keeps it too.
    Connection,
}

/// What a customer does, again and again: the path of what there is after it, or why they were not served.
pub type Visit = fn(&mut Customer<'_>) -> Result<String, String>;

/// A customer.
#[derive(Debug)]
pub struct Customer<'a> {
    shop: &'a Shop,
    keeps: Keeps,
    wire: Option<Wire>,
}

impl Customer<'_> {
    /// Asks for something, and expects an answer with this status.
    ///
    /// # Errors
    ///
    /// When there is another one or none, in words.
    pub fn ask(
        &mut self,
        method: &str,
        target: &str,
        body: Option<&str>,
        status: u16,
    ) -> Result<Answer, String> {
        let request = self.shop.bytes(method, target, body);
        let mut ask = || {
            let open = match self.wire.take() {
                Some(wire) => wire,
                None => self.shop.open(PATIENCE)?,
            };
            let wire = self.wire.insert(open);
            wire.send(&request)?;
            wire.answer(false, PATIENCE)
        };
        let answer = ask().map_err(|error| format!("{method} {target}: {}", in_words(&error)))?;
        if answer.closes() || self.keeps == Keeps::Nothing {
            self.wire = None;
        }
        if answer.status == status {
            Ok(answer)
        } else {
            Err(format!("{method} {target} was answered {}", answer.status))
        }
    }
}

/// Takes a pet in.
///
/// # Errors
///
/// When the shop does not.
pub fn take_in(customer: &mut Customer<'_>) -> Result<String, String> {
    let rex = pet("Rex", "dog").to_string();
    let answer = customer.ask("POST", "/pets", Some(&rex), 201)?;
    Ok(answer.field("location").unwrap_or_default().to_owned())
}

/// Customers that come one visit after the other, until they are told to stop.
#[derive(Debug)]
pub struct Crowd {
    served: AtomicUsize,
    done: AtomicBool,
    told: Mutex<Vec<String>>,
    failed: Mutex<Vec<String>>,
}

impl Crowd {
    /// Waits until some more were served.
    ///
    /// # Errors
    ///
    /// When they are not.
    pub fn serve_some(&self) -> Result<()> {
        let before = self.served.load(Ordering::Relaxed);
        let due = || self.served.load(Ordering::Relaxed) >= before + BETWEEN;
        self.wait(due, "nobody was served any more")
    }

    /// Waits until somebody was not served.
    ///
    /// # Errors
    ///
    /// When everybody is.
    pub fn fail_once(&self) -> Result<()> {
        self.wait(|| self.has_failed(), "everybody was served")
    }

    /// Whether somebody was not served.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        !self.failures().is_empty()
    }

    fn failures(&self) -> MutexGuard<'_, Vec<String>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, due: impl Fn() -> bool, else_: &str) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !due() && !self.has_failed() {
            ensure!(Instant::now() < deadline, "{else_}");
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    fn come(&self, mut customer: Customer<'_>, visit: Visit) {
        while !self.done.load(Ordering::Relaxed) && !self.has_failed() {
            match visit(&mut customer) {
                Ok(path) => {
                    self.told.lock().expect("nobody panics").push(path);
                    self.served.fetch_add(1, Ordering::Relaxed);
                }
                Err(why) => self.failures().push(why),
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Lets customers come while something happens; the paths of what they were told is there.
///
/// # Errors
///
/// When one of them was not served, or what happens fails.
///
/// # Panics
///
/// When a customer does.
pub fn while_customers_come(
    shop: &Shop,
    kinds: &[Keeps],
    visit: Visit,
    happens: impl FnOnce(&Crowd) -> Result<()>,
) -> Result<Vec<String>> {
    let crowd = Crowd {
        served: AtomicUsize::new(0),
        done: AtomicBool::new(false),
        told: Mutex::default(),
        failed: Mutex::default(),
    };
    let happened = thread::scope(|scope| {
        for keeps in kinds.iter().cycle().take(CUSTOMERS) {
            let customer = Customer {
                shop,
                keeps: *keeps,
                wire: None,
            };
            scope.spawn(|| crowd.come(customer, visit));
        }
        let happened = happens(&crowd);
        crowd.done.store(true, Ordering::Relaxed);
        happened
    });
    let failed = crowd.failed.into_inner().expect("nobody panics");
    let told = crowd.told.into_inner().expect("nobody panics");
    ensure!(
        failed.is_empty(),
        "after {} who were served, one was not: {}",
        told.len(),
        failed[0]
    );
    happened.map(|()| told)
}
