//! Who waits for a record that nobody gets done, by what is said about such records.

use anyhow::{Result, ensure};
use book::measured::{Cell, Measured};
use regex::Regex;

use super::Programs;
use crate::measure::chapter4::{table, words};
use crate::measure::chapter6::run;
use crate::measure::database::Database;

/// What the example is started with, what its figures are called, and what that is.
const POLICIES: [(&str, &str, &str); 6] = [
    ("", "nothing", "nothing"),
    ("age", "age", "no record is tried that is older than 3 s"),
    ("attempts", "attempts", "3 tries more"),
    (
        "bisect",
        "bisect",
        "3 tries more, and what fails is cut in two",
    ),
    (
        "partial",
        "partial",
        "3 tries more, and the function says where it has failed",
    ),
    (
        "partial bisect",
        "partial_bisect",
        "3 tries more, and both of that",
    ),
];

/// Names that can be engraved, and all.
const PLATES: usize = 9;
const NAMES: usize = 10;

/// What was seen of the plates.
struct Seen {
    plates: u32,
    /// Records that were given up.
    given_up: u32,
    /// How often the one was engraved that was engraved most often.
    times: f64,
    /// When the last of them was engraved for the first time, if all were.
    waited: Option<f64>,
}

/// Fills the table `poison`.
pub(super) fn of_a_batch(programs: &Programs, file: &mut Measured) -> Result<()> {
    let poison = programs.shops().example("poison");
    let mut rows = Vec::new();
    for (policy, key, what) in POLICIES {
        eprintln!("a record that nobody gets done: {what}");
        let database = Database::start(&programs.shops().shop("local"), None)?;
        let seen = Seen::read(&run(&poison, &[policy], &database)?)?;
        seen.put(key, what, file);
        rows.push(vec![
            words(what),
            Cell::Number(seen.plates.into()),
            Cell::Number(seen.given_up.into()),
            Cell::Number(seen.times),
            seen.waited
                .map_or_else(|| words("never"), |waited| words(&format!("{waited:.1}"))),
        ]);
    }
    let columns = [
        ("What is said", ""),
        ("Plates", ""),
        ("Given up", "records"),
        ("One plate engraved at most", "times"),
        ("The last after", "s"),
    ];
    let note = format!(
        "Ten pets are taken in, in one batch, and a plate is engraved for each; the sixth cannot be engraved. It is watched for 6 s at most. Plates are those of the {PLATES} others. \
         Between its tries a batch waits for 0.2 s, 0.4 s, and twice as long each time; AWS was not measured."
    );
    let what = "Ten records, and one of them that nobody gets done";
    file.tables
        .insert("poison".to_owned(), table(what, &columns, rows, &note));
    Ok(())
}

impl Seen {
    /// `Gustav 4 × engraved, first after 0.3 s`, and of what was given up how many records there were.
    fn read(told: &str) -> Result<Self> {
        let plate = Regex::new(r"(?m)^\S+ +(\d+) × engraved, first after ([0-9.]+) s$")?;
        let without = told.matches("has no plate").count();
        let (mut plates, mut most, mut last) = (0, 0.0_f64, 0.0_f64);
        for found in plate.captures_iter(told) {
            let (_, [times, waited]) = found.extract();
            plates += 1;
            most = most.max(times.parse()?);
            last = last.max(waited.parse()?);
        }
        let all = plates as usize + without;
        ensure!(all == NAMES, "the example prints {told:?}");
        let given_up = Regex::new(r#""batchSize": (\d+)"#)?;
        let given_up = given_up.captures_iter(told).map(|found| {
            let (_, [records]) = found.extract();
            records.parse::<u32>()
        });
        let given_up = given_up.sum::<Result<u32, _>>()?;
        let is_all = plates as usize == PLATES;
        Ok(Self {
            plates,
            given_up,
            times: most,
            waited: is_all.then_some(last),
        })
    }

    fn put(&self, key: &str, what: &str, file: &mut Measured) {
        let of = format!("where one of ten records cannot be done, and what is said is: {what}");
        let mut put = |name: &str, value, unit, what: &str| {
            let key = format!("poison_{key}_{name}");
            file.put(&key, value, unit, &format!("{what} {of}"));
        };
        let plates = format!("plates of {PLATES}");
        put("plates", self.plates.into(), "plates", &plates);
        let given_up = "records that are given up,";
        put("given_up", self.given_up.into(), "records", given_up);
        let most = "how often one plate was engraved at most,";
        put("times", self.times, "times", most);
        if let Some(waited) = self.waited {
            let last = "time until the last of the others has its plate,";
            put("waited_s", waited, "s", last);
        }
    }
}
