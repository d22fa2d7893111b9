//! What all who are in a world share, and what decides what goes wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;

use crate::tally::{Fault, Tally};

/// How much one machine's clock is ahead of the other's.
const AHEAD: Duration = Duration::from_mins(5);

/// What changes.
pub struct State {
    /// Decides what goes wrong.
    rng: Rng,
    /// Nothing goes wrong any more.
    pub calm: bool,
    /// Since the beginning of the world.
    pub now: Duration,
    pub tally: Tally,
    /// How often a letter was written, by the request that it is about.
    pub letters: BTreeMap<String, u32>,
    /// The requests, by what the bus calls their events.
    pub requests: BTreeMap<String, String>,
    /// When a request was done, in milliseconds by the clock of the machine that did it.
    pub times: BTreeMap<String, u64>,
    /// What has happened.
    pub story: Vec<String>,
    /// Who is awake.
    pub who: String,
    /// It may make its next call.
    pub may_go: bool,
    /// Why it does not go on.
    pub stop: Option<Stop>,
}

/// Why a process does not go on.
pub enum Stop {
    AtCall,
    Crashed,
}

impl State {
    /// In the beginning.
    pub fn new(rng: Rng) -> Self {
        Self {
            rng,
            calm: false,
            now: Duration::ZERO,
            tally: Tally::default(),
            letters: BTreeMap::new(),
            requests: BTreeMap::new(),
            times: BTreeMap::new(),
            story: vec![],
            who: String::new(),
            may_go: false,
            stop: None,
        }
    }

    // ANCHOR: clocks
    /// Keeps when a request was done, which the clocks of two machines do not agree on.
    pub fn done(&mut self, request: String) {
        let is_fast = request.bytes().fold(0, u8::wrapping_add).is_multiple_of(2);
        let ahead = if is_fast { AHEAD } else { Duration::ZERO };
        let time = (self.now + ahead).as_millis().try_into();
        self.times.insert(request, time.unwrap_or(u64::MAX));
    }
    // ANCHOR_END: clocks

    /// 0 to 99, of which the highest is harmless.
    pub fn chance(&mut self) -> u8 {
        if self.calm { 99 } else { self.rng.u8(0..100) }
    }

    /// Whether something goes wrong that does so in so many of 100 cases.
    pub fn happens(&mut self, percent: u8, fault: Fault) -> bool {
        let happens = self.chance() < percent;
        if happens {
            self.tally.count(fault);
        }
        happens
    }

    /// Writes down what happens.
    pub fn tell(&mut self, what: &str) {
        let at = self.now.as_secs_f64();
        self.story.push(format!("{at:8.1} s  {what}"));
    }

    /// Writes down what the one does who is awake.
    pub fn tell_of_it(&mut self, what: &str) {
        self.tell(&format!("{}: {what}", self.who));
    }
}
