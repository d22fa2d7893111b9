//! What the functions of this chapter are told by their environment.

use std::sync::Arc;

use anyhow::Result;
use aws_config::SdkConfig;
use ch10_processes::performer::Performer;
use ch10_processes::provider::client::Http;
use ch10_processes::settings::{self as before, in_table};
use event_store::{Dynamo, Store};

use crate::checkout::Checkout;
use crate::opening::Opening;
use crate::people::People;
use crate::pets::Pets;

/// The checkouts in a table.
pub type Checkouts = Store<Checkout, Arc<Dynamo>>;

/// Who does what checkouts want.
pub type Shop = Performer<Checkout, Pets, Arc<Dynamo>, Opening<Http>>;

/// The checkouts in their table.
#[must_use]
pub fn checkouts(sdk: &SdkConfig) -> Checkouts {
    in_table(sdk, &before::table())
}

/// Who does what checkouts want, of the pets in this table.
///
/// # Errors
///
/// When nobody says where the provider is, or it cannot be asked there.
pub fn performer(sdk: &SdkConfig, pets: &str) -> Result<Shop> {
    let payments = before::payments()?;
    let people = People::nameless(sdk);
    Ok(Performer {
        checkouts: checkouts(sdk),
        pets: in_table(sdk, pets),
        payments: Opening { payments, people },
    })
}
