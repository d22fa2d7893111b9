//! Chapter 4's function host on the platform, with its functions.

use anyhow::{Context, Result, ensure};
use less_to_run_tests::platform::{PATIENCE, Platform, within};
use less_to_run_tests::programs;
use less_to_run_tests::promises::Shop;
use less_to_run_tests::promises::shop::expect;
use less_to_run_tests::promises::wire::Answer;
use local::Local;
use rustix::process::Signal;

use crate::{platform, why};

/// What the host starts: the platform brings them along, because the Procfile does not name them.
const FUNCTIONS: [&str; 4] = ["shop-counter", "shop-papers", "shop-thanks", "shop-display"];

fn deploy(platform: &Platform) -> Result<()> {
    let folder = programs::root().join("infra/ch04-functions");
    let folder = folder.display().to_string();
    let order = ["deploy", &folder, "--with"];
    let told = platform.tell(&[&order[..], &FUNCTIONS].concat())?;
    ensure!(told.status == Some(0), "{told:?}\n{}", platform.log());
    Ok(())
}

/// How many pets have a home, as the display says. It is no part of the contract.
fn homes(shop: &Shop) -> Result<u64> {
    let mut wire = shop.open(PATIENCE)?;
    wire.send(&shop.bytes("GET", "/display", None))?;
    let answer: Answer = wire.answer(false, PATIENCE)?;
    ensure!(answer.status == 200, "{answer:?}");
    answer.json()["homes"].as_u64().context("no count")
}

#[test]
fn functions_run_on_the_platform_and_none_outlives_its_release() -> Result<()> {
    let Some(mut platform) = platform(&["--web", "2"], &["ch04-functions"])? else {
        return Ok(());
    };
    let database = Local::in_memory()?;
    platform.tell(&["attach", &database.url()])?;
    platform.tell(&["set", "TABLE=pets"])?;
    deploy(&platform)?;
    let shop = platform.shop()?;
    let id = shop.take_in_a("dog").map_err(why)?;
    let adopted = shop.adopt(&id, "Ada").map_err(why)?;
    expect(adopted, 200, "an adoption").map_err(why)?;
    within(PATIENCE, || Ok(homes(&shop)? == 1))?;
    let old = platform.processes()?;
    deploy(&platform)?;
    let pet = shop.get(&format!("/pets/{id}")).map_err(why)?;
    ensure!(pet.json()["customer"] == "Ada", "{pet:?}");
    let new = platform.processes()?;
    let of_old = old.iter().filter(|process| new.contains(process));
    // The platform itself, which is one process.
    ensure!(of_old.count() <= 1, "{old:?} before, {new:?} after");
    platform.end(Signal::KILL)?;
    within(PATIENCE, || Ok(platform.processes()?.is_empty()))
        .context("a function outlives the platform")
}
