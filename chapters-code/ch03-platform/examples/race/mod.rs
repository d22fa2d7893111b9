//! Fifty customers want one pet, at two instances of the shop with one table.

use std::future::Future;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use ch01_bare_server::pets::{Customer, Description, Money, PetId};
use ch01_bare_server::shop::Command;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Order;
use ch03_platform::failure::Failure;
use ch03_platform::store::Store;
use tokio::task::JoinSet;

/// Customers for one pet.
pub const CUSTOMERS: usize = 50;

/// Two instances with a client each, as two processes would have them.
#[must_use]
pub fn instances(config: &SdkConfig, table: &str) -> [Store; 2] {
    [(), ()].map(|()| Store::new(Client::new(config), table))
}

/// Takes in a pet, lets all customers try to adopt it at once, half of them at each
/// instance, and gives what they were answered.
///
/// # Errors
///
/// A [`Failure`] of one of them.
pub async fn race<Adopt, Done>(instances: &[Store; 2], adopt: Adopt) -> Result<Vec<Answer>, Failure>
where
    Adopt: Fn(Store, Order) -> Done,
    Done: Future<Output = Result<Answer, Failure>> + Send + 'static,
{
    let pet = take_in(&instances[0]).await?;
    let mut customers = JoinSet::new();
    for number in 0..CUSTOMERS {
        let order = Order {
            command: Command::Adopt {
                pets: vec![pet.clone()],
                customer: Customer(format!("customer {number}")),
            },
            key: None,
            tell: Answer::one,
        };
        customers.spawn(adopt(instances[number % 2].clone(), order));
    }
    customers.join_all().await.into_iter().collect()
}

/// How many of them were told that it is theirs.
#[must_use]
pub fn winners(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status == 200).count()
}

/// What is to be seen.
#[must_use]
pub fn told(answers: &[Answer]) -> String {
    let winners = winners(answers);
    let were = if winners == 1 { "was" } else { "were" };
    format!("{CUSTOMERS} customers wanted Gustav, and {winners} {were} told that he is theirs")
}

/// Takes in Gustav.
async fn take_in(store: &Store) -> Result<PetId, Failure> {
    let about = Description {
        name: "Gustav".into(),
        species: "tortoise".into(),
        born: 1923,
        price: Money {
            amount: 12_000,
            currency: "EUR".into(),
        },
    };
    let order = Order {
        command: Command::TakeIn(about),
        key: None,
        tell: Answer::taken_in,
    };
    let path = store.execute(&order).await?.location.unwrap_or_default();
    Ok(PetId(path.trim_start_matches("/pets/").to_owned()))
}
