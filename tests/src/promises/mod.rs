//! What a shop owes its customers, asked of a running shop from outside.
//!
//! A [`Promise`] is put to a shop at an address, which may be written in any language ([`ask_shop`]), or to a
//! rung of the ladder, which we can also kill, restart and rob of its disk ([`ask_rung`]). What was seen comes
//! back as a [`Finding`]; what a rung says of itself stands in `tests/rungs` ([`declared`]).

mod behind;
pub mod contract;
pub mod database;
pub mod declared;
pub mod disk;
mod folders;
pub mod money;
pub mod record;
pub mod relay;
pub mod rung;
pub mod running;
pub mod shop;
pub mod story;
pub mod strace;
pub mod tls;
pub mod wire;
pub mod writes;

mod p01_everything_works;
mod p01_http;
mod p01_lists;
mod p02_bad_input;
mod p02_inputs;
mod p02_slow;
mod p02_staff;
mod p03_never_twice;
mod p04_failed_sync;
pub mod p04_kill;
mod p04_lost_sync;
mod p04_no_files;
pub mod p04_power_cut;
mod p05_slow_clients;
mod p06_polite_stop;
mod p07_lost_disk;
mod p08_two_instances;
mod p09_bugs;
mod p10_idle;
mod p11_history;
mod p12_reports;
mod p13_messages;
mod p13_p15_absent;
mod p14_elsewhere;
mod p14_idempotency;
mod p14_unanswered;
mod p15_money;
mod p16_years;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use book::measured::{Declared as State, Seen};
pub use book::processes;
pub use rung::Rung;
pub use shop::Shop;

/// One of the sixteen promises, P1 to P16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Promise(u8);

const TITLES: [&str; 16] = [
    "every operation works, and every answer keeps to the contract",
    "bad input gets the right status, and the shop goes on",
    "a pet is never adopted twice",
    "an acknowledged write survives kill -9 and a power cut",
    "slow clients delay nobody",
    "a polite stop loses no request in flight and takes no new one",
    "losing the machine's disk loses nothing acknowledged",
    "two instances are one shop",
    "a bug in one request harms no other request",
    "an idle shop costs nothing but its storage",
    "the shop can tell a pet's whole history",
    "a question nobody thought of can be answered from the past",
    "everything happens once, though every message may come twice",
    "a request repeated with its idempotency key gets the same answer, and nothing happens twice",
    "money is conserved, and every checkout ends",
    "what was written years ago can still be read; a person can be forgotten",
];

impl Promise {
    /// P1 to P16, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=16).map(Self)
    }

    /// The promise in a few words, as it is printed.
    #[must_use]
    pub fn title(self) -> &'static str {
        TITLES[usize::from(self.0) - 1]
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P{}", self.0)
    }
}

impl FromStr for Promise {
    type Err = String;

    /// Reads `P3` (or `p3`); the error says which promises there are.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_prefix(['P', 'p']).and_then(|n| n.parse().ok());
        match number {
            Some(number @ 1..=16) => Ok(Self(number)),
            _ => Err(format!("there is no promise {text}; there are P1 to P16")),
        }
    }
}

impl TryFrom<String> for Promise {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Promise> for String {
    fn from(promise: Promise) -> Self {
        promise.to_string()
    }
}

/// What was seen, in a word or two.
#[must_use]
pub fn told(seen: Seen) -> &'static str {
    match seen {
        Seen::Kept => "kept",
        Seen::Broken => "broken",
        Seen::NotAsked => "not asked",
    }
}

/// A promise, what was seen of it, and one or two plain lines that say so.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// Which promise.
    pub promise: Promise,
    /// Its title.
    pub title: &'static str,
    /// Whether it was kept.
    pub seen: Seen,
    /// What was seen, in plain sentences.
    pub lines: Vec<String>,
    /// Whether an answer broke the contract on the way, which the lines then tell.
    #[serde(skip)]
    pub breaks_contract: bool,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.promise, self.title, told(self.seen))?;
        self.lines
            .iter()
            .try_for_each(|line| write!(f, "\n   {}", line.replace('\n', "\n   ")))
    }
}

/// What a promise's check comes to: plain lines when it is kept, or why it stopped.
pub type Check<T = Vec<String>> = Result<T, Stop>;

/// Why a check ended before its end.
#[derive(Debug)]
pub enum Stop {
    /// The shop was seen to break the promise; what was seen.
    Broken(Vec<String>),
    /// The promise cannot be asked here; why.
    NotAsked(String),
    /// The suite itself failed: this says nothing about the shop.
    Suite(anyhow::Error),
}

impl Stop {
    /// The promise is broken, as this line says.
    pub fn broken(line: impl Into<String>) -> Self {
        Self::Broken(vec![line.into()])
    }
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Self::Suite(error)
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Suite(error.into())
    }
}

/// Puts a promise to the shop at an address, as far as it can be asked from outside.
///
/// # Errors
///
/// When the suite itself fails, which says nothing about the shop.
pub fn ask_shop(promise: Promise, shop: &Shop) -> anyhow::Result<Finding> {
    let check = match promise.0 {
        1 => p01_everything_works::ask(shop),
        2 => p02_bad_input::ask(shop),
        3 => p03_never_twice::ask(shop),
        5 => p05_slow_clients::ask(shop),
        11 => p11_history::ask(shop),
        12 => p12_reports::ask(shop),
        14 => p14_idempotency::ask(shop),
        number => not_from_outside(number),
    };
    conclude(promise, check, shop)
}

fn not_from_outside(number: u8) -> Check {
    let needs = match number {
        4 => "the shop must be killed, its power cut and its disk made to fail",
        6 => "the shop must be told to stop",
        7 => "the shop's disk must be taken away",
        8 => "a second instance must be started",
        9 => "the shop must be built with a bug",
        10 => "it takes the bill",
        13 => "its messages must be delivered twice",
        15 => "the shop must take money",
        _ => "it takes data that the shop wrote years ago, and a look at what it stores",
    };
    Err(Stop::NotAsked(format!("Not from outside: {needs}.")))
}

/// Puts a promise to a rung of the ladder, on a machine of its own.
///
/// # Errors
///
/// When the suite itself fails (the rung cannot be built or started, say), which says nothing about the rung.
pub fn ask_rung(promise: Promise, rung: &Rung) -> anyhow::Result<Finding> {
    let shop = rung.shop();
    let check = match promise.0 {
        4 => p04_kill::ask(rung, &shop).and_then(|mut lines| {
            if rung.database.is_some() {
                lines.extend(p04_no_files::ask(rung, &shop)?);
                return Ok(lines);
            }
            lines.extend(p04_power_cut::ask(rung, &shop)?);
            lines.extend(p04_failed_sync::ask(rung, &shop)?);
            lines.extend(p04_lost_sync::ask(rung, &shop)?);
            Ok(lines)
        }),
        6 => p06_polite_stop::ask(rung, &shop),
        7 => p07_lost_disk::ask(rung, &shop),
        8 => p08_two_instances::ask(rung, &shop),
        9 => p09_bugs::ask(rung, &shop),
        10 => p10_idle::ask(rung),
        11 => p11_history::ask_rung(rung, &shop),
        12 => p12_reports::ask_rung(rung, &shop),
        13 => p13_messages::ask(rung, &shop),
        14 => p14_idempotency::ask_rung(rung, &shop),
        15 => p15_money::ask(rung, &shop),
        16 => p16_years::ask(rung, &shop),
        _ => {
            let machine = rung.machine()?;
            let running = machine.start()?;
            return ask_shop(promise, &running.shop()?);
        }
    };
    conclude(promise, check, &shop)
}

/// Turns a check into what is printed. An answer that broke the contract on the way breaks P1; under any
/// other promise it is told.
fn conclude(promise: Promise, check: Check, shop: &Shop) -> anyhow::Result<Finding> {
    let (mut seen, mut lines) = match check {
        Ok(lines) => (Seen::Kept, lines),
        Err(Stop::Broken(lines)) => (Seen::Broken, lines),
        Err(Stop::NotAsked(why)) => (Seen::NotAsked, vec![why]),
        Err(Stop::Suite(error)) => {
            return Err(error.context(format!("{promise} could not be asked")));
        }
    };
    let remarks = shop.remarks();
    let breaks_contract = !remarks.is_empty();
    if promise.0 == 1 && seen == Seen::Kept && breaks_contract {
        (seen, lines) = (Seen::Broken, remarks);
    } else if let Some(remark) = remarks.first().filter(|_| promise.0 != 1) {
        lines.push(format!(
            "On the way an answer broke the contract (P1): {remark}"
        ));
    }
    Ok(Finding {
        promise,
        title: promise.title(),
        seen,
        lines,
        breaks_contract,
    })
}
