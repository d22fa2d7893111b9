//! Where everything stands.

use std::collections::BTreeSet;

use super::below::{places, without_room};
use crate::generated::svg::width_of;
use crate::ledger::Entry;
use crate::measured::count;

/// The width of the full ladder: a telephone's, so that its letters keep their size there.
const WIDTH: f64 = 340.0;
/// Room at the left for what the rows are called.
const GUTTER: f64 = 104.0;
/// The height of the longest bar.
const BARS: f64 = 140.0;
/// From one row of blocks to the next.
pub const BLOCK_ROW: f64 = 16.0;
/// From one row below the line to the next.
pub const ROW: f64 = 17.0;

/// The places of a ladder's parts.
pub struct Layout {
    /// The whole width.
    pub width: f64,
    /// Where the columns begin.
    pub left: f64,
    /// From one column to the next.
    pub pitch: f64,
    /// How wide a bar is.
    pub bar: f64,
    /// Where the longest bar ends.
    pub top: f64,
    /// Where the bars stand.
    pub ground: f64,
    /// Height of a line of code.
    pub scale: f64,
    /// Whether numbers, blocks and names are shown.
    pub full: bool,
    /// Whether each bar carries its number of lines: all do, or none.
    pub totals: bool,
    /// Whether each rung's number has its title beside it: all do, or none.
    pub titles: bool,
    /// The parts that some rung hands over, from the ground up.
    pub rows: Vec<String>,
    /// Who is named by a letter below the line, for want of room.
    pub key: Vec<String>,
}

impl Layout {
    /// The large one.
    pub fn full(entries: &[Entry]) -> Self {
        let pitch = (WIDTH - GUTTER) / float(entries.len().max(1));
        let rows = rows(entries);
        Self {
            width: WIDTH,
            left: GUTTER,
            pitch,
            bar: (pitch * 0.68).min(44.0),
            top: 42.0,
            ground: 42.0 + BARS,
            scale: BARS / longest(entries),
            full: true,
            totals: width_of(&count(most(entries))) < pitch,
            titles: entries.iter().all(|entry| width_of(&titled(entry)) < pitch),
            key: without_room(entries, &rows, pitch),
            rows,
        }
    }

    /// The one under a chapter's title: bars and numbers.
    pub fn small(entries: &[Entry]) -> Self {
        let pitch = 26.0;
        let bars = 44.0;
        Self {
            width: pitch * float(entries.len()) + 4.0,
            left: 2.0,
            pitch,
            bar: 16.0,
            top: 6.0,
            ground: 6.0 + bars,
            scale: bars / longest(entries),
            full: false,
            totals: false,
            titles: false,
            rows: Vec::new(),
            key: Vec::new(),
        }
    }

    /// The middle of a column.
    pub fn middle(&self, column: usize) -> f64 {
        self.left + self.pitch * (float(column) + 0.5)
    }

    /// The width of all columns.
    pub fn plot(&self) -> f64 {
        self.width - self.left
    }

    /// Where the letters of the rungs' numbers stand.
    pub fn numbers(&self) -> f64 {
        if self.full {
            self.ground + 2.0 * BLOCK_ROW + 18.0
        } else {
            self.ground + 13.0
        }
    }

    /// The line between what you run and what others run.
    pub fn line(&self) -> f64 {
        self.numbers() + 7.0
    }

    /// Where the letters of a row below the line stand.
    pub fn row(&self, row: usize) -> f64 {
        self.line() + 16.0 + ROW * float(row + 1)
    }

    /// The whole height.
    pub fn height(&self) -> f64 {
        if self.full {
            let key = places(&self.key, self.width);
            let key = key
                .last()
                .map_or(0.0, |(_, line)| ROW * float(line + 1) + 4.0);
            self.row(self.rows.len().saturating_sub(1)) + key + 7.0
        } else {
            self.numbers() + 5.0
        }
    }
}

/// The number of a rung with its title.
pub fn titled(entry: &Entry) -> String {
    format!("{} {}", entry.counted.rung, entry.declared.title)
}

/// The number of lines of the tallest column.
pub fn longest(entries: &[Entry]) -> f64 {
    long(most(entries).max(1))
}

fn most(entries: &[Entry]) -> u64 {
    let lines = entries
        .iter()
        .map(|entry| entry.counted.code + entry.counted.configuration);
    lines.max().unwrap_or(0)
}

fn rows(entries: &[Entry]) -> Vec<String> {
    let parts = entries.iter().flat_map(|entry| &entry.declared.parts);
    let theirs: BTreeSet<&str> = parts
        .filter(|part| !part.is_yours())
        .map(|part| part.part.as_str())
        .collect();
    let order = entries
        .last()
        .map_or(&[][..], |entry| &entry.declared.parts);
    let in_order = order
        .iter()
        .filter(|part| theirs.contains(part.part.as_str()));
    in_order.map(|part| part.part.clone()).collect()
}

#[allow(clippy::cast_precision_loss, reason = "there are few columns and rows")]
pub fn float(number: usize) -> f64 {
    number as f64
}

#[allow(clippy::cast_precision_loss, reason = "nobody writes 2^53 lines")]
pub fn long(number: u64) -> f64 {
    number as f64
}
