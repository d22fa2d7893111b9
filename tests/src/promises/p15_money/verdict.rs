//! What is right about money in the end, and what is not.

use anyhow::anyhow;

use crate::promises::{Check, Stop};

/// A checkout as it has ended.
#[derive(Debug, Clone)]
pub(super) struct Checkout {
    pub pet: String,
    pub customer: String,
    /// Cents.
    pub price: i64,
    pub status: String,
    pub payment: String,
    /// How often the provider has charged a card for it.
    pub charged: usize,
}

/// A pet in the end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pet {
    pub id: String,
    /// Whose it is.
    pub home: Option<String>,
}

/// All that was seen in the end.
#[derive(Debug)]
pub(super) struct Seen {
    pub kills: u32,
    pub checkouts: Vec<Checkout>,
    pub pets: Vec<Pet>,
    /// What the provider says that the shop has, in cents.
    pub shop: i64,
}

impl Seen {
    /// Whether every checkout is an adoption that was paid for, or neither, and all money is where it belongs.
    pub fn verdict(&self) -> Check {
        let wrong = self.wrong();
        if !wrong.is_empty() {
            return Err(Stop::Broken(wrong));
        }
        let adopted = self.adopted().count();
        let all = self.checkouts.len();
        let back = self
            .checkouts
            .iter()
            .filter(|checkout| checkout.payment == "refunded")
            .count();
        if adopted == 0 || back == 0 {
            let error = anyhow!(
                "of {all} checkouts {adopted} are adoptions and {back} were paid back, and of each there must be some"
            );
            return Err(Stop::Suite(error));
        }
        Ok(vec![
            format!(
                "{all} checkouts were begun, the provider was slow, wrong or away, and the shop was killed {} times: {adopted} ended with an adoption and {} without.",
                self.kills,
                all - adopted
            ),
            format!(
                "The shop has the price of {adopted} pets and no cent more; {back} customers were given their money back."
            ),
        ])
    }

    fn adopted(&self) -> impl Iterator<Item = &Checkout> {
        self.checkouts
            .iter()
            .filter(|checkout| checkout.status == "adopted")
    }

    fn wrong(&self) -> Vec<String> {
        let mut wrong = vec![];
        for checkout in &self.checkouts {
            let Checkout {
                customer,
                status,
                payment,
                charged,
                ..
            } = checkout;
            let is_right = match status.as_str() {
                "adopted" => payment == "charged" && *charged == 1,
                "given-up" => match payment.as_str() {
                    "not-asked" | "not-charged" => *charged == 0,
                    "refunded" => *charged == 1,
                    _ => false,
                },
                _ => false,
            };
            if !is_right {
                wrong.push(format!(
                    "The checkout of {customer} is {status}, its payment {payment}, and the card was charged {charged} times."
                ));
            }
        }
        for Pet { id, home } in &self.pets {
            let paid = self.adopted().filter(|checkout| checkout.pet == *id);
            let paid: Vec<&str> = paid.map(|checkout| checkout.customer.as_str()).collect();
            if paid.len() > 1
                || paid
                    .first()
                    .is_some_and(|customer| Some(*customer) != home.as_deref())
            {
                let home = home.as_deref().unwrap_or("nobody");
                wrong.push(format!(
                    "{} paid for a pet, and it is {home}'s.",
                    paid.join(" and ")
                ));
            }
        }
        for Pet { id, home } in &self.pets {
            let paid = |customer: &str| {
                let mut paid = self.adopted();
                paid.any(|checkout| checkout.pet == *id && checkout.customer == customer)
            };
            // Whoever is at the counter has no checkout.
            let mut others = self.checkouts.iter().map(|checkout| &checkout.customer);
            let home = home
                .as_ref()
                .filter(|home| others.any(|other| other == *home));
            if let Some(home) = home.filter(|home| !paid(home)) {
                wrong.push(format!("{home} has a pet, and has not paid for it."));
            }
        }
        let due: i64 = self.adopted().map(|checkout| checkout.price).sum();
        if self.shop != due {
            wrong.push(format!(
                "The pets that were paid for cost {due} cents, and the shop has {}.",
                self.shop
            ));
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkout(customer: &str, status: &str, payment: &str, charged: usize) -> Checkout {
        Checkout {
            pet: "7".into(),
            customer: customer.into(),
            price: 100,
            status: status.into(),
            payment: payment.into(),
            charged,
        }
    }

    fn seen(checkouts: Vec<Checkout>, home: Option<&str>, shop: i64) -> Seen {
        let home = home.map(str::to_owned);
        let pets = vec![Pet {
            id: "7".into(),
            home,
        }];
        Seen {
            kills: 1,
            checkouts,
            pets,
            shop,
        }
    }

    #[test]
    fn who_has_paid_has_the_pet_and_who_has_not_has_the_money() {
        let ada = checkout("Ada", "adopted", "charged", 1);
        let ben = checkout("Ben", "given-up", "refunded", 1);
        let zoe = checkout("Zoë", "given-up", "not-asked", 0);
        let lines = seen(vec![ada, ben, zoe], Some("Ada"), 100).verdict();
        let lines = lines.expect("it is right");
        assert!(
            lines[0].contains("1 ended with an adoption and 2 without"),
            "{lines:?}"
        );
        assert!(
            lines[1].contains("the price of 1 pets and no cent more; 1 customers"),
            "{lines:?}"
        );
    }

    #[test]
    fn what_is_wrong_is_told() {
        let ada = || checkout("Ada", "adopted", "charged", 1);
        let none = || checkout("Ben", "given-up", "not-charged", 0);
        let cases = [
            (
                vec![none()],
                Some("Ben"),
                0,
                "Ben has a pet, and has not paid for it.",
            ),
            (
                vec![ada(), none()],
                Some("Ben"),
                100,
                "Ada paid for a pet, and it is Ben's.",
            ),
            (
                vec![ada(), none()],
                None,
                100,
                "Ada paid for a pet, and it is nobody's.",
            ),
            (
                vec![ada(), none()],
                Some("Ada"),
                0,
                "cost 100 cents, and the shop has 0",
            ),
            (
                vec![ada(), none()],
                Some("Ada"),
                200,
                "cost 100 cents, and the shop has 200",
            ),
            (
                vec![checkout("Ada", "adopted", "charged", 2)],
                Some("Ada"),
                100,
                "charged 2 times",
            ),
            (
                vec![checkout("Ada", "adopted", "unclear", 1)],
                Some("Ada"),
                100,
                "its payment unclear",
            ),
            (
                vec![checkout("Ada", "given-up", "charged", 1)],
                None,
                0,
                "is given-up, its payment charged",
            ),
            (
                vec![checkout("Ada", "given-up", "not-charged", 1)],
                None,
                0,
                "charged 1 times",
            ),
            (
                vec![checkout("Ada", "open", "charged", 1)],
                None,
                0,
                "is open",
            ),
            (
                vec![ada(), checkout("Ben", "adopted", "charged", 1)],
                Some("Ada"),
                200,
                "Ada and Ben paid for a pet",
            ),
        ];
        for (checkouts, home, shop, told) in cases {
            let wrong = seen(checkouts, home, shop).wrong();
            assert!(
                wrong.iter().any(|line| line.contains(told)),
                "{told}: {wrong:?}"
            );
        }
    }

    #[test]
    fn a_day_on_which_nobody_has_paid_or_was_paid_back_says_nothing() {
        let nobody = seen(
            vec![checkout("Ada", "adopted", "charged", 1)],
            Some("Ada"),
            100,
        );
        assert!(matches!(nobody.verdict(), Err(Stop::Suite(_))));
        let all = seen(vec![checkout("Ada", "given-up", "refunded", 1)], None, 0);
        assert!(matches!(all.verdict(), Err(Stop::Suite(_))));
    }
}
