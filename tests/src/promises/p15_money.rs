//! P15: money is conserved, and every checkout ends. Customers pay for pets that others want as well, at a provider that is slow, wrong or
//! away, in a shop that is killed again and again. In the end each checkout is an adoption that is paid for, or neither.

mod customers;
mod verdict;

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};

use self::customers::{Begun, CARDS, Customer, RICH};
use self::verdict::{Checkout, Pet, Seen};
use super::money::Provider;
use super::rung::{Machine, Rung, Running, Till};
use super::shop::{Shop, expect, fresh_species, id_of};
use super::{Check, Stop, p13_p15_absent};

/// The moments of the kills follow from it, and who wants what.
const SEED: u64 = 15;

/// How often the shop is killed.
const KILLS: u32 = 10;

/// Customers who are there at once.
const CUSTOMERS: usize = 3;

/// Checkouts that each of them begins in a life, if it is long enough.
const EACH: usize = 4;

/// Pets: fewer than checkouts.
const PETS: u32 = 20;

/// Of those, how many nobody wants before the evening.
const FOR_THE_EVENING: u32 = 4;

/// Seconds that a checkout may take here.
const LASTS: u64 = 3;

/// How long they may take to go on.
const PATIENCE: Duration = Duration::from_mins(2);

/// Where nobody hears what the provider tells.
const NOWHERE: &str = "http://127.0.0.1:9/";

/// How long it takes before somebody looks once more.
const PAUSE: Duration = Duration::from_millis(200);

pub fn ask(rung: &Rung, shop: &Shop) -> Check {
    let Some(till) = &rung.till else {
        return p13_p15_absent::money(rung);
    };
    let provider = Provider::of(rung, till)?;
    for (card, amount) in CARDS {
        provider.give(card, amount)?;
    }
    let machine = rung.machine()?;
    let day = Day {
        till,
        machine: &machine,
        shop,
        provider: &provider,
    };
    let (begun, running) = day.live()?;
    let seen = day.look(&begun, &running)?;
    seen.verdict()
}

/// A day of a shop, and its provider.
struct Day<'a> {
    till: &'a Till,
    machine: &'a Machine<'a>,
    shop: &'a Shop,
    provider: &'a Provider,
}

impl Day<'_> {
    /// Lets the shop live and die, until all that was begun has ended.
    fn live(&self) -> Check<(Vec<Begun>, Running)> {
        let mut random = fastrand::Rng::with_seed(SEED);
        let (mut running, mut shop) = self.start()?;
        let pets = (0..PETS).map(|number| take_in(&shop, number));
        let pets: Vec<String> = pets.collect::<Check<_>>()?;
        let (in_the_evening, by_day) = pets.split_at(FOR_THE_EVENING as usize);
        let mut begun = vec![];
        for life in 0..KILLS {
            self.provider.behave(&mood(life))?;
            if hears(life) {
                self.hear(&running)?;
            }
            let after = self.machine.kill_within().mul_f64(random.f64());
            // Whoever was not answered in an earlier life asks again.
            let unanswered = begun.extract_if(.., |begun: &mut Begun| begun.id.is_none());
            let mut unanswered: Vec<Begun> = unanswered.collect();
            let shares = (0..CUSTOMERS).map(|number| {
                let share = unanswered.len().div_ceil(CUSTOMERS - number);
                let name = format!("{life}-{number}");
                Customer::new(
                    name,
                    random.u64(..),
                    by_day,
                    unanswered.split_off(unanswered.len() - share),
                )
            });
            let customers: Vec<Customer> = shares.collect();
            let told = thread::scope(|scope| {
                let living = &shop;
                let busy = customers.into_iter();
                let busy = busy.map(|customer| scope.spawn(move || customer.live(living, EACH)));
                let busy: Vec<_> = busy.collect();
                thread::sleep(after);
                running.kill();
                let told = busy.into_iter();
                told.map(|busy| busy.join().expect("no customer panics"))
                    .collect::<Check<Vec<_>>>()
            })?;
            begun.extend(told.into_iter().flatten());
            (running, shop) = self.start()?;
        }
        // Whoever was not answered asks again.
        for checkout in &mut begun {
            answered(checkout, &shop)?;
        }
        begun.extend(self.evening(&shop, in_the_evening)?);
        self.provider.behave(&json!({}))?;
        self.hear(&running)?;
        self.sweep(&shop, &begun, |told| told["status"] == "open")?;
        Ok((begun, running))
    }

    /// Cards are charged, and the shop does not hear of it until the time is over.
    fn evening(&self, shop: &Shop, pets: &[String]) -> Check<Vec<Begun>> {
        self.provider.behave(&json!({ "fails": "after" }))?;
        self.provider.tell(NOWHERE)?;
        let customers = pets.iter().enumerate();
        let begun =
            customers.map(|(number, pet)| Begun::new(format!("evening-{number}"), pet, RICH));
        let mut begun: Vec<Begun> = begun.collect();
        for checkout in &mut begun {
            answered(checkout, shop)?;
        }
        self.sweep(shop, &begun, |told| {
            told["reason"].is_null() && told["status"] == "open"
        })?;
        Ok(begun)
    }

    /// Lets the shop hear what the provider tells of its own accord.
    fn hear(&self, running: &Running) -> Check<()> {
        let notices = format!("{}{}", running.url(), self.till.notices);
        Ok(self.provider.tell(&notices)?)
    }

    /// What its programs are told of the provider.
    fn told(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            (self.till.address.clone(), self.provider.url().to_owned()),
            (self.till.seconds.clone(), LASTS.to_string()),
        ])
    }

    fn start(&self) -> Check<(Running, Shop)> {
        let running = self
            .machine
            .start_told(&self.told())
            .map_err(|error| Stop::broken(format!("The shop did not start: {error:#}.")))?;
        let shop = self.shop.moved_to(running.url())?;
        Ok((running, shop))
    }

    /// Looks after all checkouts, as a schedule would, until none is so any more.
    fn sweep(&self, shop: &Shop, begun: &[Begun], is_so: impl Fn(&Value) -> bool) -> Check<()> {
        let since = Instant::now();
        for id in begun.iter().filter_map(|checkout| checkout.id.as_ref()) {
            loop {
                let told = show(shop, id)?;
                if !is_so(&told) {
                    break;
                }
                if since.elapsed() > PATIENCE {
                    return Err(Stop::broken(format!(
                        "For {} s a checkout has not gone on: {told}.",
                        PATIENCE.as_secs()
                    )));
                }
                thread::sleep(PAUSE);
                self.machine.run_told(&self.till.sweep, &self.told())?;
            }
        }
        Ok(())
    }

    /// How all of it has ended.
    fn look(&self, begun: &[Begun], running: &Running) -> Check<Seen> {
        let shop = self.shop.moved_to(running.url())?;
        let ids = begun.iter().filter_map(|checkout| {
            let id = checkout.id.clone()?;
            Some((checkout, id))
        });
        let mut checkouts = vec![];
        for (begun, id) in ids {
            let told = show(&shop, &id)?;
            checkouts.push(Checkout {
                pet: begun.pet.clone(),
                customer: begun.customer.clone(),
                price: amount(&told)?,
                status: text(&told, "status")?,
                payment: text(&told, "payment")?,
                charged: self.provider.charged(&id)?,
            });
        }
        let mut pets = vec![];
        for id in begun.iter().map(|checkout| &checkout.pet) {
            let told = expect(shop.get(&format!("/pets/{id}"))?, 200, "GET of a pet")?.json();
            let home = told["customer"].as_str().map(str::to_owned);
            pets.push(Pet {
                id: id.clone(),
                home,
            });
        }
        pets.sort();
        pets.dedup();
        let shop = self.provider.of_the_shop()?;
        let kills = KILLS;
        Ok(Seen {
            kills,
            checkouts,
            pets,
            shop,
        })
    }
}

/// Asks until there is an answer, of a shop that nobody kills.
fn answered(checkout: &mut Begun, shop: &Shop) -> Check<()> {
    let since = Instant::now();
    while !checkout.ask(shop)? {
        if since.elapsed() > PATIENCE {
            let seconds = PATIENCE.as_secs();
            return Err(Stop::broken(format!(
                "For {seconds} s nobody answered who wanted to begin a checkout."
            )));
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// A pet whose price is no sum of others' prices.
fn take_in(shop: &Shop, number: u32) -> Check<String> {
    let price = json!({ "amount": 100 << number, "currency": "EUR" });
    let pet =
        json!({ "name": "Gustav", "species": fresh_species("paid"), "born": 1923, "price": price });
    id_of(&shop.take_in(&pet)?)
}

fn show(shop: &Shop, id: &str) -> Check<Value> {
    let target = format!("/checkouts/{id}");
    Ok(expect(shop.get(&target)?, 200, "GET of a checkout")?.json())
}

fn amount(told: &Value) -> anyhow::Result<i64> {
    let amount = told["price"]["amount"].as_i64();
    amount.with_context(|| format!("a checkout without a price: {told}"))
}

fn text(told: &Value, name: &str) -> anyhow::Result<String> {
    let text = told[name].as_str().map(str::to_owned);
    text.with_context(|| format!("a checkout without {name}: {told}"))
}

/// Whether the shop hears in this life what the provider tells of its own accord.
fn hears(life: u32) -> bool {
    life % 5 > 1
}

/// How the provider is in this life. It tells everything twice.
fn mood(life: u32) -> Value {
    match life % 5 {
        // It charges cards, and says that it has failed.
        0 => json!({ "fails": "after", "again": 1 }),
        1 => json!({ "slow_ms": 300, "again": 1 }),
        2 => json!({ "fails": "before", "times": 3, "again": 1 }),
        3 => json!({ "fails": "away", "times": 2, "again": 1 }),
        _ => json!({ "again": 1 }),
    }
}
