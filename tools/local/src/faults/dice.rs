//! What is decided by chance.

use fastrand::Rng;

use super::Options;
use super::call::Call;

/// A die for each kind of fault. How one falls depends on nothing but the seed and how
/// often it was thrown.
#[derive(Debug)]
pub struct Dice {
    throttle: Die,
    lose: Die,
    conflict: Die,
}

/// What will become of a call, unless something else goes wrong first.
#[derive(Debug)]
pub struct Fate {
    /// It is refused.
    pub is_throttled: bool,
    /// It is carried out, and the answer is lost.
    pub is_lost: bool,
    /// It is a transaction that meets another one.
    pub is_in_conflict: bool,
}

#[derive(Debug)]
struct Die {
    percent: u8,
    rng: Rng,
}

impl Dice {
    /// The dice of these options.
    pub fn new(options: &Options) -> Self {
        let mut seeds = Rng::with_seed(options.seed);
        // Whether a kind is asked for or not, the others keep their dice.
        let mut die = |percent: Option<u8>| Die {
            percent: percent.unwrap_or_default(),
            rng: seeds.fork(),
        };
        Self {
            throttle: die(options.throttle),
            lose: die(options.lose),
            conflict: die(options.conflict),
        }
    }

    /// Throws each die that may decide on this call, once.
    pub fn throw(&mut self, call: &Call) -> Fate {
        Fate {
            is_throttled: call.is_on_items() && self.throttle.hits(),
            is_lost: call.is_write() && self.lose.hits(),
            is_in_conflict: call.is_transaction() && self.conflict.hits(),
        }
    }
}

impl Die {
    fn hits(&mut self) -> bool {
        self.rng.u8(..100) < self.percent
    }
}
