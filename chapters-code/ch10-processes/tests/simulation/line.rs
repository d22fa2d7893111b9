//! The way to the provider, and from it.

use std::sync::Arc;
use std::time::Duration;

use ch10_processes::checkout::{CheckoutId, Hold, PREFIX, Payment};
use ch10_processes::performer::noticed;
use ch10_processes::provider::ledger::{Answered, Ledger};
use ch10_processes::provider::{
    Charge, Charges, NewCharge, NewRefund, Notice, NoticeKind, Payments, Refund, Refusal, Trouble,
};
use event_store::{Settings, Store};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::day::{Day, HEARING};
use crate::guards::{Checkouts, WITHOUT, Without};

/// How long the shop waits for an answer of the provider.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a request to the provider may be under way.
const SLOW: Duration = Duration::from_secs(12);

/// How late it may tell something.
const TOLD: Duration = Duration::from_secs(6);

const BEFORE: &str = "deaths before a call to the provider";
const AFTER: &str = "deaths after a call to the provider, before its answer";

/// What a performer sees of the provider.
#[derive(Clone)]
pub struct Line(pub Arc<Day>);

fn unclear(why: &str) -> Trouble {
    Trouble::Unclear(why.to_owned())
}

impl Line {
    /// Makes a call. Once it is under way it arrives, whatever becomes of whoever made it.
    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Ledger, u64) -> Result<Answered<T>, Refusal> + Send + 'static,
    ) -> Result<T, Trouble> {
        let day = &self.0;
        day.step(BEFORE).await;
        if day.is_bad(8) {
            day.count("calls that the provider was away for");
            return Err(unclear("it is away"));
        }
        if day.is_bad(5) {
            day.count("answers of 500, and nothing was done");
            return Err(unclear("500"));
        }
        let (answer, answered) = oneshot::channel();
        let (there, delay) = (Arc::clone(day), self.delay());
        day.spawn(async move {
            sleep(delay).await;
            let now = there.theirs();
            let done = work(&mut there.ledger.lock().expect("nobody panics"), now);
            let done = done.map(|(done, notice)| {
                there.notify(notice);
                done
            });
            if answer.send(done).is_err() {
                there.count("requests that were done when nobody waited any more");
            }
        });
        let Ok(Ok(done)) = timeout(PATIENCE, answered).await else {
            return Err(unclear("it is slow"));
        };
        day.step(AFTER).await;
        if day.is_bad(5) {
            day.count("answers of 500, and it was done");
            return Err(unclear("500"));
        }
        Ok(done?)
    }

    fn delay(&self) -> Duration {
        let is_slow = self.0.is_bad(25);
        if is_slow {
            self.0.count("slow requests to the provider");
        }
        let usual = Duration::from_millis(50);
        self.0.pause(if is_slow { SLOW } else { usual })
    }
}

impl Payments for Line {
    async fn charge(&self, key: &str, new: &NewCharge) -> Result<Charge, Trouble> {
        let mut key = key.to_owned();
        if WITHOUT.get() == Without::Key {
            key = format!("{key}/{}", self.0.dice(u64::MAX));
        }
        let (day, new) = (Arc::clone(&self.0), new.clone());
        let charge = move |ledger: &mut Ledger, now| {
            let done = ledger.charge(&key, &new, now);
            if matches!(done, Ok((_, None))) {
                day.count("charges asked for again");
            }
            done
        };
        let charge = self.call(charge).await?;
        match charge.reason.as_deref() {
            None => self.0.count("charges"),
            Some("expired") => self.0.count("charges that came too late"),
            Some(_) => self.0.count("charges declined"),
        }
        Ok(charge)
    }

    async fn refund(&self, key: &str, new: &NewRefund) -> Result<Refund, Trouble> {
        let (key, new) = (key.to_owned(), new.clone());
        self.call(move |ledger, now| ledger.refund(&key, &new, now))
            .await
    }

    async fn charges(&self, reference: &str) -> Result<Charges, Trouble> {
        let reference = reference.to_owned();
        let found = self.call(move |ledger, now| Ok((ledger.find(&reference, now), None)));
        let mut found = found.await?;
        if WITHOUT.get() == Without::Expiry {
            found.as_of = u64::MAX;
        }
        Ok(found)
    }
}

impl Day {
    /// The provider tells something: not at all, once, or more often.
    fn notify(self: &Arc<Self>, notice: Option<Notice>) {
        let Some(notice) = notice else {
            return;
        };
        let times = self.dice(4);
        match times {
            0 => self.count("webhooks lost"),
            1 => {}
            _ => self.count("webhooks more than once"),
        }
        for _ in 0..times {
            self.spawn(Arc::clone(self).tell(notice.clone()));
        }
    }

    async fn tell(self: Arc<Self>, notice: Notice) {
        sleep(self.pause(TOLD)).await;
        let checkout = CheckoutId(notice.charge.reference.clone());
        assert!(checkout.stream().0.starts_with(PREFIX));
        let streams: Store<Checkouts, _> =
            Store::new(Arc::clone(&self.memory), Settings::default());
        let state = streams
            .load(&checkout.stream())
            .await
            .expect("memory")
            .state;
        let state = state.map(|now| (now.hold, now.payment));
        match (notice.kind, state) {
            (NoticeKind::Succeeded, Some((Hold::Reserved, Payment::Unclear))) => {
                self.count("webhooks before the answer");
            }
            (NoticeKind::Succeeded, Some((_, Payment::Unclear))) => {
                self.count("webhooks of a charge after it was given up");
            }
            _ => {}
        }
        self.run(HEARING, async |shop, now| {
            noticed(&shop.checkouts, &notice, now).await
        })
        .await;
    }
}
