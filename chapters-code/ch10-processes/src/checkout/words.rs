//! What a checkout is told, and what it says.

use std::time::Duration;

use ch01_bare_server::pets::{Customer, Money, PetId};
use event_store::StreamId;
use uuid::Builder;

use crate::pets::CheckoutId;
use crate::time::millis;

/// What the name of a checkout's stream begins with.
pub const PREFIX: &str = "checkout#";

/// A card, as the provider's form has given it to the customer's browser: a name for it that is of
/// no use to anybody else. The shop never sees the number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Card(pub String);

/// The provider's name of a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeId(pub String);

// ANCHOR: facts
/// What a checkout is told. Each may come twice, late, and before what it follows from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A customer wants a pet.
    Begun(Terms),
    /// It is kept for this checkout.
    Reserved,
    /// It is not to be had, for this reason.
    NotReserved(String),
    /// The card was charged.
    Charged(ChargeId),
    /// It was not, for this reason, and will not be.
    NotCharged(String),
    /// The pet is the customer's.
    Confirmed,
    /// It is not, since it was not kept for this checkout any more.
    NotConfirmed,
    /// The pet is not kept for this checkout, and will not be.
    Released,
    /// The money was given back.
    Refunded,
    /// It is this time: since 1970.
    Late(Duration),
}
// ANCHOR_END: facts

/// What a customer has agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Which pet.
    pub pet: PetId,
    /// Who wants it.
    pub customer: Customer,
    /// Who pays.
    pub card: Card,
    /// How much.
    pub price: Money,
    /// What is not confirmed by then is taken back: since 1970.
    pub deadline: Duration,
}

// ANCHOR: events
/// What has happened, and what is to be done therefore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A customer wants a pet.
    Begun(Terms),
    /// The pet is to be kept.
    ReservationWanted,
    /// It is.
    Reserved,
    /// It is not to be had, for this reason.
    NotReserved(String),
    /// The card is to be charged.
    ChargeWanted,
    /// It was.
    Charged(ChargeId),
    /// It was not, for this reason.
    NotCharged(String),
    /// The pet is to become the customer's.
    ConfirmationWanted,
    /// It is.
    Confirmed,
    /// It cannot.
    NotConfirmed,
    /// The time was over at this one: since 1970.
    TimedOut(Duration),
    /// Somebody is to find out whether the card was charged.
    AnswerWanted,
    /// The pet is to be let go.
    ReleaseWanted,
    /// It was.
    Released,
    /// The money is to be given back.
    RefundWanted,
    /// It was.
    Refunded,
}
// ANCHOR_END: events

// ANCHOR: ids
impl CheckoutId {
    /// A name for a checkout that begins at this time, since 1970: a UUID of version 7, so that
    /// names are in the order of their times.
    /// <https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7>
    #[must_use]
    pub fn new(at: Duration, chance: [u8; 10]) -> Self {
        let uuid = Builder::from_unix_timestamp_millis(millis(at), &chance).into_uuid();
        Self(uuid.to_string())
    }

    /// The stream of this checkout.
    #[must_use]
    pub fn stream(&self) -> StreamId {
        StreamId(format!("{PREFIX}{self}"))
    }

    /// Whose stream it is; `None` if it is none of a checkout.
    #[must_use]
    pub fn of(stream: &StreamId) -> Option<Self> {
        stream.0.strip_prefix(PREFIX).map(|id| Self(id.to_owned()))
    }
}
// ANCHOR_END: ids
