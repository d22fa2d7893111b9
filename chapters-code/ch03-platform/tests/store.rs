//! What the shop does with its table.

mod desk;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::types::AttributeValue::{self, N, S};
use ch01_bare_server::pets::{Customer, Pet, PetId, Refusal, Status};
use ch03_platform::failure::Failure;
use ch03_platform::items::{self, Item};
use ch03_platform::store::Store;
use ch03_platform::{keys, table};
use desk::{adopt, all, give_back, keyed, named_in, open, page, pet, take_in};

async fn status(store: &Store, id: &PetId) -> Result<Status> {
    Ok(store.find(id).await??.status)
}

async fn item(store: &Store, key: Item) -> Result<Item> {
    let get = store
        .client
        .get_item()
        .table_name(&store.table)
        .set_key(Some(key));
    get.send().await?.item.context("it is there")
}

async fn set(store: &Store, key: Item, name: &str, value: Option<AttributeValue>) -> Result<()> {
    let update = store.client.update_item().table_name(&store.table);
    let update = update
        .set_key(Some(key))
        .expression_attribute_names("#it", name);
    let update = match value {
        Some(value) => update
            .update_expression("SET #it = :it")
            .expression_attribute_values(":it", value),
        None => update.update_expression("REMOVE #it"),
    };
    update.send().await?;
    Ok(())
}

#[tokio::test]
async fn a_pet_is_found_as_it_was_taken_in() -> Result<()> {
    let (_local, store) = open().await?;
    // 80 characters of four bytes each.
    let name = "🐢".repeat(80);
    let id = pet(&store, &name, "tortoise").await?;
    let found = store.find(&id).await??;
    assert_eq!((found.id, found.status), (id.clone(), Status::Available));
    assert_eq!((found.about.name, found.about.born), (name, 2024));
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    assert!(
        (1..=64).contains(&id.0.len()) && id.0.bytes().all(allowed),
        "{id}"
    );
    Ok(())
}

#[tokio::test]
async fn a_pet_that_was_never_here_is_unknown() -> Result<()> {
    let (_local, store) = open().await?;
    let kiwi = pet(&store, "Kiwi", "lovebird").await?;
    let odd = [
        "",
        "1",
        "shop",
        "🐢",
        &kiwi.0.to_uppercase(),
        &"a".repeat(5_000),
    ];
    let odd = odd.map(|id| PetId(id.into()));
    for id in odd.iter().chain([&items::new_id()]) {
        assert_eq!(store.find(id).await?, Err(Refusal::UnknownPet(id.clone())));
        for order in [
            adopt(&[id], "Ada"),
            adopt(&[&kiwi, id], "Ada"),
            give_back(id),
        ] {
            assert_eq!(store.execute(&order).await?.status, 404, "{order:?}");
        }
    }
    assert_eq!(status(&store, &kiwi).await?, Status::Available);
    Ok(())
}

#[tokio::test]
async fn a_pet_is_adopted_once_and_may_be_brought_back() -> Result<()> {
    let (_local, store) = open().await?;
    let kiwi = pet(&store, "Kiwi", "lovebird").await?;
    assert_eq!(store.execute(&give_back(&kiwi)).await?.status, 409);
    assert_eq!(store.execute(&adopt(&[&kiwi], "Ada")).await?.status, 200);
    let ben = store.execute(&adopt(&[&kiwi], "Ben")).await?;
    assert_eq!(ben.status, 409);
    assert!(ben.body.contains("already-adopted"), "{}", ben.body);
    assert_eq!(
        status(&store, &kiwi).await?,
        Status::Adopted(Customer("Ada".into()))
    );
    assert_eq!(store.execute(&give_back(&kiwi)).await?.status, 200);
    assert_eq!(status(&store, &kiwi).await?, Status::Available);
    assert_eq!(store.execute(&adopt(&[&kiwi], "Ben")).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn pets_are_adopted_together_or_not_at_all() -> Result<()> {
    let (_local, store) = open().await?;
    let mut pets = vec![];
    for number in 0..20 {
        pets.push(pet(&store, &format!("bird {number}"), "lovebird").await?);
    }
    let all: Vec<&PetId> = pets.iter().collect();
    assert_eq!(
        store
            .execute(&adopt(&[all[3], all[7]], "Ada"))
            .await?
            .status,
        200
    );
    let ben = store.execute(&adopt(&all, "Ben")).await?;
    let body: serde_json::Value = serde_json::from_str(&ben.body)?;
    assert_eq!(ben.status, 409);
    assert_eq!(body["pets"], serde_json::json!([all[3].0, all[7].0]));
    assert_eq!(status(&store, all[0]).await?, Status::Available);
    for pet in [all[3], all[7]] {
        assert_eq!(store.execute(&give_back(pet)).await?.status, 200);
    }
    let ben = store
        .execute(&keyed(adopt(&all, "Ben"), &"k".repeat(255), ""))
        .await?;
    assert_eq!(ben.status, 200, "{}", ben.body);
    for pet in all {
        assert_eq!(
            status(&store, pet).await?,
            Status::Adopted(Customer("Ben".into()))
        );
    }
    Ok(())
}

/// Others take the pets one by one, while somebody wants all of them.
#[tokio::test(flavor = "multi_thread")]
async fn who_comes_too_late_for_one_gets_none_and_is_told_which() -> Result<()> {
    let (_local, store) = open().await?;
    for _ in 0..10 {
        let (kiwi, mango) = (
            pet(&store, "Kiwi", "lovebird").await?,
            pet(&store, "Mango", "lovebird").await?,
        );
        let both = adopt(&[&kiwi, &mango], "Ada");
        let (one, all) = (adopt(&[&mango], "Ben"), both);
        let (one, all) = tokio::join!(store.execute(&one), store.execute(&all));
        let (one, all) = (one?, all?);
        let ada = Status::Adopted(Customer("Ada".into()));
        if all.status == 200 {
            assert_eq!((one.status, status(&store, &mango).await?), (409, ada));
        } else {
            assert_eq!((one.status, all.status), (200, 409));
            assert!(all.body.contains(&mango.0) && !all.body.contains(&kiwi.0));
            assert_eq!(status(&store, &kiwi).await?, Status::Available);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_request_with_a_key_may_be_sent_twice() -> Result<()> {
    let (_local, store) = open().await?;
    let order = keyed(take_in("Kiwi", "lovebird"), "once", "Kiwi");
    let first = store.execute(&order).await?;
    assert_eq!(first, store.execute(&order).await?);
    assert_eq!(page(&store, &all(100)).await?.0.len(), 1);

    let kiwi = named_in(&first)?;
    let ada = keyed(adopt(&[&kiwi], "Ada"), "Ada's", "Ada");
    let told = store.execute(&ada).await?;
    assert_eq!(told.status, 200);
    // A refusal is kept as well: it stays what it was when the pet is back.
    let ben = keyed(adopt(&[&kiwi], "Ben"), "Ben's", "Ben");
    assert_eq!(store.execute(&ben).await?.status, 409);
    assert_eq!(store.execute(&give_back(&kiwi)).await?.status, 200);
    assert_eq!(store.execute(&ben).await?.status, 409);
    assert_eq!(store.execute(&ada).await?, told);
    assert_eq!(status(&store, &kiwi).await?, Status::Available);

    let other = keyed(adopt(&[&kiwi], "Ben"), "Ada's", "Ben");
    let other = store.execute(&other).await?;
    assert_eq!(other.status, 422);
    assert!(
        other.body.contains("idempotency-key-reused"),
        "{}",
        other.body
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_at_once_with_one_key_get_one_answer() -> Result<()> {
    let (_local, store) = open().await?;
    let at_once = (0..20).map(|_| {
        let store = store.clone();
        let order = keyed(take_in("Kiwi", "lovebird"), "once", "Kiwi");
        tokio::spawn(async move { store.execute(&order).await })
    });
    let mut answers = vec![];
    for answer in at_once.collect::<Vec<_>>() {
        answers.push(answer.await??);
    }
    assert_eq!(answers[0].status, 201);
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    assert_eq!(page(&store, &all(100)).await?.0.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() -> Result<()> {
    let (_local, store) = open().await?;
    let order = keyed(take_in("Kiwi", "lovebird"), "once", "Kiwi");
    store.execute(&order).await?;
    let place = keys::place(order.key.as_ref().context("it has a key")?);
    let expires: u64 = items::number(&item(&store, place.clone()).await?, keys::EXPIRES)?;
    let past = expires - 24 * 60 * 60;
    set(
        &store,
        place.clone(),
        keys::EXPIRES,
        Some(N(past.to_string())),
    )
    .await?;
    // The database has not deleted it yet, and it counts no more.
    assert_eq!(store.execute(&order).await?.status, 201);
    assert_eq!(page(&store, &all(100)).await?.0.len(), 2);
    let renewed: u64 = items::number(&item(&store, place).await?, keys::EXPIRES)?;
    assert!(renewed >= expires);
    Ok(())
}

#[tokio::test]
async fn what_another_release_has_written_is_left_alone() -> Result<()> {
    let (_local, store) = open().await?;
    let kiwi = pet(&store, "Kiwi", "lovebird").await?;
    let key = items::key(items::SHOP, &kiwi.0);
    set(&store, key.clone(), "chip", Some(S("276-0123".into()))).await?;
    assert_eq!(store.execute(&adopt(&[&kiwi], "Ada")).await?.status, 200);
    assert_eq!(store.execute(&give_back(&kiwi)).await?.status, 200);
    let item = item(&store, key).await?;
    assert_eq!(item.get("chip"), Some(&S("276-0123".into())));
    assert_eq!(item.get("customer"), None);
    Ok(())
}

#[tokio::test]
async fn an_item_that_is_no_pet_is_named() -> Result<()> {
    let (_local, store) = open().await?;
    let odd = [
        ("currency", None),
        ("born", Some(S("1923".into()))),
        ("amount", Some(N("-1".into()))),
        ("born", Some(N("1e30".into()))),
        ("customer", Some(AttributeValue::Bool(true))),
    ];
    for (name, value) in odd {
        let kiwi = pet(&store, "Kiwi", "lovebird").await?;
        set(&store, items::key(items::SHOP, &kiwi.0), name, value).await?;
        let failure = store.find(&kiwi).await.expect_err("it is no pet");
        let text = failure.to_string();
        assert!(matches!(failure, Failure::Odd(..)), "{text}");
        assert!(text.contains(name) && text.contains(&kiwi.0), "{text}");
        assert!(store.execute(&adopt(&[&kiwi], "Ada")).await.is_err());
    }
    Ok(())
}

#[tokio::test]
async fn a_release_makes_the_table_once() -> Result<()> {
    let (_local, store) = open().await?;
    let kiwi = pet(&store, "Kiwi", "lovebird").await?;
    table::make(&store.client, &store.table).await?;
    let Pet { id, .. } = store.find(&kiwi).await??;
    assert_eq!(id, kiwi);
    let found = store
        .client
        .describe_time_to_live()
        .table_name(&store.table)
        .send()
        .await?;
    let expires = found.time_to_live_description.context("it is described")?;
    assert_eq!(expires.attribute_name.as_deref(), Some(keys::EXPIRES));
    Ok(())
}
