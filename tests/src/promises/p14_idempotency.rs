//! P14: a request repeated with its idempotency key gets the same answer, and nothing happens twice.

use std::sync::Barrier;
use std::thread;

use serde_json::{Value, json};

use super::behind::settled;
use super::rung::Rung;
use super::shop::{Shop, expect, expect_problem, fresh_species, id_of, percent_encoded, pet};
use super::wire::Answer;
use super::{Check, Stop, p14_elsewhere, p14_unanswered};

const AT_ONCE: usize = 10;

/// A request with a key of its own.
pub(super) struct Request {
    pub target: String,
    pub body: Value,
    pub key: String,
    /// What it is due.
    pub status: u16,
    /// The pets that it is about.
    pub pets: Vec<String>,
    /// The species of a pet that it brings, which nobody else has.
    pub species: Option<String>,
}

impl Request {
    pub fn send(&self, shop: &Shop) -> Check<Answer> {
        shop.post_with_key(&self.target, &self.body, &self.key)
    }
}

/// A request that was made, and the answer that it must get for ever.
pub(super) struct Made {
    pub target: String,
    pub body: Value,
    pub key: String,
    pub answer: Answer,
}

impl Made {
    /// The pets of its answer.
    pub fn pets(&self) -> Vec<Value> {
        let told = self.answer.json();
        told["pets"].as_array().cloned().unwrap_or(vec![told])
    }
}

pub fn ask(shop: &Shop) -> Check {
    let made = make(shop)?;
    repeat(shop, &made, "")?;
    in_turn(shop)?;
    at_once(shop)?;
    Ok(vec!["Requests were repeated with their keys, in turn and at once: the same answers, and nothing happened twice.".to_owned()])
}

/// As [`ask`], and again after a kill and a restart, and after kills in the middle of a request.
pub fn ask_rung(rung: &Rung, shop: &Shop) -> Check {
    let machine = rung.machine()?;
    let mut running = machine.start()?;
    let before = shop.moved_to(running.url())?;
    let mut lines = ask(&before)?;
    let made = make(&before)?;
    running.kill();
    let running = machine.start_again()?;
    repeat(&shop.moved_to(running.url())?, &made, "After a restart: ")?;
    lines.push("After a restart a repeated request still got its first answer.".to_owned());
    lines.extend(match rung.database {
        None => p14_unanswered::ask(rung, shop)?,
        Some(_) => p14_elsewhere::ask(rung, shop)?,
    });
    Ok(lines)
}

/// Each kind of write once, with a key of its own.
pub(super) fn make(shop: &Shop) -> Check<Vec<Made>> {
    let made = requests(shop)?.into_iter().map(|request| {
        let what = format!("POST {}", request.target);
        let answer = expect(request.send(shop)?, request.status, &what)?;
        Ok(Made {
            target: request.target,
            body: request.body,
            key: request.key,
            answer,
        })
    });
    made.collect()
}

/// Each kind of write, ready to be sent.
pub(super) fn requests(shop: &Shop) -> Check<Vec<Request>> {
    let ids = [(); 3].map(|()| shop.take_in_a("dog"));
    let [one, two, three] = ids;
    let (one, two, three) = (one?, two?, three?);
    expect(shop.adopt(&three, "Ada")?, 200, "an adoption")?;
    let species = fresh_species("keyed");
    let about = |target: String, body: Value, pet: String| Request {
        target,
        body,
        key: fresh_key(),
        status: 200,
        pets: vec![pet],
        species: None,
    };
    let ada = json!({ "customer": "Ada" });
    let several = json!({ "pets": [two], "customer": "Ada" });
    let reason = json!({ "reason": "He barks" });
    Ok(vec![
        Request {
            target: "/pets".to_owned(),
            body: pet("Rex", &species),
            key: fresh_key(),
            status: 201,
            pets: Vec::new(),
            species: Some(species),
        },
        about(format!("/pets/{one}/adoption"), ada, one),
        about("/adoptions".to_owned(), several, two),
        about(format!("/pets/{three}/return"), reason, three),
    ])
}

fn repeat(shop: &Shop, made: &[Made], when: &str) -> Check<()> {
    for Made {
        target,
        body,
        key,
        answer,
    } in made
    {
        let again = shop.post_with_key(target, body, key)?;
        if again.status != answer.status || again.json() != answer.json() {
            return Err(Stop::broken(format!(
                "{when}POST {target} was repeated with its key. The first answer was {}, the second {}{}.",
                answer.status,
                again.status,
                if again.status == answer.status {
                    " with another body"
                } else {
                    ""
                }
            )));
        }
        if again.field("location") != answer.field("location") {
            return Err(Stop::broken(format!(
                "{when}POST {target} was repeated with its key, and its Location changed."
            )));
        }
    }
    Ok(())
}

/// A pet that is taken in twice with one key is there once; another body with that key is refused.
fn in_turn(shop: &Shop) -> Check<()> {
    let (species, key) = (fresh_species("once"), fresh_key());
    for _ in 0..3 {
        expect(
            shop.post_with_key("/pets", &pet("Rex", &species), &key)?,
            201,
            "POST /pets with a key",
        )?;
    }
    is_there_once(shop, &species, "taken in three times with one key")?;
    let other = shop.post_with_key("/pets", &pet("Max", &species), &key)?;
    let asked = "POST /pets with a used key and another body";
    expect_problem(other, 422, "idempotency-key-reused", asked)?;
    is_there_once(shop, &species, "refused with a used key")?;
    // Another key is another request.
    let another = shop.post_with_key("/pets", &pet("Rex", &species), &fresh_key())?;
    expect(another, 201, "the same request with another key")?;
    if listed(shop, &species, 2)? == 2 {
        return Ok(());
    }
    Err(Stop::broken(
        "The same request with another key did not happen.",
    ))
}

/// Of many at once with one key, each gets the one answer or is told to wait.
fn at_once(shop: &Shop) -> Check<()> {
    let (species, key) = (fresh_species("at once"), fresh_key());
    let start = Barrier::new(AT_ONCE);
    let answers: Vec<Answer> = thread::scope(|scope| {
        let asking = [(); AT_ONCE].map(|()| {
            scope.spawn(|| {
                start.wait();
                shop.post_with_key("/pets", &pet("Rex", &species), &key)
            })
        });
        asking
            .into_iter()
            .map(|asked| asked.join().expect("nobody panics"))
            .collect::<Check<_>>()
    })?;
    let mut ids = Vec::new();
    for answer in answers {
        if answer.status == 409 {
            expect_problem(
                answer,
                409,
                "idempotency-key-in-flight",
                "one of several at once",
            )?;
        } else {
            ids.push(id_of(
                &expect(answer, 201, "one of several at once")?.json(),
            )?);
        }
    }
    ids.dedup();
    if ids.len() != 1 {
        return Err(Stop::broken(format!(
            "{AT_ONCE} requests with one key at once were told of {} pets.",
            ids.len()
        )));
    }
    is_there_once(shop, &species, "taken in by several at once with one key")
}

fn is_there_once(shop: &Shop, species: &str, how: &str) -> Check<()> {
    match listed(shop, species, 1)? {
        1 => Ok(()),
        times => Err(Stop::broken(format!(
            "A pet that was {how} is there {times} times."
        ))),
    }
}

/// How many pets of this species a list has, once there are as many as are due.
fn listed(shop: &Shop, species: &str, due: usize) -> Check<usize> {
    let query = format!("species={}", percent_encoded(species));
    settled(|listed| *listed == due, || Ok(shop.list(&query, 20)?.len()))
}

pub(super) fn fresh_key() -> String {
    std::iter::repeat_with(fastrand::alphanumeric)
        .take(20)
        .collect()
}
