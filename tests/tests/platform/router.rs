//! What customers see of the router.

use anyhow::{Result, ensure};
use less_to_run_tests::promises::{Promise, Seen, ask_shop};

use crate::{Chapter3, platform, why};

#[test]
fn the_shop_keeps_through_the_router_what_it_promises() -> Result<()> {
    let Some(chapter) = Chapter3::platform()? else {
        return Ok(());
    };
    chapter.release()?;
    let shop = chapter.platform.shop()?;
    for promise in ["P1", "P3", "P14"] {
        let promise: Promise = promise.parse().map_err(anyhow::Error::msg)?;
        let finding = ask_shop(promise, &shop)?;
        println!("{finding}");
        let well = finding.seen == Seen::Kept && !finding.breaks_contract;
        ensure!(well, "through the router: {finding}");
    }
    // Each of the two has had its part.
    let log = chapter.platform.log();
    for process in ["web.1", "web.2"] {
        let answered = log
            .lines()
            .filter(|line| line.contains(process) && line.contains("status"));
        ensure!(answered.count() > 10, "{process} was hardly asked");
    }
    Ok(())
}

#[test]
fn without_a_release_the_shop_is_away() -> Result<()> {
    let Some(platform) = platform(&[], &[])? else {
        return Ok(());
    };
    let shop = platform.shop()?;
    for (method, target) in [("GET", "/health"), ("POST", "/pets"), ("GET", "/pets/1")] {
        let answer = shop.request(method, target, None, &[]).map_err(why)?;
        ensure!(
            answer.status == 503 && answer.problem() == "shop-away",
            "{answer:?}"
        );
        ensure!(answer.field("retry-after") == Some("1"), "no Retry-After");
    }
    ensure!(shop.remarks().is_empty(), "{:?}", shop.remarks());
    Ok(())
}
