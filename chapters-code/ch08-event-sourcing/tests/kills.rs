//! Fifty customers who all want Gustav, over two processes, one of which is killed at every
//! moment that there is: whatever anybody was told is so.

#[path = "../../ch03-platform/tests/desk/mod.rs"]
mod desk;

#[allow(dead_code, reason = "its `main` is the example's")]
#[path = "../examples/customers.rs"]
mod customers;

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Command, Stdio};
use std::{env, iter};

use anyhow::{Context, Result, bail, ensure};
use aws_sdk_dynamodb::Client;
use ch08_event_sourcing::pet::{Event, Pets};
use event_store::{Dynamo, Settings, Store, StreamId};
use local::Local;

/// Customers of each of the two processes.
const EACH: usize = 25;

/// More moments than a process has that serves so many.
const MOST: usize = 1_000;

/// What became of one day.
#[derive(Debug, Default)]
struct Day {
    /// Whether the process was killed, or had done its work before.
    was_killed: bool,
    /// Somebody had adopted him, and was not told before the process died.
    had_and_was_not_told: bool,
}

#[tokio::test]
async fn whatever_dies_whenever_nobody_is_told_what_is_not_so() -> Result<()> {
    let local = Local::in_memory()?;
    let (mut killed, mut untold) = (0, 0);
    for moment in 1..MOST {
        let day = day(&local, moment).await;
        let day = day.with_context(|| format!("killed at moment {moment}"))?;
        if !day.was_killed {
            println!("{killed} kills, and {untold} times somebody had him and was not told");
            ensure!(killed > 10, "{killed} moments are too few");
            ensure!(
                untold > 0,
                "nobody had him and was not told: no kill has asked for anything"
            );
            return Ok(());
        }
        killed += 1;
        untold += usize::from(day.had_and_was_not_told);
    }
    bail!("the process has no end")
}

async fn day(local: &Local, moment: usize) -> Result<Day> {
    let table = format!("day-{moment}");
    let client = Client::new(&desk::patient(&local.url()).await);
    Dynamo::make(&client, &table).await?;
    let shop: Store<Pets, _> = Store::new(Dynamo::new(&client, &table), Settings::default());

    customers::take_in(&shop).await?;

    let start = |numbers: &[usize], dies_at| start(local, &table, numbers, dies_at);
    let numbers: Vec<usize> = (0..2 * EACH).collect();
    let mortal = start(&numbers[..EACH], Some(moment))?;
    let other = start(&numbers[EACH..], None)?;
    let mut told = BTreeMap::new();
    let was_killed = !hear(mortal, &mut told)?;
    ensure!(hear(other, &mut told)?, "the other process has died, too");
    let had_and_was_not_told = adoptions(&shop)
        .await?
        .iter()
        .any(|who| !told.contains_key(who));

    // Who has heard nothing asks again, with the same key.
    let without = numbers[..EACH].iter().copied();
    let without: Vec<usize> = without
        .filter(|number| !told.contains_key(&number.to_string()))
        .collect();
    let again = start(&without, None)?;
    ensure!(hear(again, &mut told)?, "the second process has died");
    check(&shop, &told).await?;
    Ok(Day {
        was_killed,
        had_and_was_not_told,
    })
}

/// What customers were told, and the stream, are one story.
async fn check(shop: &Store<Pets, Dynamo>, told: &BTreeMap<String, bool>) -> Result<()> {
    ensure!(told.len() == 2 * EACH, "{} were told something", told.len());
    let adoptions = adoptions(shop).await?;
    let once: BTreeSet<&String> = adoptions.iter().collect();
    ensure!(
        once.len() == adoptions.len(),
        "somebody adopted twice: {adoptions:?}"
    );
    let yes: BTreeSet<&String> = told
        .iter()
        .filter(|(_, yes)| **yes)
        .map(|(who, _)| who)
        .collect();
    ensure!(yes == once, "told yes: {yes:?}; have adopted: {once:?}");
    Ok(())
}

/// Who has adopted him, in order; and between two of them he was brought back.
async fn adoptions(shop: &Store<Pets, Dynamo>) -> Result<Vec<String>> {
    let commits = shop.read(&gustav(), 0, 500).await?;
    let (mut adoptions, mut is_at_home) = (vec![], true);
    for event in commits.into_iter().flat_map(|commit| commit.events) {
        match event {
            Event::TakenIn(..) => {}
            Event::Adopted { customer, .. } => {
                ensure!(is_at_home, "{} has him as well", customer.0);
                is_at_home = false;
                adoptions.push(customer.0);
            }
            Event::Returned { .. } => is_at_home = true,
        }
    }
    Ok(adoptions)
}

fn gustav() -> StreamId {
    "pet#gustav".into()
}

/// The variable that makes this program another one: some customers.
const CUSTOMERS: &str = "CUSTOMERS";

/// What such a process does. Where no test has started it, there is nobody.
#[tokio::test]
#[ignore = "it is the other process of a test"]
async fn is_some_customers() -> Result<()> {
    match env::var(CUSTOMERS) {
        Err(_) => Ok(()),
        Ok(words) => customers::run(words.split(' ').map(str::to_owned)).await,
    }
}

fn start(local: &Local, table: &str, numbers: &[usize], dies_at: Option<usize>) -> Result<Child> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["--ignored", "--exact", "is_some_customers", "--nocapture"]);
    let numbers = numbers.iter().map(usize::to_string);
    let words: Vec<String> = iter::once(table.to_owned()).chain(numbers).collect();
    command.env(CUSTOMERS, words.join(" "));
    command.envs(local::environment(&local.url()));
    command.envs(dies_at.map(|moment| ("DIES_AT", moment.to_string())));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(command.spawn()?)
}

/// What its customers were told. Whether it came to its end.
fn hear(process: Child, told: &mut BTreeMap<String, bool>) -> Result<bool> {
    let ended = process.wait_with_output()?;
    let heard = String::from_utf8(ended.stdout)?;
    let answers = heard.lines().filter_map(|line| line.split_once(' '));
    // The test's own words are not about customers.
    for (who, what) in answers.filter(|(who, _)| who.parse::<usize>().is_ok()) {
        let before = told.insert(who.to_owned(), what.starts_with("yes"));
        ensure!(before.is_none(), "{who} was told something twice");
    }
    let was_killed = ended.status.code().is_none();
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(was_killed || ended.status.success(), "{said}");
    Ok(!was_killed)
}
