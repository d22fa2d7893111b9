//! Opens what is sealed for whoever has to know: the provider, who charges a card.

use ch03_platform::failure::Failure;
use ch10_processes::provider::{Charge, Charges, NewCharge, NewRefund, Payments, Refund, Trouble};

use crate::people::People;

// ANCHOR: opening
/// A provider that is told what it has to be told, and no more than that is opened for it.
#[derive(Debug)]
pub struct Opening<M> {
    /// The provider.
    pub payments: M,
    /// Who has the keys.
    pub people: People,
}

impl<M: Payments> Payments for Opening<M> {
    /// Nobody charges the card of a person who is forgotten. The checkout waits until its time
    /// is over, and finds then that there is no charge.
    async fn charge(&self, key: &str, new: &NewCharge) -> Result<Charge, Trouble> {
        let card = self
            .people
            .open(&new.card)
            .await
            .map_err(|failure| unclear(&failure))?;
        let card = card.ok_or_else(|| Trouble::Unclear("whose card it is was forgotten".into()))?;
        let new = NewCharge {
            card,
            ..new.clone()
        };
        self.payments.charge(key, &new).await
    }
    // ANCHOR_END: opening

    async fn refund(&self, key: &str, new: &NewRefund) -> Result<Refund, Trouble> {
        self.payments.refund(key, new).await
    }

    async fn charges(&self, reference: &str) -> Result<Charges, Trouble> {
        self.payments.charges(reference).await
    }
}

fn unclear(failure: &Failure) -> Trouble {
    Trouble::Unclear(failure.to_string())
}
