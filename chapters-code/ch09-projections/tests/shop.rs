//! What customers and the staff are told from the views, and what they have seen.

#[path = "../../ch03-platform/tests/desk/mod.rs"]
mod desk;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::S;
use ch01_bare_server::pets::PetId;
use ch01_bare_server::shop::{Command, Filter};
use ch02_virtual_server::answer::Answer;
use ch06_state::cursor::Cursors;
use ch08_event_sourcing::shop::{Shop, stream};
use ch09_projections::bell;
use ch09_projections::rebuild::Lateness;
use ch09_projections::search::Search;
use ch09_projections::seen::Seen;
use ch09_projections::shelf::Shelf;
use ch09_projections::table;
use desk::{adopt, all, give_back, named_in, take_in};
use event_store::Dynamo;
use local::Local;
use serde_json::{Value, json};

/// A shop, and its views.
struct Open {
    _local: Local,
    client: Client,
    shop: Shop,
    shelf: Shelf,
}

async fn open() -> Result<Open> {
    let local = Local::in_memory()?;
    let sdk = desk::patient(&local.url()).await;
    let client = Client::new(&sdk);
    Dynamo::make(&client, "streams").await?;
    ensure!(table::make(&client, "views").await?, "it is new");
    ensure!(!table::make(&client, "views").await?, "it is not new");
    let mut shop = Shop::new(&sdk, "streams", None, Duration::from_hours(24));
    let cursors = Cursors::parse(&"5".repeat(64))?;
    let mut shelf = Shelf::new(&sdk, "streams", "views", Some(cursors));
    let patience = Duration::from_mins(2);
    (shop.patience, shelf.patience) = (patience, patience);
    Ok(Open {
        _local: local,
        client,
        shop,
        shelf,
    })
}

/// What was answered.
fn told(answer: Result<Answer, Answer>) -> Result<Value> {
    let answer = answer.unwrap_or_else(|answer| answer);
    ensure!(answer.status == 200, "{answer:?}");
    Ok(serde_json::from_str(&answer.body)?)
}

/// What was answered instead, and whether to come again.
fn refused(answer: Result<Answer, Answer>) -> Result<(u16, String, Option<u32>)> {
    let answer = answer.err().context("it was answered")?;
    let problem: Value = serde_json::from_str(&answer.body)?;
    let kind = problem["type"].as_str().context("no type")?.to_owned();
    Ok((answer.status, kind, answer.retry_after))
}

fn names(told: &Value) -> Vec<&str> {
    let pets = told["pets"].as_array().into_iter().flatten();
    pets.filter_map(|pet| pet["name"].as_str()).collect()
}

fn filter(status: Option<&'static str>, species: Option<&str>) -> Filter {
    let species = species.map(str::to_owned);
    Filter {
        status,
        species,
        ..all(100)
    }
}

impl Open {
    async fn comes(&self, name: &str, species: &str, born: u16) -> Result<PetId> {
        let mut order = take_in(name, species);
        if let Command::TakeIn(about) = &mut order.command {
            about.born = born;
        }
        named_in(&self.shop.execute(&order).await?)
    }

    /// All that has happened is heard.
    async fn settle(&self) -> Result<()> {
        self.shelf.views.sweep().await?;
        Ok(())
    }

    async fn list(&self, filter: &Filter) -> Result<Value> {
        told(self.shelf.list(filter, &Seen::default()).await)
    }

    /// All pages of a list, one after the other.
    async fn walk(&self, filter: &Filter) -> Result<Vec<String>> {
        let (mut seen, mut filter) = (vec![], filter.clone());
        for _ in 0..500 {
            let page = self.list(&filter).await?;
            ensure!(names(&page).len() <= filter.limit);
            seen.extend(names(&page).into_iter().map(str::to_owned));
            let Some(next) = page["next"].as_str() else {
                return Ok(seen);
            };
            filter.after = Some(PetId(next.to_owned()));
        }
        anyhow::bail!("the list has no end")
    }

    async fn search(&self, query: &str, seen: &Seen) -> Result<Value> {
        let search = Search::parse(query).map_err(|problem| anyhow::anyhow!(problem.detail))?;
        told(self.shelf.search(&search, seen).await)
    }
}

fn has_seen(pet: &PetId, commit: u64) -> Seen {
    Seen([(stream(pet), commit)].into())
}

#[tokio::test]
async fn a_list_has_who_is_asked_for_and_nobody_else() -> Result<()> {
    let open = open().await?;
    let gustav = open.comes("Gustav", "tortoise", 1923).await?;
    open.comes("Rex", "dog", 2020).await?;
    let max = open.comes("Max", "dog", 2015).await?;
    open.comes("Lola", "dog-like", 2015).await?;
    open.shop.execute(&adopt(&[&gustav, &max], "Ada")).await?;
    open.settle().await?;
    for (status, species, due) in [
        (None, None, vec!["Rex", "Max", "Lola", "Gustav"]),
        (None, Some("dog"), vec!["Rex", "Max"]),
        (Some("available"), None, vec!["Rex", "Lola"]),
        (Some("available"), Some("dog"), vec!["Rex"]),
        (Some("adopted"), None, vec!["Max", "Gustav"]),
        (Some("adopted"), Some("dog"), vec!["Max"]),
        (Some("reserved"), None, vec![]),
        (None, Some("dodo"), vec![]),
    ] {
        let page = open.list(&filter(status, species)).await?;
        assert_eq!(names(&page), due, "{status:?} {species:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_pages_of_a_list_come_to_all_of_it() -> Result<()> {
    let open = open().await?;
    for number in 0..30 {
        let species = ["cat", "dog", "cow"][number % 3];
        let pet = open.comes(&number.to_string(), species, 2020).await?;
        if number % 2 == 0 {
            open.shop.execute(&adopt(&[&pet], "Ada")).await?;
        }
    }
    open.settle().await?;
    for status in [None, Some("available"), Some("adopted")] {
        for species in [None, Some("cow")] {
            let all = open.walk(&filter(status, species)).await?;
            let due =
                30 / [1, 2][usize::from(status.is_some())] / [1, 3][usize::from(species.is_some())];
            assert_eq!(all.len(), due, "{status:?} {species:?}");
            for limit in [1, 4, due] {
                let filter = Filter {
                    limit,
                    ..filter(status, species)
                };
                assert_eq!(open.walk(&filter).await?, all, "{limit} on a page");
            }
        }
    }
    Ok(())
}

/// A page goes on where the one before ended, though all rows are others by then.
#[tokio::test]
async fn a_cursor_is_good_when_the_views_were_made_anew() -> Result<()> {
    let open = open().await?;
    for name in ["Kiwi", "Mango", "Pip"] {
        open.comes(name, "lovebird", 2024).await?;
    }
    open.settle().await?;
    let mut filter = Filter {
        limit: 1,
        ..filter(Some("available"), None)
    };
    let first = open.list(&filter).await?;
    open.shelf.views.rebuild(Lateness(Duration::ZERO)).await?;
    filter.after = first["next"].as_str().map(|next| PetId(next.to_owned()));
    let second = open.list(&filter).await?;
    assert_eq!(
        (names(&first), names(&second)),
        (vec!["Kiwi"], vec!["Mango"])
    );
    let other = Filter {
        status: None,
        ..filter.clone()
    };
    let refused = refused(open.shelf.list(&other, &Seen::default()).await)?;
    assert_eq!(
        (refused.0, refused.1.as_str()),
        (400, "/problems/invalid-query")
    );
    Ok(())
}

#[tokio::test]
async fn whoever_looks_for_a_pet_finds_the_oldest_first() -> Result<()> {
    let open = open().await?;
    for (name, species, born) in [
        ("Rex", "dog", 2020),
        ("Gustav", "tortoise", 1923),
        ("Otto", "tortoise", 1950),
        ("Emil", "tortoise", 1899),
        ("Paula", "tortoise", 1949),
    ] {
        open.comes(name, species, born).await?;
    }
    let away = open.comes("Carl", "tortoise", 1930).await?;
    open.shop.execute(&adopt(&[&away], "Ada")).await?;
    open.settle().await?;
    let nothing = Seen::default();
    for (query, due) in [
        ("species=tortoise", vec!["Emil", "Gustav", "Paula", "Otto"]),
        (
            "species=tortoise&born-before=1950",
            vec!["Emil", "Gustav", "Paula"],
        ),
        (
            "species=tortoise&born-after=1899&born-before=1949",
            vec!["Gustav"],
        ),
        ("species=tortoise&born-after=1949", vec!["Otto"]),
        ("species=tortoise&born-after=1950&born-before=1950", vec![]),
        ("species=tortoise&born-after=2000&born-before=1950", vec![]),
        ("species=dog", vec!["Rex"]),
    ] {
        assert_eq!(names(&open.search(query, &nothing).await?), due, "{query}");
    }
    let query = "species=tortoise&born-before=1950&limit=2";
    let first = open.search(query, &nothing).await?;
    let next = first["next"].as_str().context("there are more")?;
    let second = open
        .search(&format!("{query}&cursor={next}"), &nothing)
        .await?;
    assert_eq!(
        (names(&second), &second["next"]),
        (vec!["Paula"], &Value::Null)
    );
    let other = format!("species=tortoise&limit=2&cursor={next}");
    assert!(open.search(&other, &nothing).await.is_err());
    Ok(())
}

#[tokio::test]
async fn the_accountant_and_the_display_are_right() -> Result<()> {
    let open = open().await?;
    let report = || async { told(open.shelf.returns_by_species().await) };
    let homes = || async { told(open.shelf.display(&Seen::default()).await) };
    assert_eq!(homes().await?, json!({ "homes": 0 }));
    assert_eq!(
        report().await?,
        json!({ "report": "returns-by-species", "rows": [] })
    );
    let mut pets = BTreeMap::new();
    for (name, species, returns) in [
        ("Gustav", "tortoise", 3),
        ("Rex", "dog", 0),
        ("Max", "dog", 1),
    ] {
        let pet = open.comes(name, species, 2000).await?;
        for _ in 0..returns {
            open.shop.execute(&adopt(&[&pet], "Ada")).await?;
            open.shop.execute(&give_back(&pet)).await?;
        }
        open.shop.execute(&adopt(&[&pet], "Ben")).await?;
        pets.insert(name, pet);
    }
    open.settle().await?;
    let rows = json!([{ "key": "dog", "count": 1 }, { "key": "tortoise", "count": 3 }]);
    assert_eq!(report().await?["rows"], rows);
    assert_eq!(homes().await?, json!({ "homes": 3 }));
    // Made anew it is the same.
    open.shelf.views.rebuild(Lateness(Duration::ZERO)).await?;
    assert_eq!(report().await?["rows"], rows);
    assert_eq!(homes().await?, json!({ "homes": 3 }));
    let gustav = &pets["Gustav"];
    open.shop.execute(&give_back(gustav)).await?;
    assert_eq!(homes().await?, json!({ "homes": 3 }));
    let seen = has_seen(gustav, 9);
    assert_eq!(
        told(open.shelf.display(&seen).await)?,
        json!({ "homes": 2 })
    );
    Ok(())
}

#[tokio::test]
async fn what_somebody_has_seen_is_in_the_answer() -> Result<()> {
    let open = open().await?;
    let available = filter(Some("available"), None);
    let kiwi = open.comes("Kiwi", "lovebird", 2024).await?;
    // Nobody has rung.
    assert_eq!(names(&open.list(&available).await?), Vec::<&str>::new());
    let seen = has_seen(&kiwi, 1);
    let page = told(open.shelf.list(&available, &seen).await)?;
    assert_eq!(names(&page), ["Kiwi"]);
    open.shop.execute(&adopt(&[&kiwi], "Ada")).await?;
    assert_eq!(names(&open.list(&available).await?), ["Kiwi"]);
    let seen = has_seen(&kiwi, 2);
    let page = told(open.shelf.list(&available, &seen).await)?;
    assert_eq!(names(&page), Vec::<&str>::new());
    open.shop.execute(&give_back(&kiwi)).await?;
    let found = open.search("species=lovebird", &has_seen(&kiwi, 3)).await?;
    assert_eq!(names(&found), ["Kiwi"]);
    // It's on another page, or in another list.
    let cats = filter(None, Some("cat"));
    assert!(open.shelf.list(&cats, &has_seen(&kiwi, 3)).await.is_ok());
    Ok(())
}

#[tokio::test]
async fn what_nobody_can_have_seen_is_refused() -> Result<()> {
    let open = open().await?;
    let kiwi = open.comes("Kiwi", "lovebird", 2024).await?;
    let stranger = PetId("0199f0a0-0000-7000-8000-000000000000".into());
    for seen in [has_seen(&kiwi, 2), has_seen(&stranger, 1)] {
        let due = (400, "/problems/invalid-seen".to_owned(), None);
        assert_eq!(refused(open.shelf.list(&all(20), &seen).await)?, due);
        assert_eq!(refused(open.shelf.display(&seen).await)?, due);
    }
    Ok(())
}

/// On this machine an index is never behind. So a row loses its place in it.
#[tokio::test]
async fn an_index_that_does_not_follow_is_waited_for_and_not_for_ever() -> Result<()> {
    let open = open().await?;
    let kiwi = open.comes("Kiwi", "lovebird", 2024).await?;
    open.settle().await?;
    let place = |expression: &'static str| {
        let name = format!("list#0#{}", stream(&kiwi));
        let update = open.client.update_item().table_name("views");
        update.key("pk", S(name)).update_expression(expression)
    };
    place("REMOVE a, b").send().await?;
    let seen = has_seen(&kiwi, 1);
    for status in [None, Some("available")] {
        let due = (503, "/problems/list-behind".to_owned(), Some(1));
        let list = open.shelf.list(&filter(status, None), &seen).await;
        assert_eq!(refused(list)?, due);
    }
    // Whoever has seen nothing is answered.
    assert_eq!(names(&open.list(&all(20)).await?), Vec::<&str>::new());
    let comes_late = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let late = place("SET a = :a")
            .expression_attribute_values(":a", S(format!("lovebird#{}", stream(&kiwi))));
        late.send().await
    };
    let everybody = all(20);
    let (page, late) = tokio::join!(open.shelf.list(&everybody, &seen), comes_late);
    late?;
    assert_eq!(names(&told(page)?), ["Kiwi"]);
    Ok(())
}

#[tokio::test]
async fn a_batch_of_records_brings_the_views_up_to_date() -> Result<()> {
    let open = open().await?;
    let kiwi = open.comes("Kiwi", "lovebird", 2024).await?;
    let mango = open.comes("Mango", "lovebird", 2024).await?;
    open.shop.execute(&adopt(&[&kiwi, &mango], "Ada")).await?;
    let record = |number: u64, pet: &PetId, commit: u64| {
        let keys = json!({ "pk": { "S": stream(pet).0 }, "c": { "N": commit.to_string() } });
        json!({ "awsRegion": "eu-central-1", "eventID": number.to_string(), "eventName": "INSERT",
            "dynamodb": { "Keys": keys, "SequenceNumber": number.to_string(),
                "ApproximateCreationDateTime": 1, "SizeBytes": 1 } })
    };
    let records = [
        record(1, &mango, 2),
        record(2, &kiwi, 2),
        record(3, &mango, 1),
    ];
    let event = serde_json::from_value(json!({ "Records": records }))?;
    let answer = bell::ring(&open.shelf.views, event).await?;
    assert!(answer.batch_item_failures.is_empty());
    let page = open.list(&filter(Some("adopted"), None)).await?;
    assert_eq!(names(&page), ["Kiwi", "Mango"]);
    // Of a table that is away, the first record is told of each stream.
    open.client
        .delete_table()
        .table_name("views")
        .send()
        .await?;
    let event = serde_json::from_value(json!({ "Records": records }))?;
    let answer = bell::ring(&open.shelf.views, event).await?;
    let failed = answer.batch_item_failures.iter();
    let mut failed: Vec<_> = failed
        .filter_map(|each| each.item_identifier.as_deref())
        .collect();
    failed.sort_unstable();
    assert_eq!(failed, ["1", "2"]);
    Ok(())
}
