//! P8: two instances are one shop.

use serde_json::Value;

use super::behind::settled;
use super::rung::Rung;
use super::shop::{Shop, expect, fresh_species, percent_encoded};
use super::{Check, Stop};

const PETS: usize = 10;

pub fn ask(rung: &Rung, shop: &Shop) -> Check {
    let (machine, other_machine) = (rung.machine()?, rung.machine()?);
    let running = machine.start()?;
    let other_running = machine.start_second(&other_machine)?;
    let (one, other) = (
        shop.moved_to(running.url())?,
        shop.moved_to(other_running.url())?,
    );

    let species = fresh_species("twin");
    let mut sold_twice = 0;
    for number in 0..PETS {
        let (here, there) = if number % 2 == 0 {
            (&one, &other)
        } else {
            (&other, &one)
        };
        let id = here.take_in_a(&species)?;
        let elsewhere = there.get(&format!("/pets/{id}"))?;
        if elsewhere.status != 200 {
            return Err(Stop::broken(format!(
                "A pet that was taken in at one instance was answered {} at the other.",
                elsewhere.status
            )));
        }
        if elsewhere.json()["species"] != species {
            return Err(Stop::broken(
                "At the other instance the same id is another pet.",
            ));
        }
        expect(here.adopt(&id, "Ada")?, 200, "an adoption")?;
        if there.adopt(&id, "Bo")?.status == 200 {
            sold_twice += 1;
        }
    }
    if sold_twice > 0 {
        return Err(Stop::broken(format!(
            "{sold_twice} of {PETS} pets were adopted at one instance and then again at the other."
        )));
    }
    for shop in [&one, &other] {
        let are_due = |pets: &Vec<Value>| {
            pets.len() == PETS && pets.iter().all(|pet| pet["customer"] == "Ada")
        };
        let query = format!("species={}", percent_encoded(&species));
        if !are_due(&settled(are_due, || shop.list(&query, 3))?) {
            return Err(Stop::broken("The two instances list different pets."));
        }
    }
    Ok(vec![format!(
        "{PETS} pets were taken in at one of two instances, seen at the other, and adopted once over both."
    )])
}
