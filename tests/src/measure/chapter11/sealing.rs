//! What it takes of the tables that names are sealed. Each function is started for its one event, and nobody else is at work.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use book::measured::Measured;
use serde_json::{Value, json};

use super::{LAST_YEAR, NAMES, RELEASE};
use crate::infra::accepted;
use crate::measure::chapter4::table;
use crate::measure::chapter5::Programs;
use crate::measure::chapter5::function::{Function, request};
use crate::measure::chapter9::doorbell::{STAFF, bell};
use crate::measure::chapter9::{Taken, of_the_staff};
use crate::measure::chapter10::checkout;
use crate::measure::database::Database;
use crate::measure::meter::Meter;
use crate::measure::shops::PET;

/// Pets on the page that is looked at, each of which somebody else has.
const PAGE: usize = 20;

/// Functions of the shop, and what they take of the tables.
struct Counters<'a> {
    programs: &'a Programs,
    meter: Meter,
}

impl Counters<'_> {
    fn function(&self, program: &str, name: &str) -> Function {
        let url = format!("http://{}", self.meter.at);
        let function = Function::new(self.programs.shops.shop(program), name, &url);
        let told = [
            ("CHECKOUTS_TABLE", "checkouts"),
            ("CURSOR_KEY", NAMES),
            ("NAMES_KEY", NAMES),
            ("PEOPLE_TABLE", "people"),
            ("STAFF_KEY_SHA256", STAFF),
            ("VIEWS_TABLE", "views"),
        ];
        told.iter()
            .fold(function, |function, (name, text)| function.with(name, text))
    }

    /// What a function of the counter answers, with this status, and what that took.
    fn told(&self, program: &str, name: &str, event: &Value, due: u64) -> Result<(Value, Taken)> {
        drop(self.meter.take());
        let answer = self.function(program, name).first(event)?.answer;
        let taken = Taken::of(&self.meter.take());
        ensure!(answer["statusCode"] == due, "{program} {name}: {answer}");
        let body = answer["body"].as_str().unwrap_or("null");
        Ok((serde_json::from_str(body)?, taken))
    }

    /// A pet, which is not adopted yet.
    fn pet(&self) -> Result<String> {
        let event = of_the_staff("POST", "/pets", "", Some(PET));
        let (pet, _) = self.told("sealed-counter", "take-in", &event, 201)?;
        Ok(pet["id"]
            .as_str()
            .context("a pet without an id")?
            .to_owned())
    }

    fn adopted(&self, program: &str, pet: &str, customer: &str) -> Result<Taken> {
        let body = json!({ "customer": customer }).to_string();
        let event = request("POST", "/pets/{id}/adoption", pet, Some(&body));
        let (told, taken) = self.told(program, "adopt", &event, 200)?;
        ensure!(told["customer"] == customer, "{told}");
        Ok(taken)
    }

    fn shown(&self, program: &str, pet: &str) -> Result<(Value, Taken)> {
        let event = request("GET", "/pets/{id}", pet, None);
        self.told(program, "show", &event, 200)
    }

    /// Brings a commit of a pet into the views.
    fn heard(&self, pet: &str, commit: u64) -> Result<()> {
        let keeper = self.function("views-keeper", "views");
        let event = bell(&format!("pet#{pet}"), commit);
        keeper.first(&event).map(drop)
    }

    /// A page of those that are somebody's, on which these are.
    fn listed(&self, program: &str, due: usize) -> Result<Taken> {
        let mut event = request("GET", "/pets", "", None);
        event["rawQueryString"] = format!("status=adopted&limit={due}").into();
        let (told, taken) = self.told(program, "list", &event, 200)?;
        let listed = told["pets"].as_array().map(Vec::len);
        ensure!(listed == Some(due), "{told}");
        Ok(taken)
    }
}

/// Fills the tables `sealing` and `last_year`.
pub(super) fn takes(programs: &Programs, file: &mut Measured) -> Result<()> {
    eprintln!("what it takes that names are sealed");
    let shops = &programs.shops;
    let database = Database::start(&shops.shop("local"), None)?;
    database.release(&shops.shop(RELEASE))?;
    let meter = Meter::before(&database.process.at)?;
    let counters = Counters { programs, meter };
    let mut rows = vec![];
    let mut put = |key: &str, what: &str, taken: Taken| {
        checkout::put(key, &format!("for {what}"), taken, file);
        rows.push(checkout::row(what, taken));
    };
    let (open, pet) = (counters.pet()?, counters.pet()?);
    let taken = counters.adopted("checkout-counter", &open, "Ada")?;
    put("open_adoption", "an adoption in chapter 10", taken);
    let taken = counters.adopted("sealed-counter", &pet, "Ada")?;
    let what = "the same here, by somebody who has never been here";
    put("first_adoption", what, taken);
    let again = counters.pet()?;
    let taken = counters.adopted("sealed-counter", &again, "Ada")?;
    put("adoption", "and by somebody who has", taken);
    let (_, taken) = counters.shown("checkout-counter", &open)?;
    put(
        "open_show",
        "a look at a pet that somebody has, in chapter 10",
        taken,
    );
    let (told, taken) = counters.shown("sealed-counter", &pet)?;
    ensure!(told["customer"] == "Ada", "{told}");
    put("show", "the same here", taken);
    let mut pets = vec![open, pet, again];
    for number in pets.len()..PAGE {
        let pet = counters.pet()?;
        counters.adopted("sealed-counter", &pet, &format!("Customer {number}"))?;
        pets.push(pet);
    }
    for pet in &pets {
        counters.heard(pet, 2)?;
    }
    let what = format!("a page of the list with {PAGE} such pets, in chapter 9");
    put("open_list", &what, counters.listed("views-counter", PAGE)?);
    let taken = counters.listed("sealed-counter", PAGE)?;
    put("list", "the same here", taken);
    let mut forget = of_the_staff("DELETE", "/customers/{customer}", "", None);
    forget["pathParameters"] = json!({ "customer": "Ada" });
    let (_, taken) = counters.told("sealed-counter", "forget", &forget, 204)?;
    put("forget", "Ada is forgotten", taken);
    let (told, _) = counters.shown("sealed-counter", &pets[1])?;
    ensure!(told["customer"] == "(forgotten)", "{told}");
    let note = "Told by a DynamoDB on this machine, which counts as AWS’s does, by functions that have just been started. A page of the list opens each name that is on it once.";
    let columns = [
        ("What", ""),
        ("Requests", ""),
        ("Read", "units"),
        ("Written", "units"),
    ];
    let what = "What it takes of the tables that names are sealed";
    file.tables
        .insert("sealing".to_owned(), table(what, &columns, rows, note));
    last_year(&counters, file)
}

/// What the first look takes at a checkout whose state was written by another release.
fn last_year(counters: &Counters, file: &mut Measured) -> Result<()> {
    let url = format!("http://{}", counters.meter.at);
    let mut example = Command::new(counters.programs.shops.example(LAST_YEAR));
    let said = accepted(example.envs(local::environment(&url)))?;
    let checkout = said.split_whitespace().last().context("no checkout")?;
    let event = request("GET", "/checkouts/{id}", checkout, None);
    for (key, program, what) in [
        (
            "old_state_10",
            "checkout-counter",
            "that has written its state",
        ),
        (
            "old_state_11",
            "sealed-counter",
            "after it, which makes that of the events",
        ),
    ] {
        let (told, taken) = counters.told(program, "show-checkout", &event, 200)?;
        ensure!(told["status"] == "open", "{told}");
        let of = format!("to look at a checkout of two commits with the release {what}");
        let requests = format!("requests {of}");
        file.put(
            &format!("{key}_requests"),
            taken.requests,
            "requests",
            &requests,
        );
        let reads = format!("read request units {of}");
        let unit = "read request units";
        file.put(&format!("{key}_reads"), taken.reads, unit, &reads);
    }
    Ok(())
}
