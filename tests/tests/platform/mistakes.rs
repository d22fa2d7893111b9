//! What is told to somebody who uses it wrongly.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use anyhow::{Result, ensure};
use less_to_run_tests::platform::{local, told};
use tempfile::tempdir;

use crate::{CHAPTER_2, platform};

#[test]
fn orders_need_a_platform() -> Result<()> {
    let nowhere = tempdir()?;
    let application = nowhere.path().join("application");
    fs::create_dir(&application)?;
    fs::write(application.join("Procfile"), CHAPTER_2)?;
    for words in [
        &["deploy", "application"][..],
        &["set", "TABLE=pets"],
        &["attach", "http://127.0.0.1:8000"],
    ] {
        let told = told(
            Command::new(local())
                .args(words)
                .current_dir(nowhere.path()),
        )?;
        ensure!(
            told.errors
                == "local: no platform runs in this folder; `local platform` starts one, in a terminal of its own\n"
                && told.status == Some(1),
            "{told:?}"
        );
    }
    Ok(())
}

#[test]
fn what_cannot_be_deployed_is_named() -> Result<()> {
    let Some(platform) = platform(&[], &["ch02-virtual-server"])? else {
        return Ok(());
    };
    let told = platform.tell(&["deploy", "nowhere"])?;
    ensure!(told.status == Some(1));
    let line = "local: nowhere/Procfile: what is deployed is a folder that holds a Procfile: No such file or directory (os error 2)\n";
    ensure!(told.errors == line, "{told:?}");
    for (procfile, why) in [
        ("", "there is no line `web: …`"),
        ("worker: ch02-virtual-server\n", "there is no line `web: …`"),
        ("web ch02-virtual-server\n", "line 1 is not `name: command`"),
        ("web: ch99\n", "ch99 is not built: cargo build -p ch99"),
    ] {
        let told = platform.deploy(procfile)?;
        let line = format!("local: application/Procfile: {why}\n");
        ensure!(told.errors == line && told.status == Some(1), "{told:?}");
    }
    // None of these was a release.
    let told = platform.release("web: ch02-virtual-server --help\n");
    ensure!(told.is_err_and(|error| error.to_string().contains("release 1 has failed")));
    Ok(())
}

#[test]
fn what_cannot_be_set_is_named() -> Result<()> {
    let Some(platform) = platform(&[], &[])? else {
        return Ok(());
    };
    for (setting, why) in [
        ("TABLE", "it has no =, as in TABLE=shop"),
        ("1=2", "\"1\" is no name of a variable"),
        ("PORT=1", "PORT is set by the platform"),
        ("A=it's", "A may hold no ', no \\ and no line break"),
    ] {
        let told = platform.tell(&["set", setting])?;
        let line = format!("local: invalid value '{setting}' for '<NAME=VALUE>...': {why}\n");
        ensure!(told.errors == line && told.status == Some(2), "{told:?}");
    }
    for address in ["here", "http://127.0.0.1:notaport", "https://example.com/x"] {
        let told = platform.tell(&["attach", address])?;
        let line = format!("local: {address:?} is no address such as http://127.0.0.1:8000\n");
        ensure!(told.errors == line && told.status == Some(1), "{told:?}");
    }
    Ok(())
}

#[test]
fn a_second_platform_in_one_folder_is_refused() -> Result<()> {
    let Some(platform) = platform(&[], &[])? else {
        return Ok(());
    };
    let second = platform.tell(&["platform", "--port", "0"])?;
    ensure!(second.status == Some(1), "{second:?}");
    let why = "local: a platform runs here already: ";
    ensure!(second.errors.starts_with(why), "{second:?}");
    Ok(())
}

#[test]
fn a_port_that_is_taken_is_named() -> Result<()> {
    let Some(platform) = platform(&[], &[])? else {
        return Ok(());
    };
    let other = tempdir()?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port().to_string();
    let mut command = platform.order(&["platform", "--port", &port]);
    let told = told(command.current_dir(other.path()))?;
    let line = format!(
        "local: port {port}: somebody listens there already; choose another one with --port\n"
    );
    ensure!(told.errors == line && told.status == Some(1), "{told:?}");
    Ok(())
}
