//! The shop that is told no name, in a database of its own.

#[path = "../../ch03-platform/tests/desk/mod.rs"]
mod desk;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_lambda_events::encodings::Body;
use aws_sdk_dynamodb::Client;
use ch01_bare_server::pets::{Customer, PetId, Status};
use ch01_bare_server::shop::Command as Asked;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Order;
use ch02_virtual_server::repository::Repository;
use ch04_functions::request::respond;
use ch08_event_sourcing::shop::{Shop, issued, stream};
use ch11_change_over_time::history::history;
use ch11_change_over_time::opening::{FORGOTTEN, opened};
use ch11_change_over_time::past::{Moment, then};
use ch11_change_over_time::people::{self, People};
use ch11_change_over_time::pets::{Command, Pets, Wish};
use ch11_change_over_time::sealing::Sealing;
use desk::{adopt, keyed, named_in, order, take_in};
use event_store::Dynamo;
use local::Local;
use serde_json::{Value, json};

struct Open {
    _local: Local,
    client: Client,
    shop: Sealing<Shop<Pets>>,
}

fn give_back(pet: &PetId, reason: &str) -> Order {
    let (pet, reason) = (pet.clone(), reason.into());
    order(Asked::Return { pet, reason }, Answer::one)
}

async fn open() -> Result<Open> {
    let local = Local::in_memory()?;
    let sdk = desk::patient(&local.url()).await;
    let client = Client::new(&sdk);
    Dynamo::make(&client, "pets").await?;
    people::make(&client, "people").await?;
    let mut shop = Shop::new(&sdk, "pets", None, Duration::from_hours(24));
    shop.patience = Duration::from_mins(2);
    let people = People::new(client.clone(), "people", &[7; 32]);
    let shop = Sealing { shop, people };
    Ok(Open {
        _local: local,
        client,
        shop,
    })
}

impl Open {
    async fn gustav(&self) -> Result<PetId> {
        named_in(&self.shop.execute(take_in("Gustav", "tortoise")).await?)
    }

    async fn events(&self, pet: &PetId) -> Result<Vec<Value>> {
        let told = self.told(history(&self.shop.shop, pet).await?).await?;
        Ok(told["events"].as_array().context("events")?.clone())
    }

    /// The name of a customer, sealed.
    async fn sealed(&self, name: &str) -> Result<String> {
        let person = self.shop.people.meet(name).await?;
        Ok(People::seal(&person, name)?)
    }

    /// What somebody is told who is given this answer.
    async fn told(&self, answer: Answer) -> Result<Value> {
        let told = opened(&self.shop.people, respond(answer)).await?;
        let Some(Body::Text(text)) = told.body else {
            anyhow::bail!("it is not text");
        };
        Ok(serde_json::from_str(&text)?)
    }

    /// Whether a text stands in any item of these tables.
    async fn holds(&self, text: &str) -> Result<bool> {
        for table in ["pets", "people"] {
            let scan = self.client.scan().table_name(table).send().await?;
            if format!("{:?}", scan.items()).contains(text) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[tokio::test]
async fn a_name_is_told_to_the_staff_and_stands_nowhere() -> Result<()> {
    let open = open().await?;
    let pet = open.gustav().await?;
    open.shop
        .execute(keyed(adopt(&[&pet], "Hypatia"), "1", "Hypatia"))
        .await?;
    open.shop
        .execute(give_back(&pet, "He eats my tulips"))
        .await?;
    let events = open.events(&pet).await?;
    assert_eq!(events[1]["customer"], "Hypatia");
    assert_eq!(events[2]["reason"], "He eats my tulips");
    for text in ["Hypatia", "tulips"] {
        ensure!(!open.holds(text).await?, "{text} can be read");
    }
    ensure!(open.holds("Gustav").await?, "no item was looked at");
    Ok(())
}

#[tokio::test]
async fn who_is_forgotten_is_forgotten_in_all_that_was_ever_written() -> Result<()> {
    let open = open().await?;
    let pet = open.gustav().await?;
    for (name, reason) in [("Ada", "She moves"), ("Grace", "He is slow")] {
        open.shop.execute(adopt(&[&pet], name)).await?;
        open.shop.execute(give_back(&pet, reason)).await?;
    }
    ensure!(open.shop.people.forget("Ada").await?, "nobody knew Ada");
    ensure!(
        !open.shop.people.forget("Ada").await?,
        "Ada was not forgotten"
    );
    let events = open.events(&pet).await?;
    let told = [&events[1]["customer"], &events[2]["reason"]];
    assert_eq!(told, [FORGOTTEN; 2]);
    assert_eq!(events[3]["customer"], "Grace");
    assert_eq!(events[4]["reason"], "He is slow");
    // Somebody of the same name is somebody else.
    open.shop.execute(adopt(&[&pet], "Ada")).await?;
    let events = open.events(&pet).await?;
    assert_eq!(
        [&events[1]["customer"], &events[5]["customer"]],
        [FORGOTTEN, "Ada"]
    );
    Ok(())
}

#[tokio::test]
async fn an_answer_tells_names_and_opens_nothing_else() -> Result<()> {
    let open = open().await?;
    let (ada, grace) = (open.sealed("Ada").await?, open.sealed("Grace").await?);
    open.shop.people.forget("Grace").await?;
    let answer = json!({
        "pets": [{ "customer": ada, "name": ada }, { "customer": grace }, { "customer": "Ben" }],
        "reason": ada,
    });
    let due = json!({
        "pets": [{ "customer": "Ada", "name": ada }, { "customer": FORGOTTEN }, { "customer": "Ben" }],
        "reason": "Ada",
    });
    assert_eq!(open.told(Answer::ok(&answer)).await?, due);
    // Who adopts a pet is told their own name, and whoever looks at it afterwards.
    let pet = open.gustav().await?;
    let adopted = open.shop.execute(adopt(&[&pet], "Ada")).await?;
    assert_eq!(open.told(adopted).await?["pets"][0]["customer"], "Ada");
    let then = then(&open.shop.shop, &pet, Moment::Commit(2)).await?;
    assert_eq!(open.told(then).await?["customer"], "Ada");
    Ok(())
}

#[tokio::test]
async fn who_asks_again_with_a_key_is_told_the_same() -> Result<()> {
    let open = open().await?;
    let pet = open.gustav().await?;
    for order in [
        keyed(adopt(&[&pet], "Ada"), "1", "Ada"),
        keyed(give_back(&pet, "She moves"), "2", "She moves"),
    ] {
        let first = open.shop.execute(order.clone()).await?;
        let again = open.shop.execute(order).await?;
        assert_eq!((first.status, &first.body), (200, &again.body));
    }
    let other = keyed(adopt(&[&pet], "Grace"), "1", "Grace");
    assert_eq!(open.shop.execute(other).await?.status, 422);
    assert_eq!(open.events(&pet).await?.len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_hundred_who_come_at_once_are_one_person() -> Result<()> {
    let open = open().await?;
    let people = &open.shop.people;
    let met = (0..100).map(|_| people.meet("Ada"));
    let met = futures_util::future::join_all(met).await;
    let mut ids = met
        .into_iter()
        .map(|person| Ok(person?.id))
        .collect::<Result<Vec<_>>>()?;
    ids.dedup();
    assert_eq!(ids.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_mistake_is_put_right_and_stays_in_the_past() -> Result<()> {
    let open = open().await?;
    let pet = open.gustav().await?;
    open.shop.execute(adopt(&[&pet], "Grace")).await?;
    let customer = Customer(open.sealed("Ada").await?);
    let wish = Wish::Correct { customer };
    let command = Command {
        pet: pet.clone(),
        wish,
    };
    let pets = &open.shop.shop.pets;
    pets.execute(&stream(&pet), &issued(None), &command).await?;
    let events = open.events(&pet).await?;
    let told: Vec<_> = events
        .iter()
        .map(|event| (&event["type"], &event["customer"]))
        .collect();
    assert_eq!(told[1], (&"adopted".into(), &"Grace".into()));
    assert_eq!(told[2], (&"customer-corrected".into(), &"Ada".into()));
    // What she says when she brings him back is hers.
    open.shop.execute(give_back(&pet, "He is not mine")).await?;
    open.shop.people.forget("Ada").await?;
    assert_eq!(open.events(&pet).await?[3]["reason"], FORGOTTEN);
    Ok(())
}

#[tokio::test]
async fn who_is_forgotten_while_they_have_a_pet_says_nothing_when_it_comes_back() -> Result<()> {
    let open = open().await?;
    let pet = open.gustav().await?;
    open.shop.execute(adopt(&[&pet], "Ada")).await?;
    open.shop.people.forget("Ada").await?;
    open.shop
        .execute(give_back(&pet, "He eats my tulips"))
        .await?;
    assert_eq!(open.events(&pet).await?[2]["reason"], FORGOTTEN);
    ensure!(
        !open.holds("tulips").await?,
        "what she has said can be read"
    );
    Ok(())
}

#[tokio::test]
async fn the_past_can_be_asked_for_by_commit_and_by_time() -> Result<()> {
    let open = open().await?;
    let pet = open.gustav().await?;
    open.shop.execute(adopt(&[&pet], "Ada")).await?;
    open.shop.execute(give_back(&pet, "She moves")).await?;
    let shop = &open.shop.shop;
    for (commit, due) in [(1, "available"), (2, "adopted"), (3, "available")] {
        let told = then(shop, &pet, Moment::Commit(commit)).await?;
        let told: Value = serde_json::from_str(&told.body)?;
        assert_eq!(told["status"], due, "after commit {commit}");
    }
    let later = Duration::from_secs(u64::from(u32::MAX));
    for moment in [Moment::At(later), Moment::Commit(3)] {
        assert_eq!(then(shop, &pet, moment).await?.status, 200);
    }
    for moment in [
        Moment::At(Duration::from_secs(1)),
        Moment::Commit(0),
        Moment::Commit(4),
    ] {
        assert_eq!(then(shop, &pet, moment).await?.status, 404, "{moment:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_was_taken_out_of_the_table_of_keys_opens_nothing() -> Result<()> {
    let open = open().await?;
    let pet = open.gustav().await?;
    open.shop.execute(adopt(&[&pet], "Ada")).await?;
    let found = open.shop.find(pet).await?.context("Gustav")?;
    let Status::Adopted(Customer(sealed)) = found.status else {
        anyhow::bail!("he waits");
    };
    assert_eq!(
        open.shop.people.open(&sealed).await?.as_deref(),
        Some("Ada")
    );
    assert_eq!(open.shop.people.open("Ada").await?.as_deref(), Some("Ada"));
    open.shop.people.forget("Ada").await?;
    assert_eq!(open.shop.people.open(&sealed).await?, None);
    Ok(())
}
