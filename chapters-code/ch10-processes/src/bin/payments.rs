//! The fake payment provider: `cargo run -p ch10-processes --bin payments`
//!
//! `PORT` is its port, on this machine only; 0 is a free one. `WEBHOOK_SECRET` says with what it
//! signs what it tells: one secret, or two with a comma between them. Whom it tells, `WEBHOOK_URL`
//! says, or later `PUT /hook`. Without a secret it tells nobody. `CARDS` are those
//! that it knows from the beginning, as in `ada=20000,ben=0`, with what can be charged to them, in
//! cents. With `-- with-its-parent` it ends when whoever started it does.

use std::env;
use std::time::Duration;

use anyhow::{Context, Result};
use ch10_processes::provider::ledger::Account;
use ch10_processes::provider::server::{Hook, Provider};
use ch10_processes::webhook::Secrets;
#[cfg(target_os = "linux")]
use rustix::process::{Signal, set_parent_process_death_signal};
use tokio::net::TcpListener;

/// Its port, if none is said.
const PORT: u16 = 8081;

/// How long it waits before it tells something, at most.
const PAUSE: Duration = Duration::from_secs(1);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    #[cfg(target_os = "linux")]
    if env::args().any(|word| word == "with-its-parent") {
        set_parent_process_death_signal(Some(Signal::TERM))?;
    }
    let port = env::var("PORT").map_or(Ok(PORT), |text| text.parse());
    let port: u16 = port.context("PORT is no port")?;
    let provider = Provider::new(hook()?);
    for (card, amount) in cards(&env::var("CARDS").unwrap_or_default())? {
        let account = Account {
            amount,
            is_blocked: false,
        };
        provider.ledger().set_card(&card, account);
    }
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!(
        "the provider is listening on http://{}",
        listener.local_addr()?
    );
    axum::serve(listener, provider.routes()).await?;
    Ok(())
}

/// The cards of a text such as `ada=20000,ben=0`.
fn cards(text: &str) -> Result<Vec<(String, u64)>> {
    let cards = text.split(',').filter(|card| !card.is_empty());
    let cards = cards.map(|card| {
        let (name, amount) = card.split_once('=').unwrap_or((card, ""));
        let amount = amount.parse();
        let amount = amount.with_context(|| format!("CARDS: {card:?} is not like ada=20000"))?;
        Ok((name.to_owned(), amount))
    });
    cards.collect()
}

fn hook() -> Result<Option<Hook>> {
    let Ok(secrets) = env::var("WEBHOOK_SECRET") else {
        return Ok(None);
    };
    let url = env::var("WEBHOOK_URL").ok();
    Ok(Some(Hook::new(url, Secrets::parse(&secrets)?, PAUSE)))
}
