//! The functions that look after checkouts: when one has something new, and for those of which
//! nobody has heard, each minute and each night.

use std::env;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use ch05_lambda::lambda;
use ch07_events::clock::now;
use event_store::Backend;
use tracing::info;

use crate::due::Swept;
use crate::performer::{AnyCheckout, AnyPet, Performer, Stuck};
use crate::provider::Payments;
use crate::{bell, due};

// ANCHOR: run
/// Is one of the functions, of which `_HANDLER` says which.
///
/// # Errors
///
/// When it is none of them, or the host is gone.
pub async fn run<C, P, B, M>(performer: &Performer<C, P, B, M>) -> Result<()>
where
    C: AnyCheckout,
    P: AnyPet,
    B: Backend,
    M: Payments,
{
    let look = async |back| sweep(performer, back).await;
    match env::var("_HANDLER").as_deref() {
        Ok("performer") => lambda::run(async |event| bell::ring(performer, event).await).await,
        Ok("due") => lambda::run(async |_: EventBridgeEvent| look(due::HOUR).await).await,
        Ok("overdue") => lambda::run(async |_: EventBridgeEvent| look(due::MONTH).await).await,
        other => bail!("_HANDLER={other:?}: it is performer, due or overdue"),
    }
}
// ANCHOR_END: run

/// It fails when a checkout is stuck, so that somebody is woken. It is not tried again: the next
/// one comes anyway.
async fn sweep<C, P, B, M>(performer: &Performer<C, P, B, M>, back: Duration) -> Result<()>
where
    C: AnyCheckout,
    P: AnyPet,
    B: Backend,
    M: Payments,
{
    let swept = look_back(performer, back).await?;
    info!(
        looked_at = swept.looked_at,
        open = swept.open,
        late = swept.late,
        stuck = swept.stuck,
        "checkouts were looked after"
    );
    ensure!(swept.stuck == 0, "{} checkouts are stuck", swept.stuck);
    Ok(())
}

/// Looks after the checkouts that have begun so long ago at most.
///
/// # Errors
///
/// As [`due::sweep`].
pub async fn look_back<C, P, B, M>(
    performer: &Performer<C, P, B, M>,
    back: Duration,
) -> Result<Swept, Stuck>
where
    C: AnyCheckout,
    P: AnyPet,
    B: Backend,
    M: Payments,
{
    let since = now().saturating_sub(back);
    due::sweep(performer, since, now()).await
}
