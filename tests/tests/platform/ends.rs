//! However a platform ends, nothing of it is left.

use anyhow::{Result, ensure};
use less_to_run_tests::platform::{PATIENCE, within};
use rustix::process::Signal;

use crate::{CHAPTER_1, CHAPTER_2, NEVER_READY, platform};

fn ends(signal: Signal, status: Option<i32>) -> Result<()> {
    let Some(mut platform) = platform(
        &["--web", "2"],
        &["ch01-bare-server", "ch02-virtual-server"],
    )?
    else {
        return Ok(());
    };
    platform.release(CHAPTER_1)?;
    // The platform; honcho, with what it has for each process; two shells; two shops.
    ensure!(
        platform.processes()?.len() >= 6,
        "{:?}",
        platform.processes()
    );
    let ended = platform.end(signal)?;
    ensure!(ended == status, "{ended:?}");
    if signal == Signal::KILL {
        // The kernel tells honcho, and honcho its processes.
        within(PATIENCE, || Ok(platform.processes()?.is_empty()))?;
    }
    ensure!(
        platform.processes()?.is_empty(),
        "{:?}",
        platform.processes()
    );
    Ok(())
}

#[test]
fn ctrl_c_leaves_nothing() -> Result<()> {
    ends(Signal::INT, Some(0))
}

#[test]
fn sigterm_leaves_nothing() -> Result<()> {
    ends(Signal::TERM, Some(0))
}

#[test]
fn a_kill_leaves_nothing() -> Result<()> {
    ends(Signal::KILL, None)
}

/// In the middle of a deploy there is more to end.
#[test]
fn a_deploy_ends_with_the_platform() -> Result<()> {
    let Some(mut platform) = platform(&["--web", "2"], &["ch01-bare-server"])? else {
        return Ok(());
    };
    platform.application(NEVER_READY)?;
    let mut deploy = platform.order(&["deploy", "application"]);
    let mut deploy = deploy.stdout(std::process::Stdio::null()).spawn()?;
    within(PATIENCE, || Ok(platform.log().contains("listening on")))?;
    ensure!(platform.end(Signal::TERM)? == Some(0));
    ensure!(deploy.wait()?.code() == Some(1));
    ensure!(
        platform.processes()?.is_empty(),
        "{:?}",
        platform.processes()
    );
    Ok(())
}

#[test]
fn what_a_killed_platform_has_left_is_in_nobodys_way() -> Result<()> {
    let Some(mut platform) = platform(&["--web", "1"], &["ch02-virtual-server"])? else {
        return Ok(());
    };
    platform.release(CHAPTER_2)?;
    platform.tell(&["set", "A=1"])?;
    platform.end(Signal::KILL)?;
    within(PATIENCE, || Ok(platform.processes()?.is_empty()))?;
    let platform = platform.again(&["--web", "1"])?;
    let told = platform.release(CHAPTER_2)?;
    ensure!(told.lines == ["release 1: web.1 is ready", "release 1 is live"]);
    let settings = platform.folder().join("platform/releases/1/.env");
    ensure!(std::fs::read_to_string(settings)? == "A='1'\n");
    Ok(())
}
