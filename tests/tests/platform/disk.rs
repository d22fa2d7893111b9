//! The disk of a platform is thrown away at every deploy.

use anyhow::{Result, ensure};
use less_to_run_tests::promises::shop::pet;

use crate::{CHAPTER_2, Chapter3, platform};

#[test]
fn the_pets_of_chapter_2_are_gone_after_a_deploy() -> Result<()> {
    let Some(platform) = platform(&["--web", "1"], &["ch02-virtual-server"])? else {
        return Ok(());
    };
    let told = platform.release(CHAPTER_2)?;
    ensure!(told.lines == ["release 1: web.1 is ready", "release 1 is live"]);
    let shop = platform.shop()?;
    let rex = shop.take_in(&pet("Rex", "dog")).map_err(crate::why)?;
    let path = format!("/pets/{}", rex["id"].as_str().unwrap_or_default());
    ensure!(shop.get(&path).map_err(crate::why)?.status == 200);
    let told = platform.release(CHAPTER_2)?;
    ensure!(
        told.lines
            == [
                "release 2: web.1 is ready",
                "release 2 is live",
                "release 1 was told to stop, and has ended"
            ],
        "{told:?}"
    );
    ensure!(shop.get(&path).map_err(crate::why)?.status == 404);
    let releases = platform.folder().join("platform/releases");
    ensure!(!releases.join("1").exists() && releases.join("2").exists());
    Ok(())
}

#[test]
fn the_pets_of_chapter_3_stay() -> Result<()> {
    let Some(chapter) = Chapter3::platform()? else {
        return Ok(());
    };
    let told = chapter.release()?;
    let begin = |number| {
        [
            format!("release {number}: `ch03-platform release` has ended well"),
            format!("release {number}: web.1 and web.2 are ready"),
            format!("release {number} is live"),
        ]
    };
    ensure!(told.lines == begin(1), "{told:?}");
    let shop = chapter.platform.shop()?;
    let rex = shop.take_in(&pet("Rex", "dog")).map_err(crate::why)?;
    let path = format!("/pets/{}", rex["id"].as_str().unwrap_or_default());
    let told = chapter.release()?;
    let end = "release 1 was told to stop, and has ended".to_owned();
    ensure!(told.lines == [&begin(2)[..], &[end]].concat(), "{told:?}");
    ensure!(shop.get(&path).map_err(crate::why)?.json() == rex);
    Ok(())
}
