//! What the payment provider and the shop say to each other, as `provider.yaml` has it.
//!
//! All times are milliseconds since 1970, and all amounts in the minor unit of their currency.

pub mod client;
pub mod ledger;
pub mod server;

use serde::{Deserialize, Serialize};

/// The header with the key under which the provider does something once.
/// <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

// ANCHOR: charge
/// The body of `POST /charges`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCharge {
    /// The shop's name for it, under which it is found again.
    pub reference: String,
    /// The card, by the name that the provider's form has given it.
    pub card: String,
    /// How much.
    pub amount: u32,
    /// Of which currency.
    pub currency: String,
    /// By the provider's clock, the card is not charged at this time or later.
    pub expires_at: u64,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The provider's name for it.
    pub id: String,
    /// The shop's.
    pub reference: String,
    /// Which card.
    pub card: String,
    /// How much.
    pub amount: u32,
    /// Of which currency.
    pub currency: String,
    /// Whether it was charged.
    pub status: Status,
    /// Why it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When that was decided. It does not change any more.
    pub created_at: u64,
}

/// Whether a card was charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It was.
    Succeeded,
    /// It was not.
    Declined,
}
// ANCHOR_END: charge

// ANCHOR: charges
/// The answer to `GET /charges?reference=`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charges {
    /// All of this reference, the oldest first.
    pub charges: Vec<Charge>,
    /// What time it was by the provider's clock when there were these and no others.
    pub as_of: u64,
}
// ANCHOR_END: charges

/// The body of `POST /refunds`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRefund {
    /// All of this charge is given back.
    pub charge: String,
}

/// Money that was given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The provider's name for it.
    pub id: String,
    /// Of which charge.
    pub charge: String,
    /// How much.
    pub amount: u32,
    /// Of which currency.
    pub currency: String,
    /// When.
    pub created_at: u64,
}

// ANCHOR: notice
/// What the provider tells the shop of its own accord. It does so up to three times, and it
/// keeps no order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The provider's name for it: the same each time.
    pub id: String,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: NoticeKind,
    /// The charge.
    pub charge: Charge,
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoticeKind {
    /// A card was charged.
    #[serde(rename = "charge.succeeded")]
    Succeeded,
    /// It was not, and will not be.
    #[serde(rename = "charge.declined")]
    Declined,
    /// The money was given back.
    #[serde(rename = "charge.refunded")]
    Refunded,
}
// ANCHOR_END: notice

/// Why the provider does not do what it was asked for: the `type` of a problem document.
/// <https://www.rfc-editor.org/rfc/rfc9457>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// 400: it is no such request.
    #[error("it is no request of this kind")]
    Malformed,
    /// 404
    #[error("there is no such charge")]
    UnknownCharge,
    /// 409: the card was never charged.
    #[error("the card was not charged")]
    NotCharged,
    /// 409: the money was given back under another key.
    #[error("the money was given back before")]
    AlreadyRefunded,
    /// 422: the key belongs to another request.
    #[error("the key belongs to another request")]
    KeyReused,
}

impl Refusal {
    /// With which status it comes.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::UnknownCharge => 404,
            Self::NotCharged | Self::AlreadyRefunded => 409,
            Self::KeyReused => 422,
        }
    }
}

/// Why the provider was asked in vain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// There was no answer, or one that says nothing: it may be done, or not.
    #[error("no answer of the provider: {0}")]
    Unclear(String),
    /// It will not do it.
    #[error("the provider refuses: {0}")]
    Refused(#[from] Refusal),
}

// ANCHOR: payments
/// What the shop asks of a provider. Whatever is unclear becomes clear when it is asked for
/// again with the same key.
pub trait Payments: Send + Sync {
    /// Charges a card, once for each key.
    fn charge(
        &self,
        key: &str,
        new: &NewCharge,
    ) -> impl Future<Output = Result<Charge, Trouble>> + Send;

    /// Gives the money of a charge back, once.
    fn refund(
        &self,
        key: &str,
        new: &NewRefund,
    ) -> impl Future<Output = Result<Refund, Trouble>> + Send;

    /// The charges of a reference.
    fn charges(&self, reference: &str) -> impl Future<Output = Result<Charges, Trouble>> + Send;
}
// ANCHOR_END: payments
