//! The customers as a program: `load at=127.0.0.1:8080 path=/pets/1 connections=16 seconds=2`. Prints JSON.

use std::fs::read_to_string;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use http_servers::load::Load;
use http_servers::slow::SlowClients;

fn main() -> Result<()> {
    let mut load = Load {
        at: "127.0.0.1:8080".parse()?,
        method: "GET".to_owned(),
        path: "/pets/1".to_owned(),
        ids: Vec::new(),
        body: String::new(),
        from: 1,
        most: 1_000_000,
        time: Duration::from_secs(2),
        connections: 1,
        fresh: false,
        wait: Duration::from_secs(5),
    };
    let mut slow = 0;
    for argument in std::env::args().skip(1) {
        let (name, value) = argument
            .split_once('=')
            .with_context(|| format!("`{argument}` is not NAME=VALUE"))?;
        let wrong = || argument.clone();
        match name {
            "at" => load.at = value.parse().with_context(wrong)?,
            "method" => value.clone_into(&mut load.method),
            "path" => value.clone_into(&mut load.path),
            "ids" => {
                load.ids = read_to_string(value)
                    .with_context(wrong)?
                    .lines()
                    .map(str::to_owned)
                    .collect();
            }
            "body" => value.clone_into(&mut load.body),
            "from" => load.from = value.parse().with_context(wrong)?,
            "most" => load.most = value.parse().with_context(wrong)?,
            "seconds" => load.time = Duration::from_secs(value.parse().with_context(wrong)?),
            "connections" => load.connections = value.parse().with_context(wrong)?,
            "fresh" => load.fresh = value.parse().with_context(wrong)?,
            "wait" => load.wait = Duration::from_secs(value.parse().with_context(wrong)?),
            "slow" => slow = value.parse().with_context(wrong)?,
            _ => bail!(
                "`{name}` is none of at, method, path, ids, body, from, most, seconds, connections, fresh, wait, slow"
            ),
        }
    }
    let clients = SlowClients::start(load.at, slow)?;
    let mut seen = load.run()?;
    seen["slow"] = clients.connected().into();
    drop(clients);
    println!("{seen}");
    Ok(())
}
