//! What has happened, told to whom it may concern: the shop's events.
//!
//! Their names and fields are a contract with all who read them: a field may be added,
//! and none renamed, removed or given another meaning.

use std::env;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_types::SdkConfig;
use ch01_bare_server::shop::Command;
use ch02_virtual_server::answer::Answer;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::timeout;
use tracing::{error, info};

/// Who says it.
pub const SOURCE: &str = "shop";

/// How long a customer waits until the bus has the event. With what the pets may take,
/// it is less than the functions have.
const PATIENCE: Duration = Duration::from_secs(1);

// ANCHOR: event
/// Something that has happened at the counter.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum Event {
    /// A customer has adopted these pets.
    PetAdopted {
        /// Of the fields.
        version: u32,
        /// The request that it comes of, for those who read logs.
        request: String,
        /// Who.
        customer: String,
        /// One, or several that were adopted together.
        pets: Vec<Pet>,
    },
    /// A pet was given back.
    PetReturned {
        /// Of the fields.
        version: u32,
        /// The request that it comes of.
        request: String,
        /// Which.
        pet: Pet,
        /// Why, in the customer's words.
        reason: String,
    },
}

/// What an event tells of a pet.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Pet {
    id: String,
    name: String,
    species: String,
    price: Price,
}
// ANCHOR_END: event

/// What a pet costs.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Price {
    amount: u32,
    currency: String,
}

impl Event {
    // ANCHOR: of
    /// What others want to know of a command that was answered like this. A command with
    /// a key that comes again is answered again, and told again: nobody knows how far
    /// the shop came at the first time.
    #[must_use]
    pub fn of(request: &str, command: &Command, answer: &Answer) -> Option<Self> {
        if answer.status >= 300 {
            return None;
        }
        let mut pets = pets(&answer.body);
        let request = request.to_owned();
        match command {
            Command::TakeIn(_) => None,
            Command::Adopt { customer, .. } => Some(Self::PetAdopted {
                version: 1,
                request,
                customer: customer.0.clone(),
                pets,
            }),
            Command::Return { reason, .. } => Some(Self::PetReturned {
                version: 1,
                request,
                pet: pets.pop()?,
                reason: reason.clone(),
            }),
        }
    }
    // ANCHOR_END: of

    /// What it is called, which is what a rule looks for.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::PetAdopted { .. } => "PetAdopted",
            Self::PetReturned { .. } => "PetReturned",
        }
    }
}

/// The pets that a customer is told of: one, or several.
fn pets(body: &str) -> Vec<Pet> {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let pets = match body.get("pets") {
        Some(pets) => serde_json::from_value(pets.clone()),
        None => serde_json::from_value(body).map(|pet| vec![pet]),
    };
    pets.unwrap_or_default()
}

// ANCHOR: publisher
/// The way to the bus.
#[derive(Debug)]
pub struct Publisher(pub Client);

impl Publisher {
    /// The one that the SDK finds; none, if the environment says that there is no bus.
    #[must_use]
    pub fn of(sdk: &SdkConfig) -> Option<Self> {
        let url = env::var_os("AWS_ENDPOINT_URL_EVENTBRIDGE");
        let is_there = url.is_none_or(|url| !url.is_empty());
        is_there.then(|| Self(Client::new(sdk)))
    }

    /// Tells the bus. If the bus cannot be told, the event is lost: what was done is
    /// done, and the customer is told so all the same.
    pub async fn publish(&self, event: &Event) {
        let put = timeout(PATIENCE, Box::pin(self.put(event))).await;
        let put = put.unwrap_or_else(|_| bail!("no answer within {PATIENCE:?}"));
        match put {
            Ok(()) => info!(event = event.name(), "the bus is told"),
            Err(because) => {
                let because = format!("{because:#}");
                error!(event = event.name(), because, "an event is lost");
            }
        }
    }

    /// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
    async fn put(&self, event: &Event) -> Result<()> {
        let entry = PutEventsRequestEntry::builder()
            .source(SOURCE)
            .detail_type(event.name())
            .detail(serde_json::to_string(event)?);
        let put = self.0.put_events().entries(entry.build()).send().await?;
        // The call may succeed, and the bus not have the event.
        if put.failed_entry_count() > 0 {
            let entry = put.entries().first().context("which is not said")?;
            bail!("{:?}: {:?}", entry.error_code(), entry.error_message());
        }
        Ok(())
    }
}
// ANCHOR_END: publisher

#[cfg(test)]
mod tests {
    use super::*;
    use ch01_bare_server::pets::{self, Customer, Description, Money, PetId, Refusal, Status};
    use serde_json::json;

    fn pet(name: &str) -> pets::Pet {
        let price = Money {
            amount: 4_500,
            currency: "EUR".into(),
        };
        let about = Description {
            name: name.into(),
            species: "lovebird".into(),
            born: 2024,
            price,
        };
        let mut pet = pets::Pet::new(PetId(format!("id-of-{name}")), about);
        pet.status = Status::Adopted(Customer("Ada".into()));
        pet
    }

    fn adopt() -> Command {
        let customer = Customer("Ada".into());
        Command::Adopt {
            pets: vec![],
            customer,
        }
    }

    fn told(name: &str) -> Value {
        json!({ "id": format!("id-of-{name}"), "name": name, "species": "lovebird",
            "price": { "amount": 4_500, "currency": "EUR" } })
    }

    #[test]
    fn an_adoption_names_its_pets_and_whose_they_are() -> Result<()> {
        for (names, answer) in [
            (&["Kiwi"][..], Answer::one(&[pet("Kiwi")])),
            (
                &["Kiwi", "Mango"],
                Answer::several(&[pet("Kiwi"), pet("Mango")]),
            ),
        ] {
            let event = Event::of("7", &adopt(), &answer).context("it is told")?;
            let pets: Vec<Value> = names.iter().map(|name| told(name)).collect();
            let due = json!({ "version": 1, "request": "7", "customer": "Ada", "pets": pets });
            assert_eq!(
                (event.name(), serde_json::to_value(event)?),
                ("PetAdopted", due)
            );
        }
        Ok(())
    }

    #[test]
    fn a_pet_that_comes_back_is_told_with_the_reason() -> Result<()> {
        let pet_id = PetId("id-of-Kiwi".into());
        let back = Command::Return {
            pet: pet_id,
            reason: "sings at four".into(),
        };
        let event = Event::of("7", &back, &Answer::one(&[pet("Kiwi")])).context("it is told")?;
        let due = json!({ "version": 1, "request": "7", "pet": told("Kiwi"),
            "reason": "sings at four" });
        assert_eq!(
            (event.name(), serde_json::to_value(event)?),
            ("PetReturned", due)
        );
        Ok(())
    }

    #[test]
    fn nobody_is_told_of_what_has_not_happened() {
        let refused = Refusal::AlreadyAdopted(vec![PetId("id-of-Kiwi".into())]);
        assert_eq!(Event::of("7", &adopt(), &refused.into()), None);
        let taken_in = Command::TakeIn(pet("Kiwi").about);
        assert_eq!(
            Event::of("7", &taken_in, &Answer::taken_in(&[pet("Kiwi")])),
            None
        );
    }
}
