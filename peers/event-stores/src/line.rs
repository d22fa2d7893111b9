//! What is printed.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use crate::meter::Spent;

/// A command in one situation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// The store.
    pub store: &'static str,
    /// The situation.
    pub situation: &'static str,
    /// Calls on items, those of the SDK's own tries included.
    pub requests: u64,
    /// Read units.
    pub reads: f64,
    /// Write units that the database told.
    pub writes: f64,
    /// Write units that it does not tell: see [`Spent::by_rule`].
    pub by_rule: f64,
    /// How often the caller asked.
    pub asked: u32,
    /// What the caller was told in the end.
    pub outcome: String,
    /// How often what was wanted is in the pet's history.
    pub happened: usize,
    /// Milliseconds from the first question to the last answer.
    pub ms: f64,
}

impl Line {
    /// What was counted, without what is different each time.
    #[must_use]
    pub fn spent(&self) -> Spent {
        Spent {
            requests: self.requests,
            reads: self.reads,
            writes: self.writes,
            by_rule: self.by_rule,
        }
    }
}

/// A table of what was counted in the last round, with the median of the times.
#[must_use]
pub fn table(lines: &[Line]) -> String {
    let mut times: BTreeMap<_, Vec<f64>> = BTreeMap::new();
    let mut order = vec![];
    for line in lines {
        let place = (line.situation, line.store);
        let times = times.entry(place).or_default();
        if times.is_empty() {
            order.push(place);
        }
        times.push(line.ms);
    }
    order.sort_by_key(|(situation, _)| order_of(lines, situation));
    let mut text = String::from(
        "| situation | store | requests | read units | write units | of them by rule | asked | told | happened | ms |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for place in order {
        let of_place = |line: &&Line| (line.situation, line.store) == place;
        let Some(line) = lines.iter().rfind(of_place) else {
            continue;
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.1} |",
            line.situation,
            line.store,
            line.requests,
            line.reads,
            line.writes + line.by_rule,
            line.by_rule,
            line.asked,
            line.outcome,
            line.happened,
            times.get_mut(&place).map_or(0.0, |times| median(times)),
        );
    }
    text
}

fn order_of(lines: &[Line], situation: &str) -> Option<usize> {
    lines.iter().position(|line| line.situation == situation)
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
