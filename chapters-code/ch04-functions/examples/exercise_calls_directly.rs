//! Exercise: who adopts a pet waits for the papers, the letter and the display, or does
//! not.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use aws_sdk_dynamodb::Client;
use ch01_bare_server::pets::{Customer, Description, Money, PetId, Status};
use ch01_bare_server::shop::Command;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Order;
use ch03_platform::store::Store;
use ch03_platform::table;
use ch04_functions::events::{Event, SOURCE};
use ch04_functions::office::{display, papers, thanks};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::spawn;
use tokio::time::sleep;

#[tokio::main]
async fn main() -> Result<()> {
    let client = Client::new(&Box::pin(table::connect()).await);
    table::make(&client, "directly").await?;
    let office = Store::new(client, "directly");
    for mail in [Mail::Slow(Duration::from_secs(2)), Mail::Away] {
        for way in [Way::InTurn, Way::Later] {
            println!("{}", Box::pin(tell(&office, way, mail)).await?);
        }
    }
    Ok(())
}

/// How the mail is today.
#[derive(Debug, Clone, Copy)]
enum Mail {
    Slow(Duration),
    Away,
}

/// How the office hears of an adoption.
#[derive(Debug, Clone, Copy)]
enum Way {
    InTurn,
    Later,
}

// ANCHOR: adopt
/// Adopts a pet. What follows from it is done at once, or begun.
async fn adopt(office: &Store, order: &Order, way: Way, mail: Mail) -> Result<Answer> {
    let answer = office.execute(order).await?;
    let event = Event::of("7", &order.command, &answer).context("it is adopted")?;
    let follow = follow(office.clone(), event, mail);
    match way {
        Way::InTurn => follow.await?,
        Way::Later => drop(spawn(follow)),
    }
    Ok(answer)
}

async fn follow(office: Store, event: Event, mail: Mail) -> Result<()> {
    papers::write(&office, read(&event)?).await?;
    match mail {
        Mail::Slow(time) => sleep(time).await,
        Mail::Away => bail!("the mail is away"),
    }
    thanks::thank(&office, read(&event)?).await?;
    display::count(&office, read(&event)?).await
}
// ANCHOR_END: adopt

/// The event as the office gets it.
fn read<T: Serialize + DeserializeOwned>(event: &Event) -> Result<EventBridgeEvent<T>> {
    let envelope = json!({ "source": SOURCE, "detail-type": event.name(), "detail": event });
    Ok(serde_json::from_value(envelope)?)
}

/// What Ada was told, after how long, and whose the pet is.
async fn tell(office: &Store, way: Way, mail: Mail) -> Result<String> {
    let pet = take_in(office).await?;
    let order = Order {
        command: Command::Adopt {
            pets: vec![pet.clone()],
            customer: Customer("Ada".into()),
        },
        key: None,
        tell: Answer::one,
    };
    let begin = Instant::now();
    let status = adopt(office, &order, way, mail).await;
    let status = status.map_or(500, |answer| answer.status);
    let waited = begin.elapsed().as_secs();
    let whose = match office.find(&pet).await??.status {
        Status::Adopted(_) => "hers",
        Status::Available => "nobody's",
    };
    let way = match way {
        Way::InTurn => "in turn",
        Way::Later => "later",
    };
    let mail = match mail {
        Mail::Slow(_) => "slow",
        Mail::Away => "away",
    };
    let told = format!("after {waited} s Ada is told {status}, and Gustav is {whose}");
    Ok(format!("{way}, the mail {mail}: {told}"))
}

async fn take_in(office: &Store) -> Result<PetId> {
    let price = Money {
        amount: 12_000,
        currency: "EUR".into(),
    };
    let about = Description {
        name: "Gustav".into(),
        species: "tortoise".into(),
        born: 1923,
        price,
    };
    let order = Order {
        command: Command::TakeIn(about),
        key: None,
        tell: Answer::taken_in,
    };
    let answer = office.execute(&order).await?;
    let path = answer.location.context("it says where the pet is")?;
    Ok(PetId(path.trim_start_matches("/pets/").to_owned()))
}

#[cfg(test)]
#[path = "../tests/desk/mod.rs"]
mod desk;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_calls_the_office_is_told_no_when_its_mail_is_away() -> Result<()> {
        let (_local, office) = desk::open().await?;
        for (way, due) in [(Way::InTurn, 500), (Way::Later, 200)] {
            let told = tell(&office, way, Mail::Away).await?;
            let due = format!("Ada is told {due}, and Gustav is hers");
            assert!(told.ends_with(&due), "{told}");
        }
        Ok(())
    }
}
