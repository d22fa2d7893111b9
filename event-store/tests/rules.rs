//! What a store does, and what it refuses, in the memory of this process.

#[path = "shared/faulty.rs"]
mod faulty;
mod shared;

use std::sync::Arc;
use std::time::Duration;

use event_store::{
    Backend, Commit, Error, Failure, Fault, MAX_BYTES, MAX_EVENTS, Memory, Record, Settings, Store,
    Stored, StreamId,
};
use faulty::{Call, Fate, Faulty};
use serde_json::Value;
use shared::{Event, NOW, No, Tortoise, Wish, adopt, gustav, keyed, once};

type Shop<B = Arc<Memory>> = Store<Tortoise, B>;

fn two() -> (Shop, Shop) {
    let memory = Arc::<Memory>::default();
    let shop = || Store::new(memory.clone(), Settings::default());
    (shop(), shop())
}

fn alone(settings: Settings) -> Shop {
    Store::new(Arc::<Memory>::default(), settings)
}

/// Gustav's newest commit.
async fn newest(shop: &Shop) -> Result<Commit, Fault> {
    let commits = shop.backend().backwards(&gustav(), None, 1).await?;
    Ok(commits.into_iter().next().expect("he has one"))
}

#[tokio::test]
async fn what_has_happened_is_there_for_all() -> anyhow::Result<()> {
    let (one, two) = two();
    let done = one.execute(&gustav(), &once(), &adopt("Ada")).await?;
    assert_eq!((done.number, done.again), (1, false));
    assert_eq!(done.events, [Event::Adopted("Ada".into())]);
    let seen = two.load(&gustav()).await?;
    assert_eq!((seen.number, seen.at), (1, NOW));
    assert_eq!(seen.state.home.as_deref(), Some("Ada"));
    Ok(())
}

#[tokio::test]
async fn nobody_is_refused_for_what_was_so_before() -> anyhow::Result<()> {
    let (one, two) = two();
    one.execute(&gustav(), &once(), &adopt("Ada")).await?;
    two.execute(&gustav(), &once(), &Wish::GiveBack).await?;
    // As far as the first knows, Ada has him.
    let done = one.execute(&gustav(), &once(), &adopt("Ben")).await?;
    assert_eq!(done.number, 3);
    Ok(())
}

#[tokio::test]
async fn nobody_is_refused_by_a_commit_that_has_others_behind_it() -> anyhow::Result<()> {
    let (one, two) = two();
    one.execute(&gustav(), &once(), &adopt("Ada")).await?;
    one.execute(&gustav(), &once(), &Wish::GiveBack).await?;
    two.execute(&gustav(), &once(), &adopt("Ben")).await?;
    two.execute(&gustav(), &once(), &Wish::GiveBack).await?;
    // What is in the way of the first says that Ben has him. That was so before.
    let done = one.execute(&gustav(), &once(), &adopt("Zoë")).await?;
    assert_eq!(done.number, 5);
    Ok(())
}

#[tokio::test]
async fn nobody_is_told_yes_for_what_was_so_before() -> anyhow::Result<()> {
    let (one, two) = two();
    one.execute(&gustav(), &once(), &adopt("Ada")).await?;
    one.execute(&gustav(), &once(), &Wish::GiveBack).await?;
    two.execute(&gustav(), &once(), &adopt("Ben")).await?;
    let refused = one.execute(&gustav(), &once(), &adopt("Zoë")).await;
    assert_eq!(refused.unwrap_err(), Error::Refused(No::HasAHome));
    Ok(())
}

#[tokio::test]
async fn a_command_that_changes_nothing_writes_nothing_and_says_how_things_stand()
-> anyhow::Result<()> {
    let (one, two) = two();
    one.execute(&gustav(), &once(), &adopt("Ada")).await?;
    two.execute(&gustav(), &once(), &Wish::GiveBack).await?;
    let done = one.execute(&gustav(), &once(), &Wish::Nothing).await?;
    // Not what this process remembers.
    assert_eq!((done.number, done.state.home), (2, None));
    assert_eq!(one.read(&gustav(), 0, 10).await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_command_that_comes_again_is_done_once() -> anyhow::Result<()> {
    let (one, two) = two();
    let issued = keyed("key", "adopt Ada");
    let first = one.execute(&gustav(), &issued, &adopt("Ada")).await?;
    one.execute(&gustav(), &once(), &Wish::GiveBack).await?;
    for shop in [&one, &two] {
        let again = shop.execute(&gustav(), &issued, &adopt("Ada")).await?;
        assert!(again.again);
        assert_eq!((again.number, &again.events), (first.number, &first.events));
        // As it was then, and not as it is now.
        assert_eq!(again.state, first.state);
    }
    Ok(())
}

#[tokio::test]
async fn a_key_that_comes_with_another_command_is_refused() -> anyhow::Result<()> {
    let (one, two) = two();
    one.execute(&gustav(), &keyed("key", "adopt Ada"), &adopt("Ada"))
        .await?;
    let reused = Error::Failed(Failure::KeyReused {
        stream: gustav(),
        key: "key".into(),
    });
    for shop in [&one, &two] {
        let other = keyed("key", "return");
        let told = shop.execute(&gustav(), &other, &Wish::GiveBack).await;
        assert_eq!(told.unwrap_err(), reused);
    }
    Ok(())
}

#[tokio::test]
async fn a_stream_remembers_so_many_commands_and_no_more() -> anyhow::Result<()> {
    let shop = alone(Settings {
        remembers: 3,
        ..Settings::default()
    });
    for number in 1..=4 {
        let key = number.to_string();
        let note = Wish::Note(key.clone(), 1);
        shop.execute(&gustav(), &keyed(&key, "note"), &note).await?;
    }
    let again = |key: &'static str| {
        let note = Wish::Note(key.into(), 1);
        let shop = &shop;
        async move { shop.execute(&gustav(), &keyed(key, "note"), &note).await }
    };
    assert!(again("2").await?.again);
    // This is the limit: it is done a second time.
    assert!(!again("1").await?.again);
    Ok(())
}

#[tokio::test]
async fn a_stream_remembers_a_command_as_long_as_the_window_says() -> anyhow::Result<()> {
    let shop = alone(Settings::default());
    let mut issued = keyed("key", "note");
    let note = Wish::Note("eats".into(), 1);
    shop.execute(&gustav(), &issued, &note).await?;
    issued.at = NOW + Duration::from_hours(24);
    assert!(shop.execute(&gustav(), &issued, &note).await?.again);
    issued.at += Duration::from_millis(1);
    assert!(!shop.execute(&gustav(), &issued, &note).await?.again);
    Ok(())
}

#[tokio::test]
async fn a_large_state_is_written_now_and_then_and_costs_no_event() -> anyhow::Result<()> {
    let shop = alone(Settings::default());
    let slip = "x".repeat(1_000);
    shop.execute(&gustav(), &once(), &Wish::Slip(slip.clone()))
        .await?;
    for number in 2..=45 {
        let note = Wish::Note(number.to_string(), 1);
        shop.execute(&gustav(), &once(), &note).await?;
    }
    let commits = shop.backend().forwards(&gustav(), 0, 100).await?;
    let with = commits.iter().filter(|commit| commit.state.is_some());
    let with: Vec<u64> = with.map(|commit| commit.number).collect();
    assert_eq!(with, [20, 40]);
    let cold: Shop = Store::new(shop.backend().clone(), Settings::default());
    assert_eq!(cold.load(&gustav()).await?.state.slip, slip);
    Ok(())
}

#[tokio::test]
async fn a_state_that_does_not_fit_is_left_out_and_the_stream_goes_on() -> anyhow::Result<()> {
    let settings = Settings {
        small: 2 * MAX_BYTES,
        ..Settings::default()
    };
    let shop = alone(settings.clone());
    let slip = "x".repeat(MAX_BYTES - 1_000);
    shop.execute(&gustav(), &once(), &Wish::Slip(slip.clone()))
        .await?;
    shop.execute(&gustav(), &once(), &adopt("Ada")).await?;
    let commits = shop.backend().forwards(&gustav(), 0, 10).await?;
    // With its own event it is twice that size; alone it fits.
    let with: Vec<bool> = commits
        .iter()
        .map(|commit| commit.state.is_some())
        .collect();
    assert_eq!(with, [false, true]);
    let cold: Shop = Store::new(shop.backend().clone(), settings);
    assert_eq!(cold.load(&gustav()).await?.state.slip, slip);
    Ok(())
}

#[tokio::test]
async fn a_commit_that_is_too_large_is_refused_and_nothing_is_lost() -> anyhow::Result<()> {
    let shop = alone(Settings::default());
    shop.execute(&gustav(), &once(), &adopt("Ada")).await?;
    let too_large = Wish::Note("x".repeat(MAX_BYTES), 1);
    let refused = shop.execute(&gustav(), &once(), &too_large).await;
    let Err(Error::Failed(Failure::TooLarge { number, bytes, .. })) = refused else {
        panic!("{refused:?}");
    };
    assert!(number == 2 && bytes > MAX_BYTES);
    let done = shop.execute(&gustav(), &once(), &Wish::GiveBack).await?;
    assert_eq!(done.number, 2);
    Ok(())
}

#[tokio::test]
async fn more_events_than_a_commit_may_have_are_refused() -> anyhow::Result<()> {
    let shop = alone(Settings::default());
    let most = Wish::Note("n".into(), MAX_EVENTS);
    shop.execute(&gustav(), &once(), &most).await?;
    let more = Wish::Note("n".into(), MAX_EVENTS + 1);
    let refused = shop.execute(&gustav(), &once(), &more).await.unwrap_err();
    let events = MAX_EVENTS + 1;
    let stream = gustav();
    assert_eq!(refused, Failure::TooMany { stream, events }.into());
    Ok(())
}

#[tokio::test]
async fn a_stream_with_a_hole_is_left_alone() -> anyhow::Result<()> {
    let settings = Settings {
        small: 0,
        ..Settings::default()
    };
    let shop = alone(settings.clone());
    for number in 1..=8 {
        let note = Wish::Note(number.to_string(), 1);
        shop.execute(&gustav(), &once(), &note).await?;
    }
    for missing in [5, 1] {
        shop.backend().lose(&gustav(), missing);
        let cold: Shop = Store::new(shop.backend().clone(), settings.clone());
        let gap = Failure::Gap {
            stream: gustav(),
            missing: 5,
            found: 6,
        };
        assert_eq!(cold.load(&gustav()).await.unwrap_err(), gap);
        let told = cold.execute(&gustav(), &once(), &adopt("Ada")).await;
        assert_eq!(told.unwrap_err(), gap.into());
    }
    let told = shop.read(&gustav(), 0, 10).await.unwrap_err();
    assert!(matches!(told, Failure::Gap { missing: 1, .. }), "{told}");
    Ok(())
}

/// Whoever wants to know how things stand does not look behind a state.
#[tokio::test]
async fn a_hole_behind_a_state_is_found_by_whoever_reads_the_past() -> anyhow::Result<()> {
    let (warm, cold) = two();
    for wish in [adopt("Ada"), Wish::GiveBack, adopt("Ben")] {
        warm.execute(&gustav(), &once(), &wish).await?;
    }
    // As after a backup that is two commits old, with a process that was not stopped.
    for number in [2, 3] {
        warm.backend().lose(&gustav(), number);
    }
    let done = warm.execute(&gustav(), &once(), &Wish::GiveBack).await?;
    assert_eq!(done.number, 4);
    assert_eq!(cold.load(&gustav()).await?.number, 4);
    let told = cold.read(&gustav(), 0, 10).await.unwrap_err();
    let (missing, found) = (2, 4);
    let stream = gustav();
    assert_eq!(
        told,
        Failure::Gap {
            stream,
            missing,
            found
        }
    );
    Ok(())
}

#[tokio::test]
async fn a_snapshot_of_another_version_is_not_read() -> anyhow::Result<()> {
    let shop = alone(Settings::default());
    shop.execute(&gustav(), &once(), &adopt("Ada")).await?;
    let mut commit = newest(&shop).await?;
    shop.backend().lose(&gustav(), 1);
    let state = commit.state.as_mut().expect("it is small");
    state.version = 7;
    state.body = serde_json::json!("what nobody here can read");
    shop.backend().append(&commit).await?;
    let cold: Shop = Store::new(shop.backend().clone(), Settings::default());
    let seen = cold.load(&gustav()).await?;
    assert_eq!(seen.state.home.as_deref(), Some("Ada"));
    Ok(())
}

#[tokio::test]
async fn an_event_that_nobody_knows_is_told_with_its_place() -> anyhow::Result<()> {
    let shop = alone(Settings::default());
    shop.execute(&gustav(), &once(), &adopt("Ada")).await?;
    let mut commit = newest(&shop).await?;
    (commit.number, commit.holds, commit.state) = (2, 2, None);
    commit.events[0].version = 9;
    shop.backend().append(&commit).await?;
    let cold: Shop = Store::new(shop.backend().clone(), Settings::default());
    let told = cold.load(&gustav()).await.unwrap_err().to_string();
    assert_eq!(told, "stream pet#gustav, commit 2: nobody knows version 9");
    Ok(())
}

#[tokio::test]
async fn who_tells_leaves_out_what_is_no_business_of_his_and_who_decides_does_not()
-> anyhow::Result<()> {
    let shop = alone(Settings::default());
    shop.execute(&gustav(), &once(), &adopt("Ada")).await?;
    let mut commit = newest(&shop).await?;
    // Of a later release, which writes another state, too.
    let given_back = Tortoise::record(&Event::GivenBack);
    let foreign = Record::new("hare", 1, Value::Null);
    commit.events = vec![foreign, given_back];
    (commit.number, commit.holds, commit.state) = (2, 3, None);
    shop.backend().append(&commit).await?;
    let cold: Shop = Store::new(shop.backend().clone(), Settings::default());
    let told = cold.read(&gustav(), 1, 10).await?.remove(0);
    assert_eq!((told.events, told.left_out), (vec![Event::GivenBack], 1));
    let then = cold.load_at(&gustav(), 2).await?;
    assert_eq!((then.number, then.state.home), (2, None));
    assert_eq!(cold.newest(&gustav()).await?, 2);
    assert_eq!(cold.newest(&"pet#nobody".into()).await?, 0);
    // What was told is not what is decided on.
    let told = cold.load(&gustav()).await.unwrap_err().to_string();
    assert_eq!(told, "stream pet#gustav, commit 2: nobody knows a hare");
    let refused = cold.execute(&gustav(), &once(), &adopt("Ben")).await;
    assert!(matches!(
        refused,
        Err(Error::Failed(Failure::Unreadable { .. }))
    ));
    Ok(())
}

#[tokio::test]
async fn how_things_stood_after_any_commit_can_be_told() -> anyhow::Result<()> {
    let shop = alone(Settings::default());
    for who in ["Ada", "Ben", "Zoë"] {
        shop.execute(&gustav(), &once(), &adopt(who)).await?;
        shop.execute(&gustav(), &once(), &Wish::GiveBack).await?;
    }
    let homes = [
        None,
        Some("Ada"),
        None,
        Some("Ben"),
        None,
        Some("Zoë"),
        None,
    ];
    for (number, home) in (0..).zip(homes) {
        let then = shop.load_at(&gustav(), number).await?;
        assert_eq!((then.number, then.state.home.as_deref()), (number, home));
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn who_is_refused_for_being_one_too_many_comes_again_and_gives_up_in_the_end() {
    let unclear = || Fault::Unclear("cut".into());
    for (fault, gives_up) in [
        (Fault::Throttled, Failure::Busy { tries: 8 }),
        (unclear(), Failure::Unclear("cut".into())),
    ] {
        for (faults, due) in [(7, None), (8, Some(gives_up))] {
            let mut calls = 0;
            let fault = fault.clone();
            let shop = shop_where(move |call| match call {
                Call::Write if calls < faults => {
                    calls += 1;
                    Fate::Refused(fault.clone())
                }
                _ => Fate::Passes,
            });
            let told = shop.execute(&gustav(), &once(), &adopt("Ada")).await;
            assert_eq!(told.err(), due.map(Error::Failed));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_loses_every_race_is_told_so() {
    let shop = shop_where(|_| Fate::Overtaken);
    let note = Wish::Note("sleeps".into(), 1);
    let told = shop.execute(&gustav(), &once(), &note).await;
    let (stream, tries) = (gustav(), 8);
    let contended = Failure::Contended { stream, tries };
    assert_eq!(told.unwrap_err(), contended.into());
    let told = shop.execute_over(&once(), &both(&note)).await;
    let told = told.unwrap_err();
    let contended = matches!(told, Error::Failed(Failure::Contended { tries: 8, .. }));
    assert!(contended, "{told}");
}

/// A command whose answer was lost is known again, also where nobody has given it a key.
#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_no_second_time() -> anyhow::Result<()> {
    let mut lost = false;
    let shop = shop_where(move |call| {
        lost = call == Call::Write && !lost;
        if lost { Fate::Lost } else { Fate::Passes }
    });
    let note = Wish::Note("sleeps".into(), 1);
    let done = shop.execute(&gustav(), &once(), &note).await?;
    assert_eq!((done.number, done.again), (1, true));
    let done = shop.execute_over(&once(), &both(&note)).await?;
    for done in done {
        assert_eq!((done.number, done.again), (1, true));
    }
    Ok(())
}

fn shop_where(fates: impl FnMut(Call) -> Fate + Send + 'static) -> Shop<Faulty> {
    let memory = Arc::default();
    Store::new(Faulty::new(memory, fates), Settings::default())
}

fn birds() -> [StreamId; 2] {
    ["pet#kiwi".into(), "pet#mango".into()]
}

fn both(wish: &Wish) -> [(StreamId, Wish); 2] {
    birds().map(|bird| (bird, wish.clone()))
}

#[tokio::test]
async fn kiwi_and_mango_are_adopted_together_or_not_at_all() -> anyhow::Result<()> {
    let (one, two) = two();
    let [kiwi, mango] = birds();
    one.execute(&mango, &once(), &adopt("Ada")).await?;
    let refused = two.execute_over(&once(), &both(&adopt("Ben"))).await;
    let due = vec![(mango.clone(), No::HasAHome)];
    assert_eq!(refused.unwrap_err(), Error::Refused(due));
    assert_eq!(two.load(&kiwi).await?.number, 0);
    one.execute(&mango, &once(), &Wish::GiveBack).await?;
    let done = two.execute_over(&once(), &both(&adopt("Ben"))).await?;
    let numbers: Vec<u64> = done.iter().map(|done| done.number).collect();
    assert_eq!(numbers, [1, 3]);
    Ok(())
}

#[tokio::test]
async fn a_command_over_several_streams_that_comes_again_is_done_once() -> anyhow::Result<()> {
    let (one, two) = two();
    let issued = keyed("key", "adopt both");
    let first = one.execute_over(&issued, &both(&adopt("Ada"))).await?;
    one.execute_over(&once(), &both(&Wish::GiveBack)).await?;
    for shop in [&one, &two] {
        let again = shop.execute_over(&issued, &both(&adopt("Ada"))).await?;
        for (again, first) in again.iter().zip(&first) {
            assert!(again.again);
            assert_eq!((again.number, &again.state), (first.number, &first.state));
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_command_names_each_stream_once_and_not_too_many() {
    let shop = alone(Settings::default());
    let kiwi = || ("pet#kiwi".into(), adopt("Ada"));
    let many = (0..101).map(|number| (StreamId(number.to_string()), adopt("Ada")));
    for commands in [vec![], vec![kiwi(), kiwi()], many.collect()] {
        let told = shop.execute_over(&once(), &commands).await.unwrap_err();
        let refused = matches!(told, Error::Failed(Failure::Backend(Fault::Refused(_))));
        assert!(refused, "{told}");
    }
}
