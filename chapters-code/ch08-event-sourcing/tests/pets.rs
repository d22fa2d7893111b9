//! The shop on streams: what it answers, what it tells, and what it refuses.

#[path = "../../ch03-platform/tests/desk/mod.rs"]
mod desk;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use ch01_bare_server::pets::{Pet, PetId};
use ch01_bare_server::shop::Filter;
use ch06_state::cursor::Cursors;
use ch08_event_sourcing::shop::Shop;
use desk::{adopt, all, give_back, keyed, named_in, take_in};
use event_store::Dynamo;
use local::Local;
use serde_json::{Value, json};

const DAY: Duration = Duration::from_hours(24);

/// A database of its own, the table in it, and the shop.
async fn open() -> Result<(Local, Shop)> {
    let local = Local::in_memory()?;
    let sdk = desk::patient(&local.url()).await;
    Dynamo::make(&Client::new(&sdk), "pets").await?;
    let shop = another(&sdk, DAY)?;
    Ok((local, shop))
}

/// Another process, with the same table.
fn another(sdk: &SdkConfig, window: Duration) -> Result<Shop> {
    let cursors = Cursors::parse(&"5".repeat(64))?;
    let mut shop = Shop::new(sdk, "pets", Some(cursors), window);
    shop.patience = Duration::from_mins(2);
    Ok(shop)
}

async fn comes(shop: &Shop, name: &str, species: &str) -> Result<PetId> {
    named_in(&shop.execute(&take_in(name, species)).await?)
}

async fn past(shop: &Shop, pet: &PetId) -> Result<Vec<Value>> {
    let told: Value = serde_json::from_str(&shop.history(pet).await?.body)?;
    let events = told["events"].as_array().context("events")?;
    let without_time = events.iter().cloned().map(|mut event| {
        event.as_object_mut().map(|event| event.remove("at"));
        event
    });
    Ok(without_time.collect())
}

#[tokio::test]
async fn the_shop_tells_who_had_gustav_and_why_he_came_back() -> Result<()> {
    let (_local, shop) = open().await?;
    let gustav = comes(&shop, "Gustav", "tortoise").await?;
    for customer in ["Ada", "Ben"] {
        shop.execute(&adopt(&[&gustav], customer)).await?;
        let refused = shop.execute(&adopt(&[&gustav], "Zoë")).await?;
        assert_eq!(refused.status, 409);
        shop.execute(&give_back(&gustav)).await?;
    }
    let due = json!([
        { "seq": 1, "type": "taken-in" },
        { "seq": 2, "type": "adopted", "customer": "Ada" },
        { "seq": 3, "type": "returned", "reason": "sings at four" },
        { "seq": 4, "type": "adopted", "customer": "Ben" },
        { "seq": 5, "type": "returned", "reason": "sings at four" },
    ]);
    assert_eq!(json!(past(&shop, &gustav).await?), due);
    Ok(())
}

#[tokio::test]
async fn a_name_that_the_shop_has_not_given_is_unknown() -> Result<()> {
    let (_local, shop) = open().await?;
    for name in ["7", "", "pet#7", "0199f0a0-0000-7000-8000-000000000000"] {
        let pet = PetId(name.to_owned());
        assert!(shop.find(&pet).await?.is_err(), "{name}");
        assert_eq!(shop.history(&pet).await?.status, 404, "{name}");
        assert_eq!(shop.execute(&give_back(&pet)).await?.status, 404, "{name}");
        let several = adopt(&[&pet, &PetId("8".into())], "Ada");
        assert_eq!(shop.execute(&several).await?.status, 404, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn what_comes_again_with_its_key_is_answered_again() -> Result<()> {
    let (local, shop) = open().await?;
    let other = another(&desk::patient(&local.url()).await, DAY)?;
    let order = keyed(take_in("Gustav", "tortoise"), "k1", "Gustav");
    let first = shop.execute(&order).await?;
    let gustav = named_in(&first)?;
    let adoption = keyed(adopt(&[&gustav], "Ada"), "k2", "Ada");
    let adopted = shop.execute(&adoption).await?;
    shop.execute(&give_back(&gustav)).await?;
    for shop in [&shop, &other] {
        assert_eq!(shop.execute(&order).await?, first);
        assert_eq!(shop.execute(&adoption).await?, adopted);
        let reused = keyed(take_in("Max", "tortoise"), "k1", "Max");
        assert_eq!(shop.execute(&reused).await?.status, 422);
        let reused = keyed(adopt(&[&gustav], "Ben"), "k2", "Ben");
        assert_eq!(shop.execute(&reused).await?.status, 422);
    }
    assert_eq!(past(&shop, &gustav).await?.len(), 3);
    Ok(())
}

/// A pet remembers the keys of what was done with it, and nothing else.
#[tokio::test]
async fn how_far_a_key_reaches() -> Result<()> {
    let (_local, shop) = open().await?;
    let kiwi = comes(&shop, "Kiwi", "lovebird").await?;
    let mango = comes(&shop, "Mango", "lovebird").await?;
    shop.execute(&keyed(adopt(&[&kiwi], "Ada"), "k", "Ada"))
        .await?;
    // With another pet it is another stream, which has never heard of it.
    let elsewhere = keyed(adopt(&[&mango], "Ada"), "k", "Ada and Mango");
    assert_eq!(shop.execute(&elsewhere).await?.status, 200);
    // What was refused is not remembered: it is decided again.
    let late = keyed(adopt(&[&kiwi], "Ben"), "late", "Ben");
    assert_eq!(shop.execute(&late).await?.status, 409);
    shop.execute(&give_back(&kiwi)).await?;
    assert_eq!(shop.execute(&late).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_key_is_forgotten_after_its_window() -> Result<()> {
    let (local, _shop) = open().await?;
    let shop = another(&desk::patient(&local.url()).await, Duration::ZERO)?;
    let order = keyed(take_in("Gustav", "tortoise"), "k1", "Gustav");
    let first = named_in(&shop.execute(&order).await?)?;
    tokio::time::sleep(Duration::from_millis(10)).await;
    let second = named_in(&shop.execute(&order).await?)?;
    ensure!(first != second, "the key was still good");
    Ok(())
}

#[tokio::test]
async fn kiwi_and_mango_are_adopted_together_or_not_at_all() -> Result<()> {
    let (_local, shop) = open().await?;
    let kiwi = comes(&shop, "Kiwi", "lovebird").await?;
    let mango = comes(&shop, "Mango", "lovebird").await?;
    shop.execute(&adopt(&[&mango], "Ada")).await?;
    let refused = shop.execute(&adopt(&[&kiwi, &mango], "Ben")).await?;
    assert_eq!(refused.status, 409);
    let told: Value = serde_json::from_str(&refused.body)?;
    assert_eq!(told["pets"], json!([mango.0]));
    shop.execute(&give_back(&mango)).await?;
    let together = keyed(adopt(&[&kiwi, &mango], "Ben"), "both", "Ben");
    let adopted = shop.execute(&together).await?;
    assert_eq!(adopted.status, 200);
    assert_eq!(shop.execute(&together).await?, adopted);
    assert_eq!(past(&shop, &kiwi).await?.len(), 2);
    assert_eq!(past(&shop, &mango).await?.len(), 4);
    Ok(())
}

/// All pages of a list.
async fn walk(shop: &Shop, mut filter: Filter) -> Result<Vec<Pet>> {
    let mut seen = vec![];
    for _ in 0..500 {
        let page = shop.list(filter.clone()).await?;
        let (pets, next) = page.map_err(|problem| anyhow::anyhow!("{}", problem.detail))?;
        ensure!(pets.len() <= filter.limit, "{} on a page", pets.len());
        seen.extend(pets);
        if next.is_none() {
            return Ok(seen);
        }
        filter.after = next;
    }
    anyhow::bail!("the list has no end")
}

#[tokio::test]
async fn a_list_is_in_the_order_of_arrival_whatever_its_pages() -> Result<()> {
    let (_local, shop) = open().await?;
    let mut pets = vec![];
    for number in 0..60 {
        let species = if number % 3 == 0 { "dog" } else { "cat" };
        pets.push(comes(&shop, &number.to_string(), species).await?);
    }
    for pet in pets.iter().step_by(2) {
        shop.execute(&adopt(&[pet], "Ada")).await?;
    }
    for limit in [1, 7, 60, 100] {
        let seen = walk(&shop, all(limit)).await?;
        let seen: Vec<PetId> = seen.into_iter().map(|pet| pet.id).collect();
        assert_eq!(seen, pets, "{limit} on a page");
    }
    let dogs = Filter {
        status: Some("available"),
        species: Some("dog".into()),
        ..all(3)
    };
    let seen = walk(&shop, dogs).await?;
    let names: Vec<&str> = seen.iter().map(|pet| pet.about.name.as_str()).collect();
    let due = ["3", "9", "15", "21", "27", "33", "39", "45", "51", "57"];
    assert_eq!(names, due);
    Ok(())
}

/// Nobody waits while the shop looks through all its pets for one.
#[tokio::test]
async fn a_page_ends_when_much_was_looked_at() -> Result<()> {
    let (_local, shop) = open().await?;
    for number in 0..205 {
        comes(&shop, &number.to_string(), "dog").await?;
    }
    let cat = comes(&shop, "Minka", "cat").await?;
    let cats = Filter {
        species: Some("cat".into()),
        ..all(20)
    };
    let page = shop.list(cats.clone()).await?;
    let (pets, next) = page.map_err(|problem| anyhow::anyhow!("{}", problem.detail))?;
    assert!(pets.is_empty() && next.is_some());
    let seen = walk(&shop, cats).await?;
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].id, cat);
    Ok(())
}

/// That of another list, and one that nobody has given.
#[tokio::test]
async fn a_cursor_of_something_else_is_refused() -> Result<()> {
    let (_local, shop) = open().await?;
    for name in ["Kiwi", "Mango"] {
        comes(&shop, name, "lovebird").await?;
    }
    let page = shop.list(all(1)).await?;
    let (_, next) = page.map_err(|problem| anyhow::anyhow!("{}", problem.detail))?;
    let other = Filter {
        species: Some("lovebird".into()),
        after: next,
        ..all(1)
    };
    assert!(shop.list(other).await?.is_err());
    let made_up = Filter {
        after: Some(PetId("pet#7".into())),
        ..all(1)
    };
    assert!(shop.list(made_up).await?.is_err());
    Ok(())
}
