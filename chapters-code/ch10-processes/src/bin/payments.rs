//! The fake payment provider: `cargo run -p ch10-processes --bin payments -- 8081`
//!
//! The first word is its port, on this machine only. `WEBHOOK_URL` says whom it tells, and
//! `WEBHOOK_SECRET` with what it signs: one secret, or two with a comma between them.

use std::env;
use std::time::Duration;

use anyhow::{Context, Result};
use ch10_processes::provider::server::{Hook, Provider};
use ch10_processes::webhook::Secrets;
use tokio::net::TcpListener;

/// Its port, if none is said.
const PORT: u16 = 8081;

/// How long it waits before it tells something, at most.
const PAUSE: Duration = Duration::from_secs(1);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let port = env::args().nth(1).map_or(Ok(PORT), |word| word.parse());
    let port: u16 = port.context("the first word is a port")?;
    let provider = Provider::new(hook()?);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!(
        "the provider is listening on http://{}",
        listener.local_addr()?
    );
    axum::serve(listener, provider.routes()).await?;
    Ok(())
}

fn hook() -> Result<Option<Hook>> {
    let Ok(url) = env::var("WEBHOOK_URL") else {
        return Ok(None);
    };
    let secrets = env::var("WEBHOOK_SECRET").context("WEBHOOK_SECRET is not set")?;
    Ok(Some(Hook::new(&url, Secrets::parse(&secrets)?, PAUSE)))
}
