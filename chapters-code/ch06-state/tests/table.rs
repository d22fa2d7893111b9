//! The table with an index, versions and keys: what it answers, and what it refuses.

#[path = "../../ch03-platform/tests/desk/mod.rs"]
mod desk;

use std::slice;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::Client;
use ch01_bare_server::pets::{Customer, Pet, PetId, Status};
use ch01_bare_server::shop::Filter;
use ch03_platform::items as before;
use ch03_platform::keys as kept;
use ch03_platform::writes::Write;
use ch06_state::cursor::Cursors;
use ch06_state::items::{self, Held};
use ch06_state::store::Store;
use ch06_state::writes::Written;
use ch06_state::{index, keys};
use desk::{adopt, all, give_back, keyed, named_in, take_in};
use local::Local;
use tokio::time::{Instant, sleep};

/// Nobody waits longer.
const PATIENCE: Duration = Duration::from_mins(1);

/// A database of its own, the table in it, and the shop.
async fn open() -> Result<(Local, Store)> {
    let local = Local::in_memory()?;
    let store = store(&local.url()).await?;
    Ok((local, store))
}

async fn store(url: &str) -> Result<Store> {
    let client = Client::new(&desk::patient(url).await);
    index::make(&client, "shop").await?;
    Ok(Store {
        shop: desk::waiting(ch03_platform::store::Store::new(client, "shop")),
        window: keys::window()?,
        cursors: Some(Cursors::parse(&"5".repeat(64))?),
    })
}

async fn comes(store: &Store, name: &str, species: &str) -> Result<PetId> {
    named_in(&store.execute(&take_in(name, species)).await?)
}

fn waiting(species: Option<&str>, limit: usize) -> Filter {
    Filter {
        status: Some("available"),
        species: species.map(str::to_owned),
        ..all(limit)
    }
}

async fn page(store: &Store, filter: &Filter) -> Result<(Vec<Pet>, Option<PetId>)> {
    let page = store.list(filter.clone()).await?;
    page.map_err(|problem| anyhow::anyhow!("{filter:?}: {problem:?}"))
}

/// All pages of a list.
async fn walk(store: &Store, mut filter: Filter) -> Result<Vec<PetId>> {
    let mut seen = vec![];
    for _ in 0..500 {
        let (pets, next) = page(store, &filter).await?;
        ensure!(pets.len() <= filter.limit, "{} pets on a page", pets.len());
        seen.extend(pets.into_iter().map(|pet| pet.id));
        if next.is_none() {
            return Ok(seen);
        }
        filter.after = next;
    }
    anyhow::bail!("the list has no end")
}

async fn held(store: &Store, id: &PetId) -> Result<Held> {
    let get = store.shop.client.get_item().table_name("shop");
    let get = get.set_key(Some(before::key(before::SHOP, &id.0)));
    let found = get.consistent_read(true).send().await?.item;
    Ok(items::read(&found.context("it is there")?)?)
}

fn adopted(pet: &Pet, customer: &str) -> Pet {
    Pet {
        status: Status::Adopted(Customer(customer.to_owned())),
        ..pet.clone()
    }
}

#[tokio::test]
async fn those_who_wait_are_listed_once_each_and_nobody_else() -> Result<()> {
    let (_local, store) = open().await?;
    let mut all_three = [("cat", vec![]), ("dog", vec![]), ("guinea pig", vec![])];
    for number in 0..45 {
        let (species, those) = &mut all_three[number % 3];
        let pet = comes(&store, &format!("Number {number}"), species).await?;
        if number % 5 == 0 {
            store.execute(&adopt(&[&pet], "Ada")).await?;
        } else {
            those.push(pet);
        }
    }
    for limit in [1, 4, 12, 13, 100] {
        for (species, those) in &all_three {
            let listed = walk(&store, waiting(Some(species), limit)).await?;
            assert_eq!(listed, *those, "{species} by {limit}");
        }
        let listed = walk(&store, waiting(None, limit)).await?;
        let those: Vec<PetId> = all_three
            .iter()
            .flat_map(|(_, those)| those.clone())
            .collect();
        assert_eq!(listed, those, "all by {limit}");
        // One species is not the beginning of another.
        assert_eq!(walk(&store, waiting(Some("guinea"), limit)).await?, []);
    }
    assert_eq!(walk(&store, all(7)).await?.len(), 45);
    Ok(())
}

#[tokio::test]
async fn who_is_given_back_waits_again() -> Result<()> {
    let (_local, store) = open().await?;
    let gustav = comes(&store, "Gustav", "tortoise").await?;
    for _ in 0..3 {
        assert_eq!(
            walk(&store, waiting(None, 20)).await?,
            slice::from_ref(&gustav)
        );
        store.execute(&adopt(&[&gustav], "Ada")).await?;
        assert_eq!(walk(&store, waiting(None, 20)).await?, []);
        store.execute(&give_back(&gustav)).await?;
    }
    assert_eq!(held(&store, &gustav).await?.version, Some(7));
    Ok(())
}

#[tokio::test]
async fn a_release_gives_the_pets_of_an_older_one_their_place() -> Result<()> {
    let local = Local::in_memory()?;
    let old = desk::store(&local.url()).await?;
    let mut pets = vec![];
    for name in ["Gustav", "Rex", "Minka"] {
        pets.push(named_in(&old.execute(&take_in(name, "dog")).await?)?);
    }
    old.execute(&adopt(&[&pets[1]], "Ada")).await?;
    let store = store(&local.url()).await?;
    let list = || walk(&store, waiting(None, 20));
    assert_eq!(list().await?, [pets[0].clone(), pets[2].clone()]);
    // Functions of the older release are still at work: one sells, one takes back.
    old.execute(&adopt(&[&pets[0]], "Ben")).await?;
    old.execute(&give_back(&pets[1])).await?;
    assert_eq!(list().await?, [pets[2].clone()]);
    index::make(&store.shop.client, "shop").await?;
    assert_eq!(list().await?, [pets[1].clone(), pets[2].clone()]);
    // What has no version gets its first one.
    let answer = store.execute(&adopt(&[&pets[2]], "Cem")).await?;
    assert_eq!(
        (answer.status, held(&store, &pets[2]).await?.version),
        (200, Some(1))
    );
    Ok(())
}

#[tokio::test]
async fn what_has_changed_since_it_was_read_is_not_written_over() -> Result<()> {
    let (_local, store) = open().await?;
    let gustav = comes(&store, "Gustav", "tortoise").await?;
    let read = held(&store, &gustav).await?;
    // He is where he was, and has been elsewhere in between.
    store.execute(&adopt(&[&gustav], "Ada")).await?;
    store.execute(&give_back(&gustav)).await?;
    let write = |held: &Held| -> Result<Write> {
        let update = items::changed("shop", held, &adopted(&held.pet, "Ben"))?;
        Ok(Write::Update(update))
    };
    assert_eq!(store.write(vec![write(&read)?]).await?, Written::Changed);
    let read = held(&store, &gustav).await?;
    assert_eq!(store.write(vec![write(&read)?]).await?, Written::All);
    Ok(())
}

#[tokio::test]
async fn what_an_older_release_has_sold_is_not_sold_again() -> Result<()> {
    let (local, new) = open().await?;
    let old = desk::store(&local.url()).await?;
    let rex = comes(&new, "Rex", "dog").await?;
    let read = held(&new, &rex).await?;
    // It leaves the version as it is.
    old.execute(&adopt(&[&rex], "Ada")).await?;
    assert_eq!(held(&new, &rex).await?.version, read.version);
    let update = items::changed("shop", &read, &adopted(&read.pet, "Ben"))?;
    let written = new.write(vec![Write::Update(update)]).await?;
    assert_eq!(written, Written::Changed);
    // And the other way round.
    let minka = comes(&new, "Minka", "cat").await?;
    new.execute(&adopt(&[&minka], "Ada")).await?;
    assert_eq!(old.execute(&adopt(&[&minka], "Ben")).await?.status, 409);
    Ok(())
}

#[tokio::test]
async fn kiwi_and_mango_go_together_or_not_at_all() -> Result<()> {
    let (_local, store) = open().await?;
    let kiwi = comes(&store, "Kiwi", "lovebird").await?;
    let mango = comes(&store, "Mango", "lovebird").await?;
    store.execute(&adopt(&[&mango], "Ben")).await?;
    let answer = store.execute(&adopt(&[&kiwi, &mango], "Ada")).await?;
    assert_eq!(answer.status, 409);
    assert_eq!(
        walk(&store, waiting(None, 20)).await?,
        slice::from_ref(&kiwi)
    );
    store.execute(&give_back(&mango)).await?;
    let answer = store.execute(&adopt(&[&kiwi, &mango], "Ada")).await?;
    assert_eq!(answer.status, 200);
    assert_eq!(walk(&store, waiting(None, 20)).await?, []);
    Ok(())
}

#[tokio::test]
async fn a_key_is_good_for_a_day() -> Result<()> {
    let (_local, store) = open().await?;
    let order = keyed(take_in("Kiwi", "lovebird"), "monday", "a body");
    let begin = now()?;
    let first = store.execute(&order).await?;
    assert_eq!(store.execute(&order).await?, first);
    let other = keyed(take_in("Mango", "lovebird"), "monday", "another body");
    assert_eq!(store.execute(&other).await?.status, 422);
    let get = store.shop.client.get_item().table_name("shop");
    let key = order.key.as_ref().context("it has a key")?;
    let found = get.set_key(Some(kept::place(key))).send().await?.item;
    let until: u64 = before::number(&found.context("it is kept")?, kept::EXPIRES)?;
    let day = 24 * 60 * 60;
    assert!((begin + day..=now()? + day).contains(&until), "{until}");
    Ok(())
}

#[tokio::test]
async fn when_its_time_has_passed_a_key_is_new_though_it_is_still_there() -> Result<()> {
    let (_local, store) = open().await?;
    let window = Duration::from_secs(1);
    let store = Store { window, ..store };
    let order = keyed(take_in("Kiwi", "lovebird"), "monday", "a body");
    let first = named_in(&store.execute(&order).await?)?;
    let begin = Instant::now();
    while named_in(&store.execute(&order).await?)? == first {
        ensure!(begin.elapsed() < PATIENCE, "it is good for ever");
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(walk(&store, waiting(None, 20)).await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_cursor_that_is_none_of_the_list_is_refused() -> Result<()> {
    let (_local, store) = open().await?;
    for name in ["Kiwi", "Mango", "Pip"] {
        comes(&store, name, "lovebird").await?;
    }
    let (_, next) = page(&store, &waiting(Some("lovebird"), 1)).await?;
    assert!(next.is_some());
    for filter in [waiting(None, 1), waiting(Some("dog"), 1), all(1)] {
        let filter = Filter {
            after: next.clone(),
            ..filter
        };
        let Err(problem) = store.list(filter.clone()).await? else {
            anyhow::bail!("{filter:?} goes on");
        };
        assert_eq!(problem.status, 400);
    }
    Ok(())
}

fn now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}
