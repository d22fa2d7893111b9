//! What is counted.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

/// What goes wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    CrashBefore,
    CrashAfter,
    NotSent,
    AnswerLost,
    Conflict,
    BusAnswerLost,
    EventRefused,
    PutTwice,
    PutThreeTimes,
    DeliveryLost,
    DeliveredTwice,
    DeliveredThreeTimes,
    HostRestarted,
    AskedTooEarly,
    Late,
    Overtaken,
    DeleteLost,
    DeadLetter,
    GivenUp,
}

impl Fault {
    /// Each of them, in words.
    pub const ALL: [(Self, &str); 19] = [
        (Self::CrashBefore, "crash before a call"),
        (Self::CrashAfter, "crash after a call, before its answer"),
        (Self::NotSent, "call not sent"),
        (Self::AnswerLost, "answer of the database lost"),
        (Self::Conflict, "transaction refused because of another"),
        (Self::BusAnswerLost, "answer of the bus lost"),
        (Self::EventRefused, "event refused by the bus"),
        (Self::PutTwice, "event put into its queues twice"),
        (Self::PutThreeTimes, "event put into its queues three times"),
        (Self::DeliveryLost, "batch of the stream not delivered"),
        (Self::DeliveredTwice, "batch delivered twice"),
        (Self::DeliveredThreeTimes, "batch delivered three times"),
        (Self::HostRestarted, "host restarted"),
        (Self::AskedTooEarly, "customer asks again too early"),
        (Self::Late, "message held back, so that it is late"),
        (Self::Overtaken, "message done before an older one"),
        (Self::DeleteLost, "delete lost"),
        (Self::DeadLetter, "dead letter redriven"),
        (Self::GivenUp, "event given up, and sent again"),
    ];
}

/// How often something is done.
pub fn times(times: u8) -> &'static str {
    match times {
        0 => "not at all",
        1 => "once",
        2 => "twice",
        _ => "three times",
    }
}

/// What has happened in some seeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub seeds: u64,
    /// Carried out, as customers were told.
    pub adoptions: u64,
    pub returns: u64,
    /// How often a function was given something.
    pub deliveries: u64,
    /// Of the database and of the bus.
    pub calls: u64,
    faults: BTreeMap<Fault, u64>,
}

impl Tally {
    pub fn count(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }

    pub fn of(&self, fault: Fault) -> u64 {
        self.faults.get(&fault).copied().unwrap_or_default()
    }

    pub fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.adoptions += other.adoptions;
        self.returns += other.returns;
        self.deliveries += other.deliveries;
        self.calls += other.calls;
        for (fault, times) in &other.faults {
            *self.faults.entry(*fault).or_default() += times;
        }
    }

    /// What has never gone wrong.
    pub fn missing(&self) -> Vec<&'static str> {
        let all = Fault::ALL.into_iter();
        all.filter(|(fault, _)| self.of(*fault) == 0)
            .map(|(_, words)| words)
            .collect()
    }
}

impl Display for Tally {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let rows = [
            ("seeds", self.seeds),
            ("adoptions", self.adoptions),
            ("returns", self.returns),
            ("deliveries", self.deliveries),
            ("calls", self.calls),
        ];
        let faults = Fault::ALL.map(|(fault, words)| (words, self.of(fault)));
        for (words, count) in rows.into_iter().chain(faults) {
            writeln!(f, "{count:>8}  {words}")?;
        }
        Ok(())
    }
}
