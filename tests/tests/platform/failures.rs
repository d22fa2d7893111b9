//! A release that fails changes nothing, and one that ends by itself comes again.

use anyhow::{Context, Result, bail, ensure};
use less_to_run_tests::platform::{PATIENCE, Platform, within};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::{CHAPTER_1, CHAPTER_2, Chapter3, NEVER_READY, platform, why};

#[test]
fn a_release_that_fails_leaves_the_one_before() -> Result<()> {
    let Some(platform) = platform(&["--web", "1"], &["ch02-virtual-server"])? else {
        return Ok(());
    };
    let nonsense =
        "`nonsense` is not understood; usage: ch02-virtual-server [backup FILE | restore FILE]";
    let command = format!("release: ch02-virtual-server nonsense\n{CHAPTER_2}");
    let told = platform.deploy(&command)?;
    ensure!(told.status == Some(1) && told.errors.is_empty());
    let lines = [
        format!("release.1 | {nonsense}"),
        "release 1 has failed: `ch02-virtual-server nonsense` has ended with exit status: 2; no release is live".to_owned(),
    ];
    ensure!(told.lines == lines, "{told:?}");

    platform.release(CHAPTER_2)?;
    let told = platform.deploy("web: ch02-virtual-server nonsense\n")?;
    ensure!(told.status == Some(1));
    let lines = [
        format!("web.1 | {nonsense}"),
        "release 3 has failed: it has ended before it was ready (exit status: 2); release 2 stays"
            .to_owned(),
    ];
    ensure!(told.lines == lines, "{told:?}");
    ensure!(platform.shop()?.get("/health").map_err(why)?.status == 200);
    ensure!(releases(&platform)? == ["2"]);
    Ok(())
}

#[test]
fn a_release_without_a_setting_names_it() -> Result<()> {
    let Some(chapter) = Chapter3::platform()? else {
        return Ok(());
    };
    chapter.release()?;
    chapter.platform.tell(&["set", "TABLE=", "AWS_REGION="])?;
    let told = chapter.deploy()?;
    ensure!(told.status == Some(1));
    let [table, region, last] = &told.lines[..] else {
        bail!("{told:?}");
    };
    let not_set = |name| format!("release.1 | ch03-platform: {name} is not set: ");
    ensure!(table.starts_with(&not_set("TABLE")), "{told:?}");
    ensure!(region.starts_with(&not_set("AWS_REGION")), "{told:?}");
    let failed = "release 2 has failed: `ch03-platform release` has ended with exit status: 1; release 1 stays";
    ensure!(last == failed, "{told:?}");
    ensure!(chapter.platform.shop()?.get("/pets").map_err(why)?.status == 200);
    Ok(())
}

#[test]
fn a_release_that_is_never_ready_fails() -> Result<()> {
    let Some(platform) = platform(&["--web", "1", "--patience", "2"], &["ch01-bare-server"])?
    else {
        return Ok(());
    };
    let told = platform.deploy(NEVER_READY)?;
    let last = "release 1 has failed: it was not ready within 2 s; no release is live";
    ensure!(
        told.status == Some(1) && told.lines.last().is_some_and(|line| line == last),
        "{told:?}"
    );
    ensure!(
        told.lines[0].starts_with("web.1 | listening on"),
        "{told:?}"
    );
    ensure!(releases(&platform)?.is_empty());
    Ok(())
}

#[test]
fn a_process_that_dies_is_started_again() -> Result<()> {
    let Some(platform) = platform(&["--web", "2"], &["ch01-bare-server"])? else {
        return Ok(());
    };
    platform.release(CHAPTER_1)?;
    let shop = platform.shop()?;
    for lives in 1..=2 {
        signal(&platform, "web.2", Signal::KILL)?;
        within(PATIENCE, || {
            let lines = platform.printed();
            let again = lines
                .iter()
                .filter(|line| *line == "release 1 is live again");
            Ok(again.count() == lives)
        })?;
        for _ in 0..4 {
            ensure!(shop.get("/health").map_err(why)?.status == 200);
        }
    }
    let lines = platform.printed();
    ensure!(
        lines[0] == "release 1 has ended by itself; it is started again",
        "{lines:?}"
    );
    platform.release(CHAPTER_1)?;
    Ok(())
}

#[test]
fn a_process_that_is_not_well_is_started_again_if_that_is_asked_for() -> Result<()> {
    let options = ["--web", "1", "--restart-unwell"];
    let Some(platform) = platform(&options, &["ch01-bare-server"])? else {
        return Ok(());
    };
    platform.release(CHAPTER_1)?;
    // It lives, and answers nobody.
    signal(&platform, "web.1", Signal::STOP)?;
    within(PATIENCE, || Ok(platform.printed().len() == 2))?;
    let lines = [
        "release 1 is not well; it is started again",
        "release 1 is live again",
    ];
    ensure!(platform.printed() == lines, "{:?}", platform.printed());
    ensure!(platform.shop()?.get("/health").map_err(why)?.status == 200);
    Ok(())
}

/// Sends a signal to the last process of this name that was started.
fn signal(platform: &Platform, name: &str, signal: Signal) -> Result<()> {
    let started = format!("{name} started (pid=");
    let log = platform.log();
    let (_, pid) = log.rsplit_once(&started).context("it was started")?;
    let (pid, _) = pid.split_once(')').context("it has a number")?;
    let pid = Pid::from_raw(pid.parse()?).context("it has a number")?;
    kill_process_group(pid, signal)?;
    Ok(())
}

fn releases(platform: &Platform) -> Result<Vec<String>> {
    let folder = platform.folder().join("platform/releases");
    let releases = std::fs::read_dir(folder)?;
    let names = releases.map(|entry| Ok(entry?.file_name().display().to_string()));
    names.collect()
}
