//! A release takes the place of another while customers come.

use std::thread;

use anyhow::{Result, anyhow, bail, ensure};
use less_to_run_tests::crowd::{BETWEEN, Customer, Keeps, take_in, while_customers_come};
use less_to_run_tests::platform::{PATIENCE, Platform, Told, within};
use less_to_run_tests::promises::shop::pet;

use crate::{CHAPTER_1, Chapter3, platform, why};

const DEPLOYS: usize = 3;
const BOTH: [Keeps; 2] = [Keeps::Connection, Keeps::Nothing];

/// Takes a pet in and looks at it.
fn take_in_and_look(customer: &mut Customer<'_>) -> Result<String, String> {
    let path = take_in(customer)?;
    customer.ask("GET", &path, None, 200)?;
    Ok(path)
}

#[test]
fn three_deploys_fail_nobody_and_lose_no_pet() -> Result<()> {
    let Some(chapter) = Chapter3::platform()? else {
        return Ok(());
    };
    chapter.release()?;
    let shop = chapter.platform.shop()?;
    let told = while_customers_come(&shop, &BOTH, take_in_and_look, |crowd| {
        for _ in 0..DEPLOYS {
            crowd.serve_some()?;
            chapter.release()?;
        }
        crowd.serve_some()
    })?;
    ensure!(told.len() > DEPLOYS * BETWEEN);
    let shop = shop.keeping_connections();
    for path in told {
        let answer = shop.get(&path).map_err(why)?;
        ensure!(answer.status == 200, "{path} was lost");
    }
    Ok(())
}

/// Looks at the pets and takes one in, which is gone with the release.
fn look_and_take_in(customer: &mut Customer<'_>) -> Result<String, String> {
    customer.ask("GET", "/pets", None, 200)?;
    take_in(customer)
}

/// Chapter 1 has no polite stop: whoever is being served is cut off.
#[test]
fn a_shop_that_is_not_polite_fails_somebody() -> Result<()> {
    let Some(platform) = platform(&["--web", "1"], &["ch01-bare-server"])? else {
        return Ok(());
    };
    let procfile = CHAPTER_1;
    platform.release(procfile)?;
    let come = while_customers_come(&platform.shop()?, &BOTH, look_and_take_in, |crowd| {
        for _ in 0..10 {
            crowd.serve_some()?;
            platform.release(procfile)?;
            if crowd.has_failed() {
                break;
            }
        }
        Ok(())
    });
    ensure!(come.is_err(), "nobody was cut off");
    Ok(())
}

#[test]
fn whoever_is_in_the_middle_of_a_request_is_served() -> Result<()> {
    let Some(chapter) = Chapter3::platform()? else {
        return Ok(());
    };
    chapter.release()?;
    let status = in_the_middle(&chapter.platform, || chapter.release())?;
    ensure!(status == 201, "it was answered {status}");
    Ok(())
}

#[test]
fn a_shop_that_is_not_polite_serves_nobody_in_the_middle() -> Result<()> {
    let Some(platform) = platform(&["--web", "2"], &["ch01-bare-server"])? else {
        return Ok(());
    };
    platform.release(CHAPTER_1)?;
    // What is not there any more after the signal may be so a moment later.
    for _ in 0..5 {
        let status = in_the_middle(&platform, || platform.release(CHAPTER_1))?;
        if status == 503 {
            return Ok(());
        }
    }
    bail!("everybody was served")
}

/// What a customer is told whose request lacks its last byte until the release that has the rest of it was told to stop.
fn in_the_middle(platform: &Platform, deploy: impl FnOnce() -> Result<Told> + Send) -> Result<u16> {
    let shop = platform.shop()?;
    let request = shop.bytes("POST", "/pets", Some(&pet("Rex", "dog").to_string()));
    let (begin, last) = request.split_at(request.len() - 1);
    let mut wire = shop.open(PATIENCE)?;
    wire.send(begin)?;
    // Whoever came later was answered, so it is with one of the two.
    ensure!(shop.get("/health").map_err(why)?.status == 200);
    let before = platform.log().len();
    thread::scope(|scope| {
        let deploy = scope.spawn(deploy);
        // The other one has nothing to wait for.
        within(PATIENCE, || {
            let log = platform.log();
            let mut lines = log[before..].lines();
            Ok(lines.any(|line| line.contains("| web.") && line.contains(" stopped (rc=")))
        })?;
        wire.send(last)?;
        let answer = wire.answer(false, PATIENCE)?;
        deploy.join().map_err(|_| anyhow!("a panic"))??;
        Ok(answer.status)
    })
}
