//! The platform in small with real releases on it, and what a real platform would be told.

mod disk;
mod ends;
mod exchange;
mod failures;
mod files;
mod functions;
mod mistakes;
mod router;

use anyhow::{Result, anyhow, ensure};
use less_to_run_tests::platform::{self, Platform, Told};
use less_to_run_tests::programs;
use less_to_run_tests::promises::Stop;
use local::Local;

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

/// A platform for chapter 3's shop, which has a database elsewhere, and nothing deployed yet.
struct Chapter3 {
    platform: Platform,
    _database: Local,
}

impl Chapter3 {
    fn platform() -> Result<Option<Self>> {
        let Some(platform) = platform(&["--web", "2"], &["ch03-platform"])? else {
            return Ok(None);
        };
        let database = Local::in_memory()?;
        let attached = platform.tell(&["attach", &database.url()])?;
        ensure!(
            attached.lines[0]
                == format!(
                    "the next release has AWS_ENDPOINT_URL_DYNAMODB={}",
                    database.url()
                ),
            "{attached:?}"
        );
        let set = platform.tell(&["set", "TABLE=pets"])?;
        ensure!(set.lines == ["the next release has TABLE=pets"], "{set:?}");
        Ok(Some(Self {
            platform,
            _database: database,
        }))
    }

    /// Deploys what the chapter deploys.
    fn deploy(&self) -> Result<Told> {
        let folder = programs::root().join("infra/ch03-platform");
        self.platform
            .tell(&["deploy", &folder.display().to_string()])
    }

    /// Deploys it, and it has to work.
    fn release(&self) -> Result<Told> {
        let told = self.deploy()?;
        ensure!(told.status == Some(0), "{told:?}\n{}", self.platform.log());
        Ok(told)
    }
}

/// Why a promise is broken, for a test that asked for none.
fn why(stop: Stop) -> anyhow::Error {
    match stop {
        Stop::Broken(lines) => anyhow!(lines.join(" ")),
        Stop::NotAsked(why) => anyhow!(why),
        Stop::Suite(error) => error,
    }
}

/// The text with one part of it exchanged, which has to be there.
fn damaged(text: &str, from: &str, to: &str) -> Result<String> {
    ensure!(text.contains(from), "there is no {from:?} to damage");
    Ok(text.replacen(from, to, 1))
}
