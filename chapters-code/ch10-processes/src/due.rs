//! Looks after checkouts of which nobody has heard: a doorbell may be lost, and the time rings
//! none.

use std::fmt;
use std::time::Duration;

use event_store::{Backend, StreamId};
use tracing::error;

use crate::checkout::{CheckoutId, Fact, PREFIX, Progress};
use crate::performer::{AnyCheckout, AnyPet, Performer, Stuck, tell};
use crate::provider::Payments;

/// How far back a sweep looks that comes each minute.
pub const HOUR: Duration = Duration::from_hours(1);

/// How far back one looks that comes each night: a provider may be away for longer than an hour.
pub const MONTH: Duration = Duration::from_hours(24 * 31);

/// How many streams are listed at once. Each partition of the index is asked for as many.
const PAGE: u32 = 100;

/// What was found.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Checkouts that were looked at.
    pub looked_at: u64,
    /// Those that were not over.
    pub open: u64,
    /// Those of them whose time was over.
    pub late: u64,
    /// Those that could not be brought on. They will be looked at again.
    pub stuck: u64,
}

impl fmt::Display for Swept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            looked_at,
            open,
            late,
            stuck,
        } = self;
        write!(
            f,
            "{looked_at} checkouts, {open} of them open, {late} late, {stuck} stuck"
        )
    }
}

// ANCHOR: sweep
/// Looks after all checkouts that have begun after `since`: tells those that are late, and does
/// what is still wanted. A schedule calls it: each minute for the last [`HOUR`], and each night for
/// the last [`MONTH`].
///
/// The names of streams are in the order of their times, so that only the new ones are
/// listed. It costs one query for each partition of the index, of half a read unit for some
/// forty names, and then one request of half a read unit or one for each checkout that
/// is looked at. An empty shop pays for 8 queries a minute.
///
/// # Errors
///
/// When the streams cannot be listed. What is wrong with one checkout keeps nobody from looking
/// at the next.
pub async fn sweep<C, P, B, M>(
    performer: &Performer<C, P, B, M>,
    since: Duration,
    now: Duration,
) -> Result<Swept, Stuck>
where
    C: AnyCheckout,
    P: AnyPet,
    B: Backend,
    M: Payments,
{
    let (mut swept, mut last) = (Swept::default(), CheckoutId::new(since, [0; 10]).stream());
    loop {
        let backend = performer.checkouts.backend();
        let streams = backend.streams(PREFIX, Some(&last), PAGE).await?;
        for stream in &streams {
            if let Err(because) = look_at(performer, stream, now, &mut swept).await {
                error!(%stream, %because, "a checkout is stuck");
                swept.stuck += 1;
            }
        }
        match streams.into_iter().next_back() {
            Some(stream) => last = stream,
            None => return Ok(swept),
        }
    }
}

async fn look_at<C, P, B, M>(
    performer: &Performer<C, P, B, M>,
    stream: &StreamId,
    now: Duration,
    swept: &mut Swept,
) -> Result<(), Stuck>
where
    C: AnyCheckout,
    P: AnyPet,
    B: Backend,
    M: Payments,
{
    swept.looked_at += 1;
    let Some(checkout) = CheckoutId::of(stream) else {
        return Ok(());
    };
    let mut progress = performer.checkouts.load(stream).await?.state;
    if progress.as_ref().is_none_or(Progress::is_over) {
        return Ok(());
    }
    swept.open += 1;
    if progress
        .as_ref()
        .is_some_and(|progress| progress.is_late(now))
    {
        swept.late += 1;
        progress = tell(
            &performer.checkouts,
            &checkout,
            &Fact::Late(now),
            "clock",
            now,
        )
        .await?;
    }
    match progress {
        Some(progress) => performer.see_to(&checkout, &progress, now).await,
        None => Ok(()),
    }
}
// ANCHOR_END: sweep
