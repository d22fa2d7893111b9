//! Streams that move to where no name is open.

#[path = "../../ch03-platform/tests/desk/mod.rs"]
mod desk;

use std::sync::Arc;

use anyhow::{Result, anyhow, bail, ensure};
use aws_sdk_dynamodb::Client;
use ch01_bare_server::pets::{Customer, Description, Money, PetId, Status};
use ch08_event_sourcing::pet::{self as before, Wish};
use ch08_event_sourcing::shop::{issued, stream};
use ch11_change_over_time::moving::move_stream;
use ch11_change_over_time::opening::FORGOTTEN;
use ch11_change_over_time::people::{self, People};
use ch11_change_over_time::person::Sealed;
use ch11_change_over_time::pets::Pets;
use event_store::{Backend, Commit, Error, Failure, Memory, Settings, Store, StreamId};
use local::Local;

struct Open {
    _local: Local,
    people: People,
    old: Arc<Memory>,
    new: Arc<Memory>,
}

fn gustav() -> PetId {
    PetId("gustav".into())
}

fn name() -> StreamId {
    stream(&gustav())
}

/// Everything that Gustav goes through.
fn life() -> Vec<Wish> {
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
    let adopt = |name: &str| Wish::Adopt {
        customer: Customer(name.into()),
        together: vec![],
    };
    let back = |reason: &str| Wish::Return {
        reason: reason.into(),
    };
    vec![
        Wish::TakeIn(about),
        adopt("Hypatia"),
        back("Hypatia moves"),
        adopt("Grace"),
        back("He is slow"),
        adopt("Hypatia"),
    ]
}

/// An old table with that in it, by chapter 8's shop, and a new one.
async fn open() -> Result<Open> {
    let local = Local::in_memory()?;
    let client = Client::new(&desk::patient(&local.url()).await);
    people::make(&client, "people").await?;
    let open = Open {
        _local: local,
        people: People::new(client, "people", &[7; 32]),
        old: Arc::default(),
        new: Arc::default(),
    };
    let pets: Store<before::Pets, _> = Store::new(Arc::clone(&open.old), Settings::default());
    for wish in life() {
        let command = before::Command {
            pet: gustav(),
            wish,
        };
        let done = pets.execute(&name(), &issued(None), &command).await;
        done.map_err(|why| anyhow!("{why:?}"))?;
    }
    Ok(open)
}

impl Open {
    async fn moves(&self) -> Result<u64> {
        Ok(move_stream(&self.old, &self.new, &self.people, &name()).await?)
    }

    async fn commits(&self, of: &Arc<Memory>) -> Result<Vec<Commit>> {
        Ok(of.forwards(&name(), 0, 100).await?)
    }

    /// A life as its events tell it, with what can be opened.
    async fn told(&self, of: &Arc<Memory>) -> Result<Vec<String>> {
        let mut told = vec![];
        for commit in self.commits(of).await? {
            for event in commit.events {
                let mut text = event.kind;
                for field in ["customer", "reason"] {
                    if let Some(said) = event.body[field].as_str() {
                        let said = self.people.open(said).await?;
                        text.push(' ');
                        text.push_str(&said.unwrap_or_default());
                    }
                }
                told.push(text);
            }
        }
        Ok(told)
    }
}

#[tokio::test]
async fn a_stream_that_moves_tells_the_same_and_no_name_is_open_in_it() -> Result<()> {
    let open = open().await?;
    let before = open.told(&open.old).await?;
    assert_eq!(open.moves().await?, 6);
    assert_eq!(open.told(&open.new).await?, before);
    for (old, new) in open
        .commits(&open.old)
        .await?
        .iter()
        .zip(open.commits(&open.new).await?)
    {
        assert_eq!(
            (old.number, old.at, old.holds),
            (new.number, new.at, new.holds)
        );
        let written = format!("{new:?}");
        ensure!(
            !written.contains("Hypatia") && !written.contains("slow"),
            "{written}"
        );
    }
    // And it goes on there.
    let pets: Store<Pets, _> = Store::new(Arc::clone(&open.new), Settings::default());
    let state = pets.load(&name()).await?.state;
    let Some(Status::Adopted(Customer(sealed))) = state.pet.map(|pet| pet.status) else {
        bail!("Gustav waits");
    };
    ensure!(Sealed::read(&sealed).is_some(), "{sealed}");
    open.people.forget("Hypatia").await?;
    let told = open.told(&open.new).await?;
    assert_eq!(told[1..4], ["Adopted ", "Returned ", "Adopted Grace"]);
    Ok(())
}

#[tokio::test]
async fn whoever_still_decides_in_the_old_place_is_stopped() -> Result<()> {
    let open = open().await?;
    open.moves().await?;
    let pets: Store<before::Pets, _> = Store::new(Arc::clone(&open.old), Settings::default());
    let wish = Wish::Return {
        reason: "too late".into(),
    };
    let command = before::Command {
        pet: gustav(),
        wish,
    };
    let done = pets.execute(&name(), &issued(None), &command).await;
    let Err(Error::Failed(Failure::Unreadable { what, .. })) = done else {
        bail!("{done:?}");
    };
    assert_eq!(what, "nobody knows Moved in version 1");
    // Who only tells tells what was.
    assert_eq!(pets.read(&name(), 0, 100).await?.len(), 7);
    Ok(())
}

#[tokio::test]
async fn what_the_forgotten_have_said_is_not_copied() -> Result<()> {
    let open = open().await?;
    open.moves().await?;
    // Once more, from a table in which the names are sealed and what was said is open.
    let from: Arc<Memory> = Arc::default();
    for mut commit in open.commits(&open.new).await? {
        for event in &mut commit.events {
            if event.kind == "Returned" {
                event.body["reason"] = "She is slow".into();
            }
        }
        from.append(&commit).await?;
    }
    open.people.forget("Hypatia").await?;
    let to: Arc<Memory> = Arc::default();
    move_stream(&from, &to, &open.people, &name()).await?;
    let reasons: Vec<_> = open
        .commits(&to)
        .await?
        .into_iter()
        .flat_map(|commit| commit.events)
        .filter(|event| event.kind == "Returned")
        .map(|event| event.body["reason"].clone())
        .collect();
    assert!(reasons.contains(&FORGOTTEN.into()), "{reasons:?}");
    assert!(!reasons.contains(&"She is slow".into()), "{reasons:?}");
    Ok(())
}

// ANCHOR: broken_off
#[tokio::test]
async fn a_move_that_was_broken_off_goes_on_where_it_was() -> Result<()> {
    let due = open().await?;
    due.moves().await?;
    let due = due.told(&due.new).await?;
    for copied in 0..=6 {
        let open = open().await?;
        open.moves().await?;
        // As if it had died by then.
        for number in copied + 1..=6 {
            open.new.lose(&name(), number);
        }
        assert_eq!(open.moves().await?, 6 - copied, "after {copied}");
        assert_eq!(open.told(&open.new).await?, due);
        assert_eq!(open.moves().await?, 0);
    }
    Ok(())
}
// ANCHOR_END: broken_off
