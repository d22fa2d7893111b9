//! What the functions of this chapter are told by their environment.

use std::sync::Arc;

use anyhow::{Context, Result};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use ch10_processes::performer::Performer;
use ch10_processes::provider::client::Http;
use ch10_processes::settings as before;
use event_store::{Dynamo, Settings, Store, Stored};

use crate::checkout::Checkout;
use crate::opening::Opening;
use crate::people::People;
use crate::pets::Pets;

/// The variable with the provider's address.
const PAYMENTS: &str = "PAYMENTS_URL";

/// The checkouts in a table.
pub type Checkouts = Store<Checkout, Arc<Dynamo>>;

/// Who does what checkouts want.
pub type Shop = Performer<Checkout, Pets, Arc<Dynamo>, Opening<Http>>;

/// The checkouts in their table.
#[must_use]
pub fn checkouts(sdk: &SdkConfig) -> Checkouts {
    in_table(sdk, &before::table())
}

/// What is decided about in a table.
#[must_use]
pub fn in_table<D>(sdk: &SdkConfig, table: &str) -> Store<D, Arc<Dynamo>>
where
    D: Stored<State: Send, Event: Send, Error: Send, Command: Sync>,
{
    let commits = Dynamo::new(&Client::new(sdk), table);
    Store::new(Arc::new(commits), Settings::default())
}

/// Who does what checkouts want, of the pets in this table.
///
/// # Errors
///
/// When nobody says where the provider is, or it cannot be asked there.
pub fn performer(sdk: &SdkConfig, pets: &str) -> Result<Shop> {
    let address = std::env::var(PAYMENTS);
    let address =
        address.with_context(|| format!("{PAYMENTS} is not set: it is the provider's address"))?;
    let payments = Http::new(&address).context(PAYMENTS)?;
    let people = People::nameless(sdk);
    Ok(Performer {
        checkouts: checkouts(sdk),
        pets: in_table(sdk, pets),
        payments: Opening { payments, people },
    })
}
