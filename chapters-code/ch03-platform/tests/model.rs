//! Two instances with one table behave as one shop in memory does: that of chapter 1.

mod desk;

use anyhow::{Result, ensure};
use ch01_bare_server::pets::{Customer, Pet, PetId};
use ch01_bare_server::shop::{Command, Entry, Fact, Filter, Shop};
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::{Order, Tell};
use ch03_platform::items;
use ch03_platform::store::{Store, after};
use desk::{open, order, page, take_in};
use fastrand::Rng;

const SPECIES: [&str; 3] = ["lovebird", "tortoise", "guinea pig"];

/// Chapter 1's shop, and how the pets that it numbers are named in the table.
#[derive(Default)]
struct Model {
    shop: Shop,
    names: Vec<PetId>,
}

impl Model {
    fn execute(&mut self, command: Command, tell: Tell) -> Result<Answer> {
        let fact = match self.shop.decide(command) {
            Ok(fact) => fact,
            Err(refusal) => return Ok(refusal.into()),
        };
        let id = match &fact {
            Fact::TakenIn { pet, .. } => pet.clone(),
            _ => PetId(String::new()),
        };
        let now = after(&self.shop, fact.clone(), &id);
        self.shop.record(Entry { at: 0, fact })?;
        Ok(tell(&now))
    }

    /// The name in the table of the pet with this number.
    fn name(&self, id: &PetId) -> PetId {
        let number = id.0.parse::<usize>().ok();
        let name = number.and_then(|number| self.names.get(number - 1));
        name.unwrap_or(id).clone()
    }

    /// What was said, with numbers for the names.
    fn numbered(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, number) in self.names.iter().zip(1..) {
            text = text.replace(&name.0, &format!("{number}"));
        }
        text
    }
}

/// What somebody might want, in chapter 1's numbers. Not all of them are there.
fn wish(random: &mut Rng, pets: usize, number: usize) -> (Command, Tell) {
    let some = |random: &mut Rng| PetId(random.usize(1..pets + 3).to_string());
    match random.u8(0..10) {
        0..3 => {
            let species = SPECIES[random.usize(0..3)];
            (
                take_in(&format!("pet {number}"), species).command,
                Answer::taken_in,
            )
        }
        3..8 => {
            let mut pets: Vec<PetId> = vec![];
            for _ in 0..random.usize(1..4) {
                let pet = some(random);
                if !pets.contains(&pet) {
                    pets.push(pet);
                }
            }
            let customer = Customer(format!("customer {number}"));
            (Command::Adopt { pets, customer }, Answer::several)
        }
        _ => {
            let reason = "sings at four".into();
            (
                Command::Return {
                    pet: some(random),
                    reason,
                },
                Answer::one,
            )
        }
    }
}

/// The same wish in the names of the table.
fn translated(model: &Model, command: &Command) -> Command {
    match command.clone() {
        Command::Adopt { pets, customer } => Command::Adopt {
            pets: pets.iter().map(|id| model.name(id)).collect(),
            customer,
        },
        Command::Return { pet, reason } => Command::Return {
            pet: model.name(&pet),
            reason,
        },
        take_in @ Command::TakeIn(_) => take_in,
    }
}

async fn assert_same_list(model: &Model, store: &Store, random: &mut Rng) -> Result<()> {
    let mut filter = Filter {
        status: random
            .choice([None, Some("available"), Some("adopted")])
            .flatten(),
        species: random.bool().then(|| SPECIES[random.usize(0..3)].into()),
        limit: random.usize(1..30),
        after: random.choice(&model.names).cloned(),
    };
    let (pets, next) = page(store, &filter).await?;
    let number = |id: &PetId| PetId(model.numbered(&id.0));
    filter.after = filter.after.as_ref().map(number);
    let (expected, more) = model.shop.list(&filter)?;
    let pets = pets.into_iter().map(|pet| Pet {
        id: number(&pet.id),
        ..pet
    });
    let expected: Vec<Pet> = expected.into_iter().cloned().collect();
    assert_eq!(pets.collect::<Vec<_>>(), expected, "{filter:?}");
    assert_eq!(next.is_some(), more, "{filter:?}");
    Ok(())
}

#[tokio::test]
async fn two_instances_are_one_shop() -> Result<()> {
    let (local, one) = open().await?;
    let instances = [one, desk::store(&local.url()).await?];
    let mut model = Model::default();
    let seed = fastrand::u64(..);
    let mut random = Rng::with_seed(seed);
    for number in 0..400 {
        let store = &instances[number % 2];
        let (command, tell) = wish(&mut random, model.names.len(), number);
        let order: Order = order(translated(&model, &command), tell);
        let answer = store.execute(&order).await?;
        let expected = model.execute(command, tell)?;
        if answer.status == 201 {
            model.names.push(desk::named_in(&answer)?);
        }
        let location = answer.location.as_ref().map(|path| model.numbered(path));
        let body = model.numbered(&answer.body);
        let said = Answer {
            location,
            body,
            ..answer
        };
        ensure!(
            said == expected,
            "seed {seed}, {order:?}: {said:?}, not {expected:?}"
        );
        assert_same_list(&model, &instances[(number + 1) % 2], &mut random).await?;
    }
    assert!(model.names.iter().all(items::is_id));
    Ok(())
}
