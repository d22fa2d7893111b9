//! What the tests share: a database, an instance of the shop on it, and what customers
//! say.

#![allow(dead_code, reason = "each test uses some of it")]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::time::Duration;
use std::{env, io};

use anyhow::{Context, Result, anyhow, ensure};
use aws_config::timeout::TimeoutConfig;
use aws_config::{ConfigLoader, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_types::os_shim_internal::{Env, Fs};
use ch01_bare_server::pets::{Customer, Description, Money, Pet, PetId};
use ch01_bare_server::shop::{Command, Filter};
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::{Key, Order, Tell};
use ch03_platform::store::Store;
use ch03_platform::table;
use local::Local;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

/// The shop's own settings of the SDK, in the environment for the database at `url`
/// alone.
pub async fn hurried(url: &str) -> SdkConfig {
    let environment = local::environment(url);
    let environment = environment
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    within(&environment).load().await
}

/// The shop's own settings of the SDK, in this environment alone.
pub fn within(environment: &[(&str, &str)]) -> ConfigLoader {
    let config = table::config().env(Env::from_slice(environment));
    config.fs(Fs::from_slice(&[]))
}

/// The same, for a machine that has much to do besides.
pub async fn patient(url: &str) -> SdkConfig {
    let config = hurried(url).await.into_builder();
    config.timeout_config(TimeoutConfig::disabled()).build()
}

/// An instance of the shop that waits as long as it takes, with a table that is there.
pub async fn store(url: &str) -> Result<Store> {
    let client = Client::new(&patient(url).await);
    table::make(&client, "shop").await?;
    Ok(waiting(Store::new(client, "shop")))
}

/// The same instance, as patient as a test must be.
pub fn waiting(store: Store) -> Store {
    let patience = Duration::from_mins(2);
    Store { patience, ..store }
}

/// A database of its own, and an instance.
pub async fn open() -> Result<(Local, Store)> {
    let local = Local::in_memory()?;
    let store = store(&local.url()).await?;
    Ok((local, store))
}

/// An order without a key.
pub fn order(command: Command, tell: Tell) -> Order {
    Order {
        command,
        key: None,
        tell,
    }
}

/// The same order with a key. `body` is what was sent.
pub fn keyed(order: Order, name: &str, body: &str) -> Order {
    let key = Some(Key::new(name, "/pets", body.as_bytes()));
    Order { key, ..order }
}

/// Somebody brings a pet to the shop.
pub fn take_in(name: &str, species: &str) -> Order {
    let price = Money {
        amount: 4_500,
        currency: "EUR".into(),
    };
    let about = Description {
        name: name.into(),
        species: species.into(),
        born: 2024,
        price,
    };
    order(Command::TakeIn(about), Answer::taken_in)
}

/// A customer wants pets.
pub fn adopt(pets: &[&PetId], customer: &str) -> Order {
    let pets = pets.iter().map(|id| (*id).clone()).collect();
    let customer = Customer(customer.into());
    order(Command::Adopt { pets, customer }, Answer::several)
}

/// A customer brings a pet back.
pub fn give_back(pet: &PetId) -> Order {
    let (pet, reason) = (pet.clone(), "sings at four".into());
    order(Command::Return { pet, reason }, Answer::one)
}

/// All pets, `limit` at a time.
pub fn all(limit: usize) -> Filter {
    Filter {
        status: None,
        species: None,
        limit,
        after: None,
    }
}

/// A page of the list, and where the next one begins.
pub async fn page(store: &Store, filter: &Filter) -> Result<(Vec<Pet>, Option<PetId>)> {
    let page = store.list(filter).await?;
    page.map_err(|problem| anyhow!("{}", problem.detail))
}

/// Takes a pet in, and gives its name.
pub async fn pet(store: &Store, name: &str, species: &str) -> Result<PetId> {
    let answer = store.execute(&take_in(name, species)).await?;
    ensure!(answer.status == 201, "{answer:?}");
    named_in(&answer)
}

/// The name that a pet was given.
pub fn named_in(answer: &Answer) -> Result<PetId> {
    let path = answer
        .location
        .as_deref()
        .context("it says where the pet is")?;
    let id = path.strip_prefix("/pets/").context("it is a pet's path")?;
    Ok(PetId(id.to_owned()))
}

/// A database in a process of its own, so that it can be stopped and killed.
pub struct Database {
    child: Child,
    pub url: String,
}

impl Database {
    /// Serves `file` on `port`, where 0 takes any free one.
    pub fn start(file: &Path, port: u16) -> Result<Self> {
        let mut child = Process::new(env::current_exe()?)
            .args(["--ignored", "--exact", "serves_a_database", "--nocapture"])
            .env("DATABASE_FILE", file)
            .env("DATABASE_PORT", port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = BufReader::new(child.stdout.take().context("it has an output")?);
        let urls = output.lines().map_while(Result::ok);
        let mut urls = urls.filter_map(|line| Some(line.split_once("database at ")?.1.to_owned()));
        let url = urls.next().context("the database has not started")?;
        Ok(Self { child, url })
    }

    /// Where it listens.
    pub fn port(&self) -> Result<u16> {
        let port = self.url.rsplit(':').next().context("it has a port")?;
        Ok(port.parse()?)
    }

    /// Stops it in the middle of whatever it does. It still has its port, and answers
    /// nothing.
    pub fn stop(&self) -> Result<()> {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::STOP)?;
        let waited = waitpid(Some(pid), WaitOptions::UNTRACED)?;
        let has_stopped = waited.is_some_and(|(_, status)| status.stopped());
        ensure!(has_stopped, "the database has ended instead: {waited:?}");
        Ok(())
    }

    /// Lets it go on.
    pub fn go_on(&self) -> Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), Signal::CONT)?)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // SIGKILL ends a stopped process, too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What that process does: it serves until nobody holds its input any more. Where no
/// test has started it, there is nothing to serve.
pub fn serve_a_database() -> Result<()> {
    let Some(file) = env::var_os("DATABASE_FILE") else {
        return Ok(());
    };
    let port = env::var("DATABASE_PORT")?.parse()?;
    let local = Local::start(port, Some(Path::new(&file)))?;
    println!("database at {}", local.url());
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
