//! What the functions of the counter take of the table for each thing that somebody may want.

use std::cell::Cell;
use std::ops::AddAssign;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::lambda::CHAPTER_6;
use crate::measure::chapter5::function::{Function, request};
use crate::measure::meter::{Call, Meter};

/// The key of the staff, and its SHA-256. It is one of this machine's only.
const STAFF: (&str, &str) = (
    "Bearer tulips",
    "270fd076df620dfc6234c4b2bae509d432be5c662b5ba77f10c856eecf894533",
);

/// How often it is counted once more.
const TRIES: usize = 5;

/// Of a page of chapter 5, which may end before it has found anything.
const MOST_PAGES: usize = 1_000;

/// What somebody may want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// To look at one pet.
    Pet,
    /// A page of the list.
    List,
    /// A page of the pets that wait.
    Waiting,
    /// The tortoise, of which there is one: pages, until it is on one.
    Search,
    /// To give a pet away.
    TakeIn,
    /// To adopt it.
    Adoption,
    /// To adopt it, with an idempotency key.
    KeyedAdoption,
    /// The same again, with the same key.
    Again,
    /// A pet that somebody else has adopted.
    TooLate,
    /// Two pets, or none.
    Two,
    /// To bring it back.
    GivenBack,
}

impl Want {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Pet,
        Self::List,
        Self::Waiting,
        Self::Search,
        Self::TakeIn,
        Self::Adoption,
        Self::KeyedAdoption,
        Self::Again,
        Self::TooLate,
        Self::Two,
        Self::GivenBack,
    ];

    /// What its figures are called.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Pet => "pet",
            Self::List => "list",
            Self::Waiting => "waiting",
            Self::Search => "search",
            Self::TakeIn => "take_in",
            Self::Adoption => "adoption",
            Self::KeyedAdoption => "keyed_adoption",
            Self::Again => "again",
            Self::TooLate => "too_late",
            Self::Two => "two",
            Self::GivenBack => "given_back",
        }
    }

    /// What it is.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Pet => "a pet",
            Self::List => "a page of the list",
            Self::Waiting => "a page of the pets that wait",
            Self::Search => "the only tortoise among them",
            Self::TakeIn => "a pet is taken in",
            Self::Adoption => "an adoption",
            Self::KeyedAdoption => "an adoption with an Idempotency-Key",
            Self::Again => "the same, sent again",
            Self::TooLate => "an adoption that comes too late",
            Self::Two => "two adopted together",
            Self::GivenBack => "a pet is given back",
        }
    }
}

/// What something took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Taken {
    /// Requests of the customer.
    pub requests: f64,
    /// Read request units, of the table and of its indexes.
    pub reads: f64,
    /// Write request units of the table.
    pub writes: f64,
    /// Write request units of its indexes.
    pub index_writes: f64,
}

impl AddAssign<&Call> for Taken {
    fn add_assign(&mut self, call: &Call) {
        let units = call.units.unwrap_or_default();
        if call.reads() {
            self.reads += units;
        } else {
            self.writes += units - call.of_indexes;
            self.index_writes += call.of_indexes;
        }
    }
}

/// The functions of one chapter at the counter of a shop, each started for one event, and a meter between them and the table.
#[derive(Debug)]
pub struct Counter<'a> {
    program: &'a Path,
    meter: Meter,
    requests: Cell<u128>,
}

impl<'a> Counter<'a> {
    /// The functions of this program, for the shop in the database at `127.0.0.1:PORT`.
    ///
    /// # Errors
    ///
    /// When there is no port for the meter.
    pub fn new(program: &'a Path, database: &str) -> Result<Self> {
        let meter = Meter::with_indexes(database)?;
        Ok(Self {
            program,
            meter,
            requests: Cell::default(),
        })
    }

    /// Takes in some dogs and, last, a tortoise.
    ///
    /// # Errors
    ///
    /// When one is not taken in.
    pub fn stock(&self, dogs: usize) -> Result<()> {
        for _ in 0..dogs {
            self.takes_in("dog")?;
        }
        self.takes_in("tortoise").map(drop)
    }

    /// What each of [`Want::ALL`] takes, in their order. There is a tortoise in the shop that waits, and only one.
    ///
    /// A call that is answered too late is made again, and both are counted. Hence it is counted until it was twice the same.
    ///
    /// # Errors
    ///
    /// When something is answered otherwise than expected, or the machine is too slow.
    pub fn count(&self) -> Result<Vec<(Want, Taken)>> {
        twice(|| self.count_once())
    }

    /// What each of [`Want::ALL`] takes, as it was counted once. Four more dogs are in the shop after it.
    ///
    /// # Errors
    ///
    /// When something is answered otherwise than expected.
    pub fn count_once(&self) -> Result<Vec<(Want, Taken)>> {
        let (list, page) = self.page("")?;
        let first = page["pets"][0]["id"].as_str().context("an empty shop")?;
        let pet = self.asks("show", &request("GET", "/pets/{id}", first, None), 200)?;
        let (waiting, _) = self.page("status=available")?;
        let search = self.search()?;
        let (take_in, one) = self.takes_in("dog")?;
        let [(_, keyed), (_, two), (_, three)] = [
            self.takes_in("dog")?,
            self.takes_in("dog")?,
            self.takes_in("dog")?,
        ];
        let adoption = self.adopts(&one, None, 200)?;
        // Another one in each chapter.
        let key = Some(keyed.as_str());
        let keyed_adoption = self.adopts(&keyed, key, 200)?;
        let again = self.adopts(&keyed, key, 200)?;
        let too_late = self.adopts(&one, None, 409)?;
        let both = json!({ "pets": [two, three], "customer": "Ada" }).to_string();
        let both = request("POST", "/adoptions", "", Some(&both));
        let (both, _) = self.asks("adopt-several", &both, 200)?;
        let reason = json!({ "reason": "sings at four" }).to_string();
        let back = request("POST", "/pets/{id}/return", &one, Some(&reason));
        let (back, _) = self.asks("give-back", &of_the_staff(back), 200)?;
        let taken = [
            pet.0,
            list,
            waiting,
            search,
            take_in,
            adoption,
            keyed_adoption,
            again,
            too_late,
            both,
            back,
        ];
        Ok(Want::ALL.into_iter().zip(taken).collect())
    }

    /// Turns pages until the tortoise is on one.
    fn search(&self) -> Result<Taken> {
        let tortoises = "status=available&species=tortoise";
        let (mut all, mut query) = (Taken::default(), tortoises.to_owned());
        for _ in 0..MOST_PAGES {
            let (taken, page) = self.page(&query)?;
            all.requests += taken.requests;
            all.reads += taken.reads;
            if page["pets"][0]["species"] == "tortoise" {
                return Ok(all);
            }
            let next = page["next"].as_str().context("there is no tortoise")?;
            query = format!("{tortoises}&cursor={next}");
        }
        bail!("no tortoise on {MOST_PAGES} pages")
    }

    fn page(&self, query: &str) -> Result<(Taken, Value)> {
        let mut event = request("GET", "/pets", "", None);
        event["rawQueryString"] = query.into();
        self.asks("list", &event, 200)
    }

    /// What it takes, and the id of the pet.
    fn takes_in(&self, species: &str) -> Result<(Taken, String)> {
        let price = json!({ "amount": 12_000, "currency": "EUR" });
        let pet = json!({ "name": "Gustav", "species": species, "born": 1923, "price": price });
        let event = request("POST", "/pets", "", Some(&pet.to_string()));
        let (taken, pet) = self.asks("take-in", &of_the_staff(event), 201)?;
        let id = pet["id"].as_str().context("a pet without an id")?;
        Ok((taken, id.to_owned()))
    }

    fn adopts(&self, pet: &str, key: Option<&str>, status: u16) -> Result<Taken> {
        let customer = r#"{"customer":"Ada"}"#;
        let mut event = request("POST", "/pets/{id}/adoption", pet, Some(customer));
        if let Some(key) = key {
            event["headers"]["idempotency-key"] = key.into();
        }
        Ok(self.asks("adopt", &event, status)?.0)
    }

    /// What a function answers, and what that takes.
    fn asks(&self, function: &str, event: &Value, status: u16) -> Result<(Taken, Value)> {
        let url = format!("http://{}", self.meter.at);
        let mut asked = Function::new(self.program.to_owned(), function, &url);
        asked = asked.with("STAFF_KEY_SHA256", STAFF.1);
        // Chapter 5's do not look at it.
        for (name, text) in CHAPTER_6.environment {
            asked = asked.with(name, text);
        }
        // No two have the same name: chapter 7 would take them for one. It is as long as those that the gateway gives.
        self.requests.set(self.requests.get() + 1);
        let mut event = event.clone();
        event["requestContext"]["requestId"] = format!("{:036}", self.requests.get()).into();
        let answer = asked.first(&event)?.answer;
        ensure!(
            answer["statusCode"] == status,
            "{function} was to answer {status}: {answer}"
        );
        let mut taken = Taken {
            requests: 1.0,
            ..Taken::default()
        };
        for call in &self.meter.take() {
            // What it took would be told by nobody.
            ensure!(call.status == 200, "{function}: a call failed: {call:?}");
            taken += call;
        }
        let body = answer["body"].as_str().unwrap_or_default();
        Ok((taken, serde_json::from_str(body)?))
    }
}

/// Counts until it was twice the same.
///
/// # Errors
///
/// When it never is, or what `count` says.
pub fn twice(mut count: impl FnMut() -> Result<Vec<(Want, Taken)>>) -> Result<Vec<(Want, Taken)>> {
    let mut last = count()?;
    for _ in 0..TRIES {
        let counted = count()?;
        if counted == last {
            return Ok(counted);
        }
        last = counted;
    }
    bail!("calls were made again and again: the machine is too slow")
}

fn of_the_staff(mut event: Value) -> Value {
    event["headers"]["authorization"] = STAFF.0.into();
    event
}
