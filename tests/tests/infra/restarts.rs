//! The shop is exchanged while customers come, and nobody is refused: systemd holds the listening socket.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use less_to_run_tests::crowd::{BETWEEN, Keeps, PATIENCE, take_in, while_customers_come};
use less_to_run_tests::infra::door::Door;
use less_to_run_tests::infra::front::Front;
use less_to_run_tests::promises::Shop;
use less_to_run_tests::promises::rung::Running;
use tempfile::tempdir;

use crate::shop;

const RESTARTS: usize = 10;

#[test]
fn ten_restarts_refuse_nobody() -> Result<()> {
    let _beside = crate::QUIET.read();
    let (door, data) = (Door::open()?, tempdir()?);
    let running = door.start(&[], &shop(), data.path())?;
    let customers = running.shop()?;
    restart_ten_times(&door, data.path(), running, &customers, Keeps::Nothing)
}

#[test]
fn nobody_who_comes_through_nginx_is_refused_by_ten_restarts() -> Result<()> {
    let _beside = crate::QUIET.read();
    let (door, data) = (Door::open()?, tempdir()?);
    let Some(front) = Front::before(door.address()?)? else {
        return Ok(());
    };
    let running = door.start(&[], &shop(), data.path())?;
    // They keep their connections to nginx, which does not end.
    restart_ten_times(
        &door,
        data.path(),
        running,
        &front.shop()?,
        Keeps::Connection,
    )
}

/// Exchanges the shop behind a door while customers come, and asks for everything that they were told.
fn restart_ten_times(
    door: &Door,
    data: &Path,
    mut running: Running,
    customers: &Shop,
    keeps: Keeps,
) -> Result<()> {
    let sold = while_customers_come(customers, &[keeps], take_in, |crowd| {
        for _ in 0..RESTARTS {
            crowd.serve_some()?;
            stop(&mut running)?;
            running = door.start(&[], &shop(), data)?;
        }
        crowd.serve_some()
    })?;
    all_are_there(&running.shop()?, &sold)
}

#[test]
fn a_shop_that_holds_its_own_door_refuses_somebody() -> Result<()> {
    let _beside = crate::QUIET.read();
    let data = tempdir()?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut running = Running::start(
        Command::new(shop())
            .env("PORT", port.to_string())
            .env("SHOP_DATA", data.path().join("shop")),
    )?;
    let customers = running.shop()?;
    let met = while_customers_come(&customers, &[Keeps::Nothing], take_in, |crowd| {
        crowd.serve_some()?;
        stop(&mut running)?;
        crowd.fail_once()
    });
    ensure!(met.is_err(), "nobody was refused");
    Ok(())
}

/// Stops the shop as systemd does, and waits for it.
fn stop(running: &mut Running) -> Result<()> {
    running.stop_politely()?;
    let status = running.ended_within(PATIENCE)?;
    let status = status.context("SIGTERM did not end the shop")?;
    ensure!(status.success(), "SIGTERM ended the shop with {status}");
    Ok(())
}

fn all_are_there(shop: &Shop, sold: &[String]) -> Result<()> {
    ensure!(sold.len() > RESTARTS * BETWEEN);
    let shop = shop.clone().keeping_connections();
    for path in sold {
        let answer = shop.get(path).map_err(|stop| anyhow::anyhow!("{stop:?}"))?;
        ensure!(answer.status == 200, "{path} was lost in a restart");
    }
    Ok(())
}
