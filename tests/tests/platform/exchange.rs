//! A release takes the place of another while customers come.

use anyhow::{Result, ensure};
use less_to_run_tests::crowd::{BETWEEN, Customer, Keeps, take_in, while_customers_come};

use crate::{CHAPTER_1, CHAPTER_2, platform};

const DEPLOYS: usize = 3;
const BOTH: [Keeps; 2] = [Keeps::Connection, Keeps::Nothing];

/// Looks at the pets and takes one in. Where they are kept is not asked here.
fn look_and_take_in(customer: &mut Customer<'_>) -> Result<String, String> {
    customer.ask("GET", "/pets", None, 200)?;
    take_in(customer)
}

#[test]
fn three_deploys_fail_nobody() -> Result<()> {
    let Some(platform) = platform(&["--web", "1"], &["ch02-virtual-server"])? else {
        return Ok(());
    };
    platform.release(CHAPTER_2)?;
    let told = while_customers_come(&platform.shop()?, &BOTH, look_and_take_in, |crowd| {
        for _ in 0..DEPLOYS {
            crowd.serve_some()?;
            platform.release(CHAPTER_2)?;
        }
        crowd.serve_some()
    })?;
    ensure!(told.len() > DEPLOYS * BETWEEN);
    Ok(())
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
