//! A doorbell: says that checkouts have something new.

use std::time::Duration;

use anyhow::Result;
use aws_lambda_events::dynamodb::Event;
use ch07_events::clock::now;
use ch09_projections::bell::bells;
use event_store::Backend;
use futures_util::{StreamExt, stream};
use tokio::time::sleep;
use tracing::{error, warn};

use crate::checkout::CheckoutId;
use crate::performer::{AnyCheckout, AnyPet, Performer, Stuck};
use crate::provider::Payments;

/// How many checkouts are seen to at a time.
const AT_ONCE: usize = 8;

/// How often one is tried.
const TRIES: u32 = 3;

/// How long it waits before the second try, and twice as long before the third.
const PAUSE: Duration = Duration::from_millis(100);

// ANCHOR: ring
/// Rings for a batch of records, once for each checkout that they name.
///
/// One that is stuck is left to whoever looks after it within a minute. To have its record again
/// and again would keep all others waiting which come after it.
///
/// # Errors
///
/// When a record is of something else than a commit.
pub async fn ring<C, P, B, M>(performer: &Performer<C, P, B, M>, event: Event) -> Result<()>
where
    C: AnyCheckout,
    P: AnyPet,
    B: Backend,
    M: Payments,
{
    let rung = bells(&event.records)?.into_keys();
    let checkouts = rung.filter_map(|stream| CheckoutId::of(&stream));
    stream::iter(checkouts)
        .for_each_concurrent(AT_ONCE, async |checkout| {
            if let Err(because) = see_to(performer, &checkout).await {
                error!(%checkout, %because, "a checkout is stuck");
            }
        })
        .await;
    Ok(())
}

async fn see_to<C, P, B, M>(
    performer: &Performer<C, P, B, M>,
    checkout: &CheckoutId,
) -> Result<(), Stuck>
where
    C: AnyCheckout,
    P: AnyPet,
    B: Backend,
    M: Payments,
{
    for tried in 1..TRIES {
        match performer.heard(checkout, now()).await {
            Ok(()) => return Ok(()),
            Err(because) => warn!(%checkout, %because, "a checkout is tried again"),
        }
        sleep(PAUSE * tried).await;
    }
    performer.heard(checkout, now()).await
}
// ANCHOR_END: ring
