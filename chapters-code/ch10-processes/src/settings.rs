//! What the functions of this chapter are told by their environment.

use std::env;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use event_store::{Dynamo, Settings, Store, Stored};

use crate::checkout::Checkout;
use crate::performer::Performer;
use crate::pets::Pets;
use crate::provider::client::Http;
use crate::webhook::Secrets;

/// The variable with the table of the checkouts.
const CHECKOUTS: &str = "CHECKOUTS_TABLE";

/// The variable that says how many seconds a checkout may take.
const SECONDS: &str = "CHECKOUT_SECONDS";

/// The variable with the provider's address.
const PAYMENTS: &str = "PAYMENTS_URL";

/// The variable with what the provider signs with.
const SECRET: &str = "WEBHOOK_SECRET";

/// How long a checkout may take, unless the environment says otherwise: a quarter of an hour.
const LASTS: Duration = Duration::from_mins(15);

/// The checkouts in a table.
pub type Checkouts = Store<Checkout, Arc<Dynamo>>;

/// The table of the checkouts.
#[must_use]
pub fn table() -> String {
    env::var(CHECKOUTS).unwrap_or_else(|_| "checkouts".to_owned())
}

/// The checkouts in their table.
#[must_use]
pub fn checkouts(sdk: &SdkConfig) -> Checkouts {
    in_table(sdk, &table())
}

/// What is decided about in a table.
#[must_use]
pub fn in_table<D>(sdk: &SdkConfig, table: &str) -> Store<D, Arc<Dynamo>>
where
    D: Stored<Command: Sync, Event: Send, State: Send, Error: Send>,
{
    let commits = Dynamo::new(&Client::new(sdk), table);
    Store::new(Arc::new(commits), Settings::default())
}

/// How long a checkout may take.
///
/// # Errors
///
/// When that is no number of seconds, or none at all.
pub fn lasts() -> Result<Duration> {
    let Ok(text) = env::var(SECONDS) else {
        return Ok(LASTS);
    };
    let seconds: Option<u64> = text.parse().ok();
    let seconds =
        seconds.with_context(|| format!("{SECONDS}={text}: it is no number of seconds"))?;
    ensure!(seconds > 0, "{SECONDS}=0: no checkout would ever be paid");
    Ok(Duration::from_secs(seconds))
}

/// Who does what checkouts want, of the pets in this table.
///
/// # Errors
///
/// As [`payments`].
pub fn performer(
    sdk: &SdkConfig,
    pets: &str,
) -> Result<Performer<Checkout, Pets, Arc<Dynamo>, Http>> {
    Ok(Performer {
        checkouts: checkouts(sdk),
        pets: in_table(sdk, pets),
        payments: payments()?,
    })
}

/// The provider.
///
/// # Errors
///
/// When nobody says where it is, or it cannot be asked there.
pub fn payments() -> Result<Http> {
    let address = env::var(PAYMENTS);
    let address =
        address.with_context(|| format!("{PAYMENTS} is not set: it is the provider's address"))?;
    Http::new(&address).context(PAYMENTS)
}

/// What the provider signs with.
///
/// # Errors
///
/// When it is not set, or too short.
pub fn secrets() -> Result<Secrets> {
    let text = env::var(SECRET);
    let text = text.with_context(|| format!("{SECRET} is not set: the provider signs with it"))?;
    Secrets::parse(&text).context(SECRET)
}
