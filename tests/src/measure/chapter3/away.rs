//! How long a customer waits for an answer while the database is away.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use book::measured::{Cell, Column, Measured, Table};
use rustix::process::Signal;
use ureq::Agent;

use super::Programs;
use crate::measure::open::Open;
use crate::measure::rounds::Rounds;

/// Requests of each kind, one after the other.
const ASKED: usize = 10;
/// No longer than this is waited for an answer, or for the shop's recovery.
const PATIENCE: Duration = Duration::from_secs(30);

/// Takes the database away, and asks. Fills the table `away`.
pub fn answers(programs: &Programs, file: &mut Measured) -> Result<()> {
    let open = Open::new(&programs.shops, &programs.chapter3(true))?;
    let at = &open.shop.at;
    programs.shops.take_in(at, 1)?;
    let pet = programs.shops.ids(at)?.remove(0);
    let customer = Customer::of(at, &pet);
    let database = open.database.as_ref().expect("chapter 3 has one");
    eprintln!("the database hangs");
    database.process.signal(Signal::STOP)?;
    let hangs = customer.asks_in_vain();
    database.process.signal(Signal::CONT)?;
    let hangs = hangs?;
    customer.is_served_again()?;
    eprintln!("the database is killed");
    database.process.signal(Signal::KILL)?;
    let killed = customer.asks_in_vain()?;
    let again = database.again(&open.file())?;
    let recovered = customer.is_served_again()?;
    drop(again);
    file.put(
        "recovered_ms",
        recovered.as_secs_f64() * 1e3,
        "ms",
        "from the database’s listening again to the first pet that the shop shows",
    );
    let mut rows = Vec::new();
    for (key, words, seen) in [("killed", "is killed", killed), ("hangs", "hangs", hangs)] {
        for (verb, what, rounds) in [
            ("read", "a pet", &seen.0),
            ("write", "an adoption", &seen.1),
        ] {
            file.put(
                &format!("away_{key}_{verb}_ms"),
                rounds.most(),
                "ms",
                &format!("the longest of {ASKED} waits for 503 when the database {words}, {what}"),
            );
            rows.push(vec![
                Cell::Words(words.to_owned()),
                Cell::Words(what.to_owned()),
                Cell::Number(rounds.median()),
                Cell::Number(rounds.most()),
            ]);
        }
    }
    let columns = [
        ("The database", ""),
        ("Asked for", ""),
        ("503 after", "ms"),
        ("At most", "ms"),
    ];
    file.tables.insert("away".to_owned(), Table {
        what: "How long a customer waits for an answer while the database is away".to_owned(),
        columns: columns.map(|(name, unit)| Column { name: name.to_owned(), unit: unit.to_owned() }).to_vec(),
        rows,
        note: format!(
            "{ASKED} requests of each kind, one after the other. Where nobody listens any more, the system says so at once. A database that hangs \
             (SIGSTOP) says nothing, and the shop has to give up by itself."
        ),
    });
    Ok(())
}

/// Somebody who looks at one pet, or wants to adopt it.
struct Customer {
    pet: String,
    agent: Agent,
}

impl Customer {
    fn of(at: &str, pet: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(PATIENCE));
        Self {
            pet: format!("http://{at}/pets/{pet}"),
            agent: config.build().new_agent(),
        }
    }

    fn look(&self) -> Result<u16> {
        Ok(self.agent.get(&self.pet).call()?.status().as_u16())
    }

    fn adopt(&self) -> Result<u16> {
        let adoption = self.agent.post(format!("{}/adoption", self.pet));
        let adoption = adoption.header("Content-Type", "application/json");
        Ok(adoption.send(r#"{"customer":"Ada"}"#)?.status().as_u16())
    }

    /// How long it takes until it is told that the pet, and the adoption, cannot be had now: in milliseconds.
    fn asks_in_vain(&self) -> Result<(Rounds, Rounds)> {
        let ask = |question: &dyn Fn() -> Result<u16>| {
            let mut waits = Rounds::default();
            for _ in 0..ASKED {
                let begin = Instant::now();
                let status = question()?;
                waits.add(begin.elapsed().as_secs_f64() * 1e3);
                ensure!(
                    status == 503,
                    "{status} was answered while the database was away, and not 503"
                );
            }
            Ok(waits)
        };
        Ok((ask(&|| self.look())?, ask(&|| self.adopt())?))
    }

    /// How long it takes until it sees the pet.
    fn is_served_again(&self) -> Result<Duration> {
        let begin = Instant::now();
        while self.look()? != 200 {
            ensure!(
                begin.elapsed() < PATIENCE,
                "the shop does not recover in {PATIENCE:?}"
            );
            thread::sleep(Duration::from_millis(1));
        }
        Ok(begin.elapsed())
    }
}
