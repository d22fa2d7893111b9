//! The platform in small with real releases on it, and what a real platform would be told.

mod disk;
mod exchange;

use anyhow::{Result, anyhow};
use less_to_run_tests::platform::{self, Platform};
use less_to_run_tests::programs;
use less_to_run_tests::promises::Stop;

/// Chapter 2's shop, in one process, since two do not share a disk.
const CHAPTER_2: &str = "web: ch02-virtual-server\n";

/// A platform, and the programs of these chapters beside it; `None` where there is none.
fn platform(options: &[&str], chapters: &[&str]) -> Result<Option<Platform>> {
    if platform::missing()? {
        return Ok(None);
    }
    for chapter in chapters {
        programs::build(chapter, chapter)?;
    }
    let mut all = vec!["--patience", "60"];
    all.extend(options);
    Ok(Some(Platform::start(&all)?))
}

/// Why a promise is broken, for a test that asked for none.
fn why(stop: Stop) -> anyhow::Error {
    match stop {
        Stop::Broken(lines) => anyhow!(lines.join(" ")),
        Stop::NotAsked(why) => anyhow!(why),
        Stop::Suite(error) => error,
    }
}
