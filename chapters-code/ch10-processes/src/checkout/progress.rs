//! Where a checkout is, and what it waits for.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::words::{ChargeId, Terms};

// ANCHOR: state
/// Where a checkout is with the pet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Hold {
    /// It has asked for it.
    Reserving,
    /// The pet is kept.
    Reserved,
    /// It has asked for the adoption.
    Confirming,
    /// The pet is the customer's.
    Adopted,
    /// It lets the pet go.
    Releasing,
    /// It has.
    Released,
}

/// Where it is with the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Payment {
    /// Nobody was asked for money.
    NotAsked,
    /// The provider was asked, and may have charged the card or not.
    Unclear,
    /// It has not.
    NotCharged,
    /// It has.
    Charged,
    /// It is to give the money back.
    Refunding,
    /// It has.
    Refunded,
}

/// What is known of a checkout that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What the customer has agreed to.
    pub terms: Terms,
    /// Where it is with the pet.
    pub hold: Hold,
    /// Where it is with the money.
    pub payment: Payment,
    /// The charge, once there is one.
    pub charge: Option<ChargeId>,
    /// Why it was given up.
    pub why: Option<Why>,
}
// ANCHOR_END: state

/// Why a checkout was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Why {
    /// The pet was not to be had.
    Unavailable,
    /// The card was not charged.
    NotPaid,
    /// The time was over.
    Late,
    /// The pet was not kept any more when it was paid.
    Lost,
}

// ANCHOR: wishes
/// What is to be done, and nobody has said yet what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wish {
    /// Keep the pet.
    Reserve,
    /// Charge the card.
    Charge,
    /// Give the customer the pet.
    Confirm,
    /// Find out whether the card was charged.
    FindOut,
    /// Let the pet go.
    Release,
    /// Give the money back.
    Refund,
}

impl Progress {
    /// What was wanted and is not answered.
    #[must_use]
    pub fn wishes(&self) -> Vec<Wish> {
        let of_the_pet = match self.hold {
            Hold::Reserving => Some(Wish::Reserve),
            Hold::Confirming => Some(Wish::Confirm),
            Hold::Releasing => Some(Wish::Release),
            Hold::Reserved | Hold::Adopted | Hold::Released => None,
        };
        let of_the_money = match (self.payment, self.hold) {
            (Payment::Unclear, Hold::Reserved) => Some(Wish::Charge),
            (Payment::Unclear, _) => Some(Wish::FindOut),
            (Payment::Refunding, _) => Some(Wish::Refund),
            _ => None,
        };
        of_the_pet.into_iter().chain(of_the_money).collect()
    }

    /// Whether all is done: the pet is the customer's and paid, or neither. A charge of which
    /// nobody knew may still come to light.
    #[must_use]
    pub fn is_over(&self) -> bool {
        use {Hold as H, Payment as P};
        matches!(
            self.kind(),
            (H::Adopted, P::Charged) | (H::Released, P::NotAsked | P::NotCharged | P::Refunded)
        )
    }

    /// Where it is, without what is particular to a customer.
    #[must_use]
    pub fn kind(&self) -> (Hold, Payment) {
        (self.hold, self.payment)
    }
    // ANCHOR_END: wishes

    /// Whether it is to be given up at this time, since 1970, and was not before.
    #[must_use]
    pub fn is_late(&self, now: Duration) -> bool {
        let goes_on = matches!(
            self.hold,
            Hold::Reserving | Hold::Reserved | Hold::Confirming
        );
        goes_on && now >= self.terms.deadline
    }

    /// Just begun.
    pub(super) fn new(terms: Terms) -> Self {
        Self {
            terms,
            hold: Hold::Reserving,
            payment: Payment::NotAsked,
            charge: None,
            why: None,
        }
    }
}
