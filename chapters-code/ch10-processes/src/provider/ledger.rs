//! The money: who has how much, and what the provider has done under which key. No network, no
//! clock.

use std::collections::BTreeMap;

use super::{Charge, Charges, NewCharge, NewRefund, Notice, NoticeKind, Refund, Refusal, Status};

/// The cards, the shop's account, and all that moved money between them. Currencies are
/// not told apart.
#[derive(Debug, Default)]
pub struct Ledger {
    cards: BTreeMap<String, Account>,
    /// What the shop has been paid, less what it gave back.
    shop: u64,
    charges: Vec<Charge>,
    refunds: Vec<Refund>,
    keys: BTreeMap<String, Done>,
}

/// What there is behind a card.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Account {
    /// How much can still be charged.
    pub amount: u64,
    /// Its owner has had it blocked.
    pub is_blocked: bool,
}

/// What was done under a key, by its place.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Done {
    Charge(NewCharge, usize),
    Refund(NewRefund, usize),
}

/// An answer, and what is told besides if it is a new one.
pub type Answered<T> = (T, Option<Notice>);

impl Ledger {
    /// A card with so much money.
    pub fn set_card(&mut self, card: &str, account: Account) {
        self.cards.insert(card.to_owned(), account);
    }

    /// What can still be charged to each card.
    #[must_use]
    pub fn cards(&self) -> BTreeMap<&str, u64> {
        let cards = self.cards.iter();
        cards
            .map(|(name, account)| (name.as_str(), account.amount))
            .collect()
    }

    // ANCHOR: charge
    /// Charges a card, or says why not. Asked again with the same key, it says the same again.
    ///
    /// # Errors
    ///
    /// [`Refusal::KeyReused`] when the key belongs to something else.
    pub fn charge(
        &mut self,
        key: &str,
        new: &NewCharge,
        now: u64,
    ) -> Result<Answered<Charge>, Refusal> {
        match self.keys.get(key) {
            Some(Done::Charge(before, place)) if before == new => {
                return Ok((self.charges[*place].clone(), None));
            }
            Some(_) => return Err(Refusal::KeyReused),
            None => {}
        }
        let reason = self.move_money(new, now).err();
        let charge = Charge {
            id: format!("ch_{}", self.charges.len() + 1),
            reference: new.reference.clone(),
            card: new.card.clone(),
            amount: new.amount,
            currency: new.currency.clone(),
            status: reason.map_or(Status::Succeeded, |_| Status::Declined),
            reason: reason.map(str::to_owned),
            created_at: now,
        };
        let done = Done::Charge(new.clone(), self.charges.len());
        self.keys.insert(key.to_owned(), done);
        self.charges.push(charge.clone());
        let kind = match charge.status {
            Status::Succeeded => NoticeKind::Succeeded,
            Status::Declined => NoticeKind::Declined,
        };
        let notice = notice(kind, &charge);
        Ok((charge, Some(notice)))
    }
    // ANCHOR_END: charge

    fn move_money(&mut self, new: &NewCharge, now: u64) -> Result<(), &'static str> {
        if now >= new.expires_at {
            return Err("expired");
        }
        let account = self.cards.get_mut(&new.card).ok_or("no such card")?;
        if account.is_blocked {
            return Err("the card is blocked");
        }
        let rest = account.amount.checked_sub(new.amount.into());
        account.amount = rest.ok_or("not enough money")?;
        self.shop += u64::from(new.amount);
        Ok(())
    }

    /// Gives the money of a charge back.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] when there is none to give back.
    pub fn refund(
        &mut self,
        key: &str,
        new: &NewRefund,
        now: u64,
    ) -> Result<Answered<Refund>, Refusal> {
        match self.keys.get(key) {
            Some(Done::Refund(before, place)) if before == new => {
                return Ok((self.refunds[*place].clone(), None));
            }
            Some(_) => return Err(Refusal::KeyReused),
            None => {}
        }
        let charge = self.charges.iter().find(|charge| charge.id == new.charge);
        let charge = charge.ok_or(Refusal::UnknownCharge)?.clone();
        if charge.status == Status::Declined {
            return Err(Refusal::NotCharged);
        }
        if self.refunds.iter().any(|refund| refund.charge == charge.id) {
            return Err(Refusal::AlreadyRefunded);
        }
        let amount = u64::from(charge.amount);
        // What was charged is the shop's until it is given back.
        self.shop = self.shop.saturating_sub(amount);
        self.cards.entry(charge.card.clone()).or_default().amount += amount;
        let refund = Refund {
            id: format!("re_{}", self.refunds.len() + 1),
            charge: charge.id.clone(),
            amount: charge.amount,
            currency: charge.currency.clone(),
            created_at: now,
        };
        let done = Done::Refund(new.clone(), self.refunds.len());
        self.keys.insert(key.to_owned(), done);
        self.refunds.push(refund.clone());
        Ok((refund, Some(notice(NoticeKind::Refunded, &charge))))
    }

    /// The charges of a reference.
    #[must_use]
    pub fn find(&self, reference: &str, now: u64) -> Charges {
        let charges = self.charges.iter();
        let charges = charges.filter(|charge| charge.reference == reference);
        Charges {
            charges: charges.cloned().collect(),
            as_of: now,
        }
    }

    /// What is behind a card.
    #[must_use]
    pub fn card(&self, card: &str) -> Option<Account> {
        self.cards.get(card).copied()
    }

    /// What the shop has.
    #[must_use]
    pub fn shop(&self) -> u64 {
        self.shop
    }

    /// What the shop was paid for a reference, and what it gave back, both in all.
    #[must_use]
    pub fn of(&self, reference: &str) -> (u64, u64) {
        let charges = self.charges.iter();
        let paid = charges
            .filter(|charge| charge.reference == reference && charge.status == Status::Succeeded);
        let (mut paid_in, mut given_back) = (0, 0);
        for charge in paid {
            paid_in += u64::from(charge.amount);
            let refunds = self.refunds.iter();
            let refunds = refunds.filter(|refund| refund.charge == charge.id);
            given_back += refunds.map(|refund| u64::from(refund.amount)).sum::<u64>();
        }
        (paid_in, given_back)
    }
}

fn notice(kind: NoticeKind, charge: &Charge) -> Notice {
    let suffix = match kind {
        NoticeKind::Succeeded => "succeeded",
        NoticeKind::Declined => "declined",
        NoticeKind::Refunded => "refunded",
    };
    Notice {
        id: format!("{}_{suffix}", charge.id),
        kind,
        charge: charge.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> Ledger {
        let mut ledger = Ledger::default();
        let ada = Account {
            amount: 20_000,
            is_blocked: false,
        };
        ledger.set_card("ada", ada);
        ledger
    }

    fn gustav(reference: &str) -> NewCharge {
        NewCharge {
            reference: reference.into(),
            card: "ada".into(),
            amount: 12_000,
            currency: "EUR".into(),
            expires_at: 1_000,
        }
    }

    #[test]
    fn a_card_is_charged_once_for_a_key() -> Result<(), Refusal> {
        let mut ledger = ledger();
        let (first, told) = ledger.charge("k", &gustav("1"), 0)?;
        assert!(told.is_some());
        // Also after it has expired.
        assert_eq!(ledger.charge("k", &gustav("1"), 5_000)?, (first, None));
        assert_eq!(ledger.shop(), 12_000);
        let other = ledger.charge("k", &gustav("2"), 0);
        assert_eq!(other, Err(Refusal::KeyReused));
        Ok(())
    }

    #[test]
    fn nobody_pays_what_they_do_not_have_or_later_than_they_said() -> Result<(), Refusal> {
        let mut ledger = ledger();
        let reason = |answered: Answered<Charge>| answered.0.reason.unwrap_or_default();
        assert_eq!(reason(ledger.charge("a", &gustav("1"), 1_000)?), "expired");
        assert_eq!(reason(ledger.charge("b", &gustav("2"), 999)?), "");
        let third = ledger.charge("c", &gustav("3"), 999)?;
        assert_eq!(reason(third.clone()), "not enough money");
        // A refusal is an answer as well, and stays one.
        let rich = Account {
            amount: 99_000,
            is_blocked: false,
        };
        ledger.set_card("ada", rich);
        assert_eq!(ledger.charge("c", &gustav("3"), 999)?.0, third.0);
        let blocked = Account {
            is_blocked: true,
            ..rich
        };
        ledger.set_card("ada", blocked);
        let fourth = ledger.charge("d", &gustav("4"), 999)?;
        assert_eq!(reason(fourth), "the card is blocked");
        Ok(())
    }

    #[test]
    fn money_is_given_back_once() -> Result<(), Refusal> {
        let mut ledger = ledger();
        let (charge, _) = ledger.charge("k", &gustav("1"), 0)?;
        let refund = NewRefund { charge: charge.id };
        let (first, told) = ledger.refund("r", &refund, 1)?;
        assert!(told.is_some());
        assert_eq!(ledger.refund("r", &refund, 2)?, (first, None));
        let other = ledger.refund("s", &refund, 3);
        assert_eq!(other, Err(Refusal::AlreadyRefunded));
        let left = ledger.card("ada").map(|account| account.amount);
        assert_eq!((ledger.shop(), left), (0, Some(20_000)));
        Ok(())
    }
}
