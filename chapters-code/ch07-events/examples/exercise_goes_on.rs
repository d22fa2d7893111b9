//! Ten records of a shard, at a function that stops at the first it cannot do, and at one
//! that goes on. Nobody waits here: time is told.

use std::collections::BTreeMap;
use std::time::Duration;

use ch07_events::shard::{Next, Outcome, Policy, Record, Shard};

const NAMES: [&str; 10] = [
    "Gustav", "Rex", "Minka", "Kiwi", "Mango", "Zoë", "Bella", "Otto", "Luna", "Felix",
];

const POLICY: Policy = Policy {
    attempts: Some(3),
    age: None,
    bisects: true,
    partial: true,
};

/// The mapping waits so long before the first of its further tries, and then twice as long
/// each time.
const PAUSE: Duration = Duration::from_millis(200);

/// A pet who wants a plate.
type Pet = Record<&'static str>;

fn main() {
    let both = [watch(stops), watch(goes_on)];
    println!("{:9}{:15}goes on", "", "stops");
    for name in NAMES {
        let [stops, goes_on] = both.each_ref().map(|plates| plates.about(name));
        println!("{name:9}{stops:15}{goes_on}");
    }
    let [stops, goes_on] = both.each_ref().map(|plates| &plates.given_up);
    println!("given up {stops:15}{goes_on}");
}

/// Engraves one after the other, stops where it cannot, and names that record.
fn stops(plates: &mut Plates, pets: &[Pet]) -> Vec<String> {
    for pet in pets {
        if !pet.body.is_ascii() {
            return vec![pet.number.clone()];
        }
        plates.engrave(pet.body);
    }
    vec![]
}

// ANCHOR: goes_on
/// Engraves whatever it can, and names all records that it cannot.
fn goes_on(plates: &mut Plates, pets: &[Pet]) -> Vec<String> {
    let mut failed = vec![];
    for pet in pets {
        if pet.body.is_ascii() {
            plates.engrave(pet.body);
        } else {
            failed.push(pet.number.clone());
        }
    }
    failed
}
// ANCHOR_END: goes_on

/// Which plates there are.
#[derive(Default)]
struct Plates {
    now: Duration,
    /// How often each was engraved, and when it was for the first time.
    engraved: BTreeMap<&'static str, (u32, Duration)>,
    /// What is told of those for whom there will be none.
    given_up: String,
}

impl Plates {
    fn engrave(&mut self, name: &'static str) {
        self.engraved.entry(name).or_insert((0, self.now)).0 += 1;
    }

    fn about(&self, name: &str) -> String {
        let Some((times, first)) = self.engraved.get(name) else {
            return "no plate".into();
        };
        format!("{times} × {:.1} s", first.as_secs_f64())
    }
}

/// Brings the records to a function, until all of them are done or given up.
fn watch(function: fn(&mut Plates, &[Pet]) -> Vec<String>) -> Plates {
    let mut plates = Plates::default();
    let mut shard = Shard::new(POLICY);
    let records = NAMES.iter().zip(0..).map(|(name, number)| Record {
        number: format!("{number}"),
        at: Duration::ZERO,
        body: *name,
    });
    shard.take(records.collect());
    loop {
        match shard.next(plates.now) {
            Next::Fetch => return plates,
            Next::GivenUp(records, _) => {
                let numbers = records.iter().map(|record| record.number.as_str());
                plates.given_up = format!("number {}", numbers.collect::<Vec<_>>().join(", "));
            }
            Next::Invoke(records) => {
                if let Some(before) = shard.failures().checked_sub(1) {
                    plates.now += PAUSE * 2_u32.pow(before);
                }
                let failed = function(&mut plates, &records);
                shard.answered(&Outcome::FailedAt(failed));
            }
        }
    }
}
