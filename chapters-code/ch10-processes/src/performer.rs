//! Does what checkouts want, and tells them what came of it.

use std::time::Duration;

use ch08_event_sourcing::shop;
use event_store::{Backend, Command, Error, Failure, Issued, Store, Stored};

use crate::checkout::{ChargeId, CheckoutId, Event, Fact, Progress, Unknown, Wish};
use crate::pets;
use crate::provider::{
    Charge, NewCharge, NewRefund, Notice, NoticeKind, Payments, Refusal, Status, Trouble,
};
use crate::time::millis;

/// Why a checkout does not go on. Whoever hears of it again may try again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stuck {
    /// The streams cannot be read or written.
    #[error(transparent)]
    Streams(#[from] Failure),
    /// They cannot be listed.
    #[error(transparent)]
    List(#[from] event_store::Fault),
    /// The provider does not do what it was asked for.
    #[error(transparent)]
    Provider(#[from] Trouble),
    /// Nobody has begun this checkout.
    #[error(transparent)]
    Unknown(#[from] Unknown),
}

/// A fact, and what it follows from.
pub type Answer = (Fact, String);

/// How things go on with a checkout after a fact.
pub type Progressed = Option<Progress>;

/// What decides about checkouts, however they are written.
pub trait AnyCheckout:
    Stored<Command = Fact, Event = Event, State = Progressed, Error = Unknown>
{
}

impl<C> AnyCheckout for C where
    C: Stored<Command = Fact, Event = Event, State = Progressed, Error = Unknown>
{
}

/// What decides about pets, and knows all that this chapter asks of one.
pub trait AnyPet:
    Stored<Command: From<pets::Command> + Sync, Event: Send, State: Send, Error = pets::Refusal>
{
}

impl<P> AnyPet for P where
    P: Stored<Command: From<pets::Command> + Sync, Event: Send, State: Send, Error = pets::Refusal>
{
}

// ANCHOR: performer
/// Does what checkouts want: of the pets in the same table, and of the provider.
#[derive(Debug)]
pub struct Performer<C: Stored, P: Stored, B, M> {
    /// The checkouts.
    pub checkouts: Store<C, B>,
    /// The pets.
    pub pets: Store<P, B>,
    /// The provider.
    pub payments: M,
}

impl<C, P, B, M> Performer<C, P, B, M>
where
    C: AnyCheckout,
    P: AnyPet,
    B: Backend,
    M: Payments,
{
    /// Somebody says that a checkout has something new. It may be known by now; and who says so may
    /// say it twice, or late. So no more is believed than the name. What is wanted is
    /// read from the stream, and what others have done meanwhile is not wanted any more.
    ///
    /// # Errors
    ///
    /// When one of its wishes is [`Stuck`]. The others were seen to.
    pub async fn heard(&self, checkout: &CheckoutId, now: Duration) -> Result<(), Stuck> {
        match self.checkouts.load(&checkout.stream()).await?.state {
            Some(progress) => self.see_to(checkout, &progress, now).await,
            None => Ok(()),
        }
    }

    /// Does what is wanted. What comes of it is a commit, of which somebody will hear.
    ///
    /// # Errors
    ///
    /// When one of the wishes is [`Stuck`].
    pub async fn see_to(
        &self,
        checkout: &CheckoutId,
        progress: &Progress,
        now: Duration,
    ) -> Result<(), Stuck> {
        let mut seen_to = Ok(());
        for wish in progress.wishes() {
            let done = self.fulfil(checkout, progress, wish, now).await;
            seen_to = seen_to.and(done);
        }
        seen_to
    }

    async fn fulfil(
        &self,
        checkout: &CheckoutId,
        progress: &Progress,
        wish: Wish,
        now: Duration,
    ) -> Result<(), Stuck> {
        if let Some((fact, cause)) = self.perform(checkout, progress, wish, now).await? {
            tell(&self.checkouts, checkout, &fact, &cause, now).await?;
        }
        Ok(())
    }
    // ANCHOR_END: performer

    // ANCHOR: perform
    /// Does one thing, and says what came of it; `None` if that is not known yet. Done
    /// again, it does nothing, and says the same.
    async fn perform(
        &self,
        checkout: &CheckoutId,
        progress: &Progress,
        wish: Wish,
        now: Duration,
    ) -> Result<Option<Answer>, Stuck> {
        let by = checkout.clone();
        let answer = match wish {
            Wish::Reserve => match self
                .ask(checkout, progress, pets::Wish::Reserve { by }, now)
                .await?
            {
                Ok(commit) => (Fact::Reserved, commit),
                Err(refusal) => (Fact::NotReserved(refusal.to_string()), pet(progress)),
            },
            Wish::Confirm => {
                let customer = progress.terms.customer.clone();
                let wish = pets::Wish::Adopt { by, customer };
                match self.ask(checkout, progress, wish, now).await? {
                    Ok(commit) => (Fact::Confirmed, commit),
                    Err(_) => (Fact::NotConfirmed, pet(progress)),
                }
            }
            Wish::Release => match self
                .ask(checkout, progress, pets::Wish::Release { by }, now)
                .await?
            {
                Ok(commit) => (Fact::Released, commit),
                // There is one reason: the confirmation was faster.
                Err(_) => (Fact::Confirmed, pet(progress)),
            },
            Wish::Charge => {
                let new = new_charge(checkout, progress);
                let key = format!("{checkout}/charge");
                charged(self.payments.charge(&key, &new).await?)
            }
            Wish::FindOut => return Ok(self.find_out(checkout, progress).await?),
            Wish::Refund => self.refund(checkout, progress).await?,
        };
        Ok(Some(answer))
    }
    // ANCHOR_END: perform

    /// Asks something of the pet. It says which commit of its stream is the answer, or why not.
    async fn ask(
        &self,
        checkout: &CheckoutId,
        progress: &Progress,
        wish: pets::Wish,
        now: Duration,
    ) -> Result<Result<String, pets::Refusal>, Failure> {
        let pet = progress.terms.pet.clone();
        let (stream, issued) = (
            shop::stream(&pet),
            issued(checkout, &checkout.stream().0, now),
        );
        let command = pets::Command { pet, wish }.into();
        match self.pets.execute(&stream, &issued, &command).await {
            Ok(done) => Ok(Ok(format!("{stream}/{}", done.number))),
            Err(Error::Refused(refusal)) => Ok(Err(refusal)),
            Err(Error::Failed(failure)) => Err(failure),
        }
    }

    // ANCHOR: find_out
    /// Asks the provider what became of a charge. That there is none is an answer only
    /// when there can be none any more, by the provider's own clock: until then, somebody's request
    /// may be on its way.
    async fn find_out(
        &self,
        checkout: &CheckoutId,
        progress: &Progress,
    ) -> Result<Option<Answer>, Trouble> {
        let found = self.payments.charges(&checkout.0).await?;
        let mut charges = found.charges;
        // If any has succeeded, that one.
        charges.sort_by_key(|charge| charge.status == Status::Declined);
        if let Some(charge) = charges.into_iter().next() {
            return Ok(Some(charged(charge)));
        }
        let is_final = found.as_of >= millis(progress.terms.deadline);
        let never = || {
            (
                Fact::NotCharged("never asked in time".into()),
                checkout.0.clone(),
            )
        };
        Ok(is_final.then(never))
    }
    // ANCHOR_END: find_out

    async fn refund(&self, checkout: &CheckoutId, progress: &Progress) -> Result<Answer, Trouble> {
        let charge = progress.charge.clone().unwrap_or(ChargeId(String::new())).0;
        let key = format!("{checkout}/refund");
        match self
            .payments
            .refund(
                &key,
                &NewRefund {
                    charge: charge.clone(),
                },
            )
            .await
        {
            Ok(refund) => Ok((Fact::Refunded, refund.id)),
            // The provider forgets keys some day, and not what it has done.
            Err(Trouble::Refused(Refusal::AlreadyRefunded)) => Ok((Fact::Refunded, charge)),
            Err(trouble) => Err(trouble),
        }
    }
}

// ANCHOR: tell
/// Tells a checkout a fact, and what it follows from. It may know it already.
///
/// # Errors
///
/// [`Stuck::Unknown`] if there is no such checkout, or a failure of the streams.
pub async fn tell<C, B>(
    checkouts: &Store<C, B>,
    checkout: &CheckoutId,
    fact: &Fact,
    cause: &str,
    now: Duration,
) -> Result<Progressed, Stuck>
where
    C: AnyCheckout,
    B: Backend,
{
    let issued = issued(checkout, cause, now);
    match checkouts.execute(&checkout.stream(), &issued, fact).await {
        Ok(done) => Ok(done.state),
        Err(Error::Refused(unknown)) => Err(unknown.into()),
        Err(Error::Failed(failure)) => Err(failure.into()),
    }
}
// ANCHOR_END: tell

// ANCHOR: noticed
/// The provider says something of its own accord.
///
/// # Errors
///
/// [`Stuck::Unknown`] if it is about none of our checkouts.
pub async fn noticed<C, B>(
    checkouts: &Store<C, B>,
    notice: &Notice,
    now: Duration,
) -> Result<(), Stuck>
where
    C: AnyCheckout,
    B: Backend,
{
    let checkout = CheckoutId(notice.charge.reference.clone());
    let fact = match notice.kind {
        NoticeKind::Refunded => Fact::Refunded,
        NoticeKind::Succeeded | NoticeKind::Declined => charged(notice.charge.clone()).0,
    };
    tell(checkouts, &checkout, &fact, &notice.id, now).await?;
    Ok(())
}
// ANCHOR_END: noticed

/// A command that is a part of this checkout, whatever stream it goes to.
fn issued(checkout: &CheckoutId, cause: &str, now: Duration) -> Issued {
    Issued {
        correlation: Some(checkout.0.clone()),
        causation: Some(cause.to_owned()),
        ..Issued::at(Command::once(), now)
    }
}

fn new_charge(checkout: &CheckoutId, progress: &Progress) -> NewCharge {
    let terms = &progress.terms;
    NewCharge {
        reference: checkout.0.clone(),
        card: terms.card.0.clone(),
        amount: terms.price.amount,
        currency: terms.price.currency.clone(),
        expires_at: millis(terms.deadline),
    }
}

fn charged(charge: Charge) -> Answer {
    let fact = match charge.status {
        Status::Succeeded => Fact::Charged(ChargeId(charge.id.clone())),
        Status::Declined => Fact::NotCharged(charge.reason.unwrap_or_default()),
    };
    (fact, charge.id)
}

fn pet(progress: &Progress) -> String {
    shop::stream(&progress.terms.pet).0
}
