//! The real nginx before the real shop, asked through TLS.

mod limits;
mod manners;

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use less_to_run_tests::infra::door::Door;
use less_to_run_tests::infra::front::{Front, at_home, certificate};
use less_to_run_tests::infra::{accepted, program};
use less_to_run_tests::programs;
use less_to_run_tests::promises::rung::Running;
use less_to_run_tests::promises::wire::{Answer, Wire};
use less_to_run_tests::promises::{Promise, Seen, Shop, Stop, ask_shop};
use tempfile::TempDir;

use crate::{damaged, deployed, shop};

const PATIENCE: Duration = Duration::from_secs(30);

/// nginx and a shop behind it.
struct Open {
    front: Front,
    // Dropped after nginx, which would complain else.
    _shop: Running,
    _data: TempDir,
}

impl Open {
    fn up() -> Result<Option<Self>> {
        let (door, data) = (Door::open()?, tempfile::tempdir()?);
        let Some(front) = Front::before(door.address()?)? else {
            return Ok(None);
        };
        let running = door.start(&[], &shop(), &data.path().join("shop"))?;
        Ok(Some(Self {
            front,
            _shop: running,
            _data: data,
        }))
    }
}

fn ask(promises: &[&str]) -> Result<()> {
    let Some(open) = Open::up()? else {
        return Ok(());
    };
    for promise in promises {
        let promise: Promise = promise.parse().map_err(anyhow::Error::msg)?;
        let finding = ask_shop(promise, &open.front.shop()?)?;
        println!("{finding}");
        let well = finding.seen == Seen::Kept && !finding.breaks_contract;
        ensure!(well, "through nginx: {finding}");
    }
    Ok(())
}

#[test]
fn the_shop_keeps_through_nginx_what_it_promises() -> Result<()> {
    let _beside = crate::QUIET.read();
    ask(&["P1", "P2", "P3", "P14"])
}

#[test]
fn slow_clients_delay_nobody_through_nginx() -> Result<()> {
    let _alone = crate::QUIET.write();
    ask(&["P5"])
}

#[test]
fn nginx_helps_chapter_1_against_slow_clients_as_well() -> Result<()> {
    let _alone = crate::QUIET.write();
    let data = tempfile::tempdir()?;
    let mut chapter_1 = Command::new(programs::build("ch01-bare-server", "ch01-bare-server")?);
    chapter_1
        .env("PORT", "0")
        .env("SHOP_DATA", data.path().join("shop"));
    let running = Running::start(&mut chapter_1)?;
    let Some(front) = Front::before(running.url().trim_start_matches("http://").parse()?)? else {
        return Ok(());
    };
    let p5: Promise = "P5".parse().map_err(anyhow::Error::msg)?;
    let finding = ask_shop(p5, &front.shop()?)?;
    ensure!(
        finding.seen == Seen::Kept,
        "chapter 1 through nginx: {finding}"
    );
    Ok(())
}

#[test]
fn readers_ask_a_shop_behind_tls_as_well() -> Result<()> {
    let _beside = crate::QUIET.read();
    let Some(open) = Open::up()? else {
        return Ok(());
    };
    let mut promises = Command::new(env!("CARGO_BIN_EXE_promises"));
    let told = accepted(
        promises
            .args(["P3", "--at", &open.front.shop()?.url(), "--trust"])
            .arg(open.front.certificate()),
    )?;
    ensure!(
        told.starts_with("P3 a pet is never adopted twice: kept"),
        "{told}"
    );
    Ok(())
}

#[test]
fn a_shop_that_is_away_is_said_to_be_away() -> Result<()> {
    let _beside = crate::QUIET.read();
    // Nobody listens there; and somebody who hangs up on everyone.
    let nobody = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let rude = TcpListener::bind("127.0.0.1:0")?;
    let address = rude.local_addr()?;
    thread::spawn(move || rude.incoming().for_each(drop));
    for shop in [nobody, address] {
        let Some(front) = Front::before(shop)? else {
            return Ok(());
        };
        let shop = front.shop()?;
        for (method, target) in [("GET", "/health"), ("POST", "/pets"), ("GET", "/pets/1")] {
            let answer = shop.request(method, target, None, &[]).map_err(told)?;
            ensure!(
                answer.status == 503 && answer.problem() == "shop-away",
                "{method} {target}: {answer:?}"
            );
            ensure!(answer.field("retry-after").is_some(), "no Retry-After");
        }
        ensure!(shop.remarks().is_empty(), "{:?}", shop.remarks());
    }
    Ok(())
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_not_believed() -> Result<()> {
    let _beside = crate::QUIET.read();
    let Some(open) = Open::up()? else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let stranger = certificate(folder.path())?;
    let address = open.front.address();
    ensure!(Wire::open_encrypted(address, "127.0.0.1", &stranger, PATIENCE).is_err());
    let trust = open.front.trust();
    ensure!(Wire::open_encrypted(address, "127.0.0.2", trust, PATIENCE).is_err());
    ensure!(Wire::open_encrypted(address, "127.0.0.1", trust, PATIENCE).is_ok());
    let shop = Shop::at(&format!("https://{address}"))?.trusting(&stranger);
    ensure!(shop.get("/health").is_err());
    Ok(())
}

#[test]
fn nginx_refuses_what_it_does_not_understand() -> Result<()> {
    let Some(nginx) = program("nginx")? else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    certificate(folder.path())?;
    let free = || TcpListener::bind("127.0.0.1:0")?.local_addr();
    let (plain, encrypted) = (free()?, free()?);
    let text = at_home(
        &deployed("nginx.conf")?,
        folder.path(),
        plain,
        encrypted,
        plain,
    )?;
    let file = folder.path().join("nginx.conf");
    let check = |text: &str| -> Result<String> {
        fs::write(&file, text)?;
        let mut command = Command::new(&nginx);
        accepted(command.args(["-t", "-e", "stderr", "-c"]).arg(&file))
    };
    check(&text)?;
    for (from, to) in [
        ("client_max_body_size", "client_max_body_length"),
        ("TLSv1.3", "TLSv1.9"),
        ("rate=20r/s", "rate=often"),
        ("proxy_pass http", "proxy_pass htp"),
        ("error_page 494", "error_page 994"),
    ] {
        let refused = check(&damaged(&text, from, to)?).is_err();
        ensure!(refused, "nginx takes {to}");
    }
    Ok(())
}

#[test]
fn what_a_test_replaces_has_to_be_there() -> Result<()> {
    let here = SocketAddr::from(([127, 0, 0, 1], 1));
    let folder = std::path::Path::new("/nowhere");
    let text = deployed("nginx.conf")?;
    at_home(&text, folder, here, here, here)?;
    for gone in ["listen 443 ssl;", "/etc/ssl/shop/", "listen [::]:80;"] {
        let text = text.replace(gone, "");
        ensure!(at_home(&text, folder, here, here, here).is_err(), "{gone}");
    }
    Ok(())
}

fn one(wire: &mut Wire, request: &[u8]) -> Result<Answer> {
    wire.send(request)?;
    Ok(wire.answer(false, PATIENCE)?)
}

fn told(stop: Stop) -> anyhow::Error {
    match stop {
        Stop::Broken(lines) => anyhow::anyhow!(lines.join(" ")),
        Stop::NotAsked(why) => anyhow::anyhow!(why),
        Stop::Suite(error) => error,
    }
}
