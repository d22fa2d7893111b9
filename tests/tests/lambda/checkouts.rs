//! The checkouts of chapter 10, which are paid, or too late.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use less_to_run_tests::infra::accepted;
use less_to_run_tests::lambda::{Chapter, Table};
use less_to_run_tests::measure::chapter5::encrypted::Encrypted;
use less_to_run_tests::programs;
use less_to_run_tests::promises::Shop;
use less_to_run_tests::promises::money::Provider;
use less_to_run_tests::promises::running::Running;
use serde_json::{Value, json};

use crate::host::{Host, KEY};

/// How long a checkout may take to go on.
const PATIENCE: Duration = Duration::from_mins(1);

/// How many seconds a checkout may take.
const SECONDS: &str = "2";

/// How long a host may take to end.
const END: Duration = Duration::from_mins(1);

/// Each function that has to do with checkouts does all that it ever does. A customer pays. Another one is too late, which `due` finds, and
/// a third one, whom `overdue` finds; for these two there is no host that would ring. The provider is asked by https as well, as at AWS.
pub fn are_paid(chapter: &Chapter, host: &Host, running: Running) -> Result<()> {
    let secret = chapter
        .environment
        .iter()
        .filter(|(name, _)| *name == "WEBHOOK_SECRET");
    let provider = programs::build("ch10-processes", "payments")?;
    let provider = Provider::start(&provider, secret.copied())?;
    provider.give("ada", 1_000_000)?;
    ends(running)?;
    let living = live(host, &provider)?;
    let shop = shop(&living)?;
    provider.tell(&format!("{}/payments/notices", living.url()))?;
    // That the card was charged is learnt from the notice.
    provider.behave(&json!({ "fails": "after" }))?;
    let checkout = begin(&shop)?;
    until(&shop, &checkout, |told| told["status"] == "adopted")?;
    ends(living)?;
    let folder = tempfile::tempdir()?;
    let door = programs::build_example("ch05-lambda", "encrypted_database")?;
    let address = provider.url().trim_start_matches("http://");
    let encrypted = Encrypted::before(&door, address, folder.path())?;
    let event = host
        .file(r#"{"source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}"}"#)?;
    let (mut over, is_sealed) = (3, knows_people(chapter)?);
    for function in ["due", "overdue"] {
        if is_sealed {
            // Whose card it is, they are told if there is a card to be charged.
            charges_again(host, &provider, function, &event)?;
            over += 1;
        }
        too_late(host, &provider)?;
        // At an address where nobody is known for the provider, its answer is not heard, and somebody is told of the checkout.
        let told = host
            .invoke(function, &event)
            .env("PAYMENTS_URL", &encrypted.url)
            .output()?;
        let said = [&told.stdout[..], &told.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        ensure!(
            !told.status.success() && said.contains("1 checkouts are stuck"),
            "{function}: {told:?}"
        );
        accepted(self::told(&mut host.invoke(function, &event), &provider)).context(function)?;
    }
    // There, with whom this machine is told to believe.
    too_late(host, &provider)?;
    let mut sweep = host.sweep();
    sweep
        .env("PAYMENTS_URL", &encrypted.url)
        .env("SSL_CERT_FILE", &encrypted.authority);
    let told = accepted(&mut sweep)?;
    let all = over + 1;
    let due = format!("{all} checkouts, 1 of them open, 1 late, 0 stuck");
    ensure!(told.contains(&due), "{told}");
    Ok(())
}

fn knows_people(chapter: &Chapter) -> Result<bool> {
    let functions = Table::functions(&Table::text(chapter)?, chapter.tables)?;
    Ok(functions.contains_key("forget"))
}

/// Has a checkout whose card was not charged, and has this function charge it, which has time for that.
fn charges_again(host: &Host, provider: &Provider, function: &str, event: &str) -> Result<()> {
    unclear(host, provider, "900")?;
    accepted(told(&mut host.invoke(function, event), provider)).context("a second charge")?;
    // What comes of it rings, and somebody has to hear that.
    accepted(told(&mut host.sweep(), provider)).map(drop)
}

/// Has a checkout of which nobody knows whether the card is charged, and whose time is over.
fn too_late(host: &Host, provider: &Provider) -> Result<()> {
    unclear(host, provider, SECONDS)?;
    thread::sleep(Duration::from_secs(2));
    Ok(())
}

/// Has a checkout of which nobody knows whether the card is charged, and which may take so many seconds.
fn unclear(host: &Host, provider: &Provider, seconds: &str) -> Result<()> {
    provider.behave(&json!({ "fails": "before" }))?;
    let mut command = host.command();
    let command = told(&mut command, provider).env("CHECKOUT_SECONDS", seconds);
    let living = Running::start(command)?;
    let shop = shop(&living)?;
    let checkout = begin(&shop)?;
    until(&shop, &checkout, |told| told["payment"] == "unclear")?;
    ends(living)?;
    provider.behave(&json!({}))
}

fn live(host: &Host, provider: &Provider) -> Result<Running> {
    Running::start(told(&mut host.command(), provider))
}

/// What a program is told of the provider, and of the time that a checkout may take.
fn told<'a>(command: &'a mut Command, provider: &Provider) -> &'a mut Command {
    command
        .env("PAYMENTS_URL", provider.url())
        .env("CHECKOUT_SECONDS", SECONDS)
}

fn shop(running: &Running) -> Result<Shop> {
    Ok(running.shop()?.with_staff_key(Some(KEY)))
}

fn ends(mut running: Running) -> Result<()> {
    running.stop_politely()?;
    let ended = running.ended_within(END)?;
    ensure!(
        ended.is_some_and(|status| status.success()),
        "the host: {ended:?}"
    );
    Ok(())
}

/// Begins a checkout of a new pet.
fn begin(shop: &Shop) -> Result<String> {
    let pet = shop.take_in_a("dog").map_err(|stop| anyhow!("{stop:?}"))?;
    let wanted = json!({ "customer": "Ada", "card": "ada" });
    let answer = shop.post_with_key(&format!("/pets/{pet}/checkout"), &wanted, &pet);
    let answer = answer.map_err(|stop| anyhow!("{stop:?}"))?;
    ensure!(answer.status == 202, "{answer:?}");
    let told: Value = answer.json();
    Ok(told["id"].as_str().context("no id")?.to_owned())
}

fn until(shop: &Shop, checkout: &str, is_so: impl Fn(&Value) -> bool) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = shop.get(&format!("/checkouts/{checkout}"));
        let told: Value = answer.map_err(|stop| anyhow!("{stop:?}"))?.json();
        if is_so(&told) {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{told}");
        thread::sleep(Duration::from_millis(50));
    }
}
