//! The checkouts of chapter 10, which are paid, or too late.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use less_to_run_tests::infra::accepted;
use less_to_run_tests::lambda::Chapter;
use less_to_run_tests::programs;
use less_to_run_tests::promises::Shop;
use less_to_run_tests::promises::money::Provider;
use less_to_run_tests::promises::running::Running;
use serde_json::{Value, json};

use crate::host::{Host, KEY};

/// How long a checkout may take to go on.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long a host may take to end.
const END: Duration = Duration::from_mins(1);

/// Each function that has to do with checkouts does all that it ever does. A customer pays. Another one is too late, which `due` finds, and
/// a third one, whom `overdue` finds; for these two there is no host that would ring.
pub fn are_paid(chapter: &Chapter, host: &Host, running: Running) -> Result<()> {
    let secret = chapter
        .environment
        .iter()
        .filter(|(name, _)| *name == "WEBHOOK_SECRET");
    let provider = programs::build(chapter.name, "payments")?;
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
    for function in ["due", "overdue"] {
        // Nobody knows whether the card is charged, and the time is over.
        provider.behave(&json!({ "fails": "before" }))?;
        let living = live(host, &provider)?;
        let shop = self::shop(&living)?;
        let checkout = begin(&shop)?;
        until(&shop, &checkout, |told| told["payment"] == "unclear")?;
        ends(living)?;
        provider.behave(&json!({}))?;
        thread::sleep(Duration::from_secs(2));
        let event = host.file(
            r#"{"source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}"}"#,
        )?;
        accepted(told(&mut host.invoke(function, &event), &provider)).context(function)?;
    }
    Ok(())
}

fn live(host: &Host, provider: &Provider) -> Result<Running> {
    Running::start(told(&mut host.command(), provider))
}

/// What a program is told of the provider, and of the time that a checkout may take.
fn told<'a>(command: &'a mut Command, provider: &Provider) -> &'a mut Command {
    command
        .env("PAYMENTS_URL", provider.url())
        .env("CHECKOUT_SECONDS", "2")
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
