//! What becomes of records, whatever a function does.

use std::collections::BTreeSet;
use std::time::Duration;

use ch07_events::shard::{Because, Next, Outcome, Policy, Record, Shard};
use fastrand::Rng;

const NOTHING: Policy = Policy {
    attempts: None,
    age: None,
    bisects: false,
    partial: false,
};

fn record(number: u128) -> Record<()> {
    let at = Duration::from_secs(u64::try_from(number).unwrap_or(u64::MAX));
    Record {
        number: number.to_string(),
        at,
        body: (),
    }
}

fn numbers(records: &[Record<()>]) -> Vec<u128> {
    records
        .iter()
        .filter_map(|record| record.number.parse().ok())
        .collect()
}

/// A function that fails at these records, and what it has been given.
struct Function {
    fails_at: BTreeSet<u128>,
    says_at_which: bool,
    given: Vec<Vec<u128>>,
    done: Vec<u128>,
}

impl Function {
    fn new(fails_at: &[u128]) -> Self {
        Self {
            fails_at: fails_at.iter().copied().collect(),
            says_at_which: false,
            given: vec![],
            done: vec![],
        }
    }

    /// Works from the front and stops at the first that it fails at.
    fn handle(&mut self, records: &[Record<()>]) -> Outcome {
        let all = numbers(records);
        self.given.push(all.clone());
        let works = all
            .iter()
            .take_while(|number| !self.fails_at.contains(number));
        let works: Vec<u128> = works.copied().collect();
        self.done.extend(&works);
        match all.get(works.len()) {
            None => Outcome::Done,
            Some(first) if self.says_at_which => Outcome::FailedAt(vec![first.to_string()]),
            Some(_) => Outcome::Failed,
        }
    }
}

/// Runs a shard with one batch until it wants more. Gives what was given up.
fn run(policy: Policy, function: &mut Function, count: u128) -> Vec<(Vec<u128>, Because)> {
    let mut shard = Shard::new(policy);
    shard.take((1..=count).map(record).collect());
    let mut given_up = vec![];
    for _ in 0..1_000 {
        match shard.next(Duration::from_secs(10)) {
            Next::Invoke(records) => {
                let outcome = function.handle(&records);
                shard.answered(&outcome);
            }
            Next::GivenUp(records, because) => given_up.push((numbers(&records), because)),
            Next::Fetch => return given_up,
        }
    }
    panic!("it has no end");
}

#[test]
fn without_a_policy_one_record_blocks_its_shard_for_ever() {
    let mut shard = Shard::new(NOTHING);
    shard.take((1..=4).map(record).collect());
    let mut function = Function::new(&[2]);
    for _ in 0..10_000 {
        let Next::Invoke(records) = shard.next(Duration::MAX) else {
            panic!("it is given up");
        };
        let outcome = function.handle(&records);
        shard.answered(&outcome);
    }
    assert!(function.given.iter().all(|given| *given == [1, 2, 3, 4]));
    assert!(!function.done.contains(&3));
}

#[test]
fn after_the_attempts_the_whole_batch_is_given_up() {
    let policy = Policy {
        attempts: Some(2),
        ..NOTHING
    };
    let mut function = Function::new(&[2]);
    let given_up = run(policy, &mut function, 4);
    assert_eq!(function.given, vec![vec![1, 2, 3, 4]; 3]);
    assert_eq!(given_up, [(vec![1, 2, 3, 4], Because::Attempts)]);
}

#[test]
fn cutting_in_two_finds_the_one() {
    let policy = Policy {
        attempts: Some(1),
        bisects: true,
        ..NOTHING
    };
    let mut function = Function::new(&[6]);
    let given_up = run(policy, &mut function, 8);
    let due: [&[u128]; 8] = [
        &[1, 2, 3, 4, 5, 6, 7, 8],
        &[1, 2, 3, 4],
        &[5, 6, 7, 8],
        &[5, 6],
        &[5],
        &[6],
        &[6],
        &[7, 8],
    ];
    assert_eq!(function.given, due);
    assert_eq!(given_up, [(vec![6], Because::Attempts)]);
}

#[test]
fn a_function_that_says_which_gets_none_twice_that_it_has_done() {
    let policy = Policy {
        attempts: Some(1),
        partial: true,
        ..NOTHING
    };
    let mut function = Function::new(&[3]);
    function.says_at_which = true;
    let given_up = run(policy, &mut function, 5);
    let due: [&[u128]; 2] = [&[1, 2, 3, 4, 5], &[3, 4, 5]];
    assert_eq!(function.given, due);
    assert_eq!(given_up, [(vec![3, 4, 5], Because::Attempts)]);
    assert_eq!(function.done, [1, 2]);
}

#[test]
fn what_nobody_asked_for_is_not_read() {
    let mut shard = Shard::new(NOTHING);
    shard.take(vec![record(1), record(2)]);
    let Next::Invoke(_) = shard.next(Duration::ZERO) else {
        panic!("there is something");
    };
    shard.answered(&Outcome::FailedAt(vec!["1".into()]));
    assert_eq!(shard.next(Duration::ZERO), Next::Fetch);
}

#[test]
fn what_is_too_old_is_given_up_and_the_rest_is_tried() {
    let policy = Policy {
        age: Some(Duration::from_secs(7)),
        ..NOTHING
    };
    let mut function = Function::new(&[]);
    let given_up = run(policy, &mut function, 5);
    assert_eq!(given_up, [(vec![1, 2], Because::Age)]);
    assert_eq!(function.given, [vec![3, 4, 5]]);
}

#[test]
fn every_record_is_done_in_its_order_or_given_up() {
    for seed in 0..1_000 {
        let mut random = Rng::with_seed(seed);
        let policy = Policy {
            attempts: Some(random.u32(0..4)),
            age: random
                .bool()
                .then(|| Duration::from_secs(random.u64(0..20))),
            bisects: random.bool(),
            partial: random.bool(),
        };
        let count = random.u128(1..30);
        let poison: Vec<u128> = (0..random.usize(0..4))
            .map(|_| random.u128(1..30))
            .collect();
        let mut function = Function::new(&poison);
        function.says_at_which = random.bool();
        let given_up = run(policy, &mut function, count);
        let lost: BTreeSet<u128> = given_up
            .into_iter()
            .flat_map(|(records, _)| records)
            .collect();
        let done: BTreeSet<u128> = function.done.iter().copied().collect();
        let ignored = function.says_at_which && !policy.partial;
        for number in 1..=count {
            // A function that says at which it has failed, and is not listened to, loses them.
            let is_there = done.contains(&number) || lost.contains(&number) || ignored;
            assert!(is_there, "seed {seed}: {number}");
        }
        let mut first = BTreeSet::new();
        let new = function.done.iter().filter(|number| first.insert(**number));
        assert!(new.is_sorted(), "seed {seed}");
    }
}
