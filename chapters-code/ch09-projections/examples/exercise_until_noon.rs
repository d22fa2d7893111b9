//! A list that says until when it has seen everything, and customers who believe it.

use std::collections::BTreeMap;

/// What rings: which pet, which commit, and at which minute of the day it was written.
struct Ring {
    pet: &'static str,
    commit: u64,
    at: u32,
}

/// The newest commit in each row, and the time of the newest of all.
#[derive(Default)]
struct List {
    rows: BTreeMap<&'static str, u64>,
    until: u32,
}

impl List {
    fn heard(&mut self, ring: &Ring) {
        let row = self.rows.entry(ring.pet).or_default();
        *row = (*row).max(ring.commit);
        self.until = self.until.max(ring.at);
    }

    // ANCHOR: has
    /// By the time: whether it has all that was written until then.
    fn has_until(&self, at: u32) -> bool {
        self.until >= at
    }

    /// By the row: whether it has this commit of this pet.
    fn has_commit(&self, pet: &str, commit: u64) -> bool {
        self.rows.get(pet).is_some_and(|row| *row >= commit)
    }
    // ANCHOR_END: has
}

fn main() {
    let mut list = List::default();
    list.heard(&Ring {
        pet: "Rex",
        commit: 3,
        at: 600,
    });
    let (rex, gustav) = (
        Ring {
            pet: "Rex",
            commit: 4,
            at: 719,
        },
        Ring {
            pet: "Gustav",
            commit: 2,
            at: 720,
        },
    );
    // Rex was first, and his bell is late.
    for ring in [&gustav, &rex] {
        list.heard(ring);
        let shown = list.rows.get("Rex").copied().unwrap_or_default();
        println!(
            "{} has rung; the list has Rex up to commit {shown}",
            ring.pet
        );
        println!(
            "does it have commit 4 of Rex? by the time {}, by the row {}",
            word(list.has_until(rex.at)),
            word(list.has_commit(rex.pet, rex.commit))
        );
    }
}

fn word(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}
