//! The platform in small with real releases on it, and what a real platform would be told.

mod disk;
mod ends;
mod exchange;
mod failures;
mod mistakes;

use anyhow::{Result, anyhow};
use less_to_run_tests::platform::{self, Platform};
use less_to_run_tests::programs;
use less_to_run_tests::promises::Stop;

/// Chapter 2's shop, in one process, since two do not share a disk.
const CHAPTER_2: &str = "web: ch02-virtual-server\n";

/// Chapter 1's shop, each process with a disk of its own.
const CHAPTER_1: &str = "web: SHOP_DATA=shop-$PORT ch01-bare-server\n";

/// The same, where nobody looks for it.
const NEVER_READY: &str = "web: SHOP_DATA=shop-$PORT PORT=0 ch01-bare-server\n";

/// A platform, and the programs of these chapters beside it; `None` where there is none.
fn platform(options: &[&str], chapters: &[&str]) -> Result<Option<Platform>> {
    if platform::missing()? {
        return Ok(None);
    }
    for chapter in chapters {
        programs::build(chapter, chapter)?;
    }
    let mut options = options.to_vec();
    if !options.contains(&"--patience") {
        options.extend(["--patience", "60"]);
    }
    Ok(Some(Platform::start(&options)?))
}

/// Why a promise is broken, for a test that asked for none.
fn why(stop: Stop) -> anyhow::Error {
    match stop {
        Stop::Broken(lines) => anyhow!(lines.join(" ")),
        Stop::NotAsked(why) => anyhow!(why),
        Stop::Suite(error) => error,
    }
}
