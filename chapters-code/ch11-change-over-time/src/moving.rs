//! Moves a stream to another table, with the names in it sealed on the way.

use ch03_platform::failure::Failure as Away;
use event_store::{Appended, Backend, Command, Commit, Fault, Record, StreamId};
use serde_json::{Value, json};

use crate::opening::FORGOTTEN;
use crate::people::People;
use crate::person::{Person, Sealed};

/// How many commits are read at once.
const PAGE: u32 = 100;

/// How often the end of a stream is looked for to which others write.
const TRIES: usize = 8;

/// The event that ends a stream which goes on elsewhere.
pub const MOVED: &str = "Moved";

/// Why a stream is not moved, or not all of it. What was done is found when it is begun again.
#[derive(Debug, thiserror::Error)]
pub enum Stays {
    /// One of the tables does not do what it was asked for.
    #[error(transparent)]
    Table(#[from] Fault),
    /// The keys cannot be had.
    #[error(transparent)]
    People(#[from] Away),
    /// Others write to it all the time.
    #[error("others write to {0} all the time")]
    Contended(StreamId),
    /// An event that has a name has none.
    #[error("an event has nobody in its field {0}")]
    Nameless(String),
    /// The other table has another stream of this name.
    #[error("{0} has another commit {1} where it is to go")]
    Another(StreamId, u64),
}

// ANCHOR: move
/// Moves a stream. It is closed first: with one more commit, after which nobody who knows of no
/// such event decides anything about it. Then it is copied, commit by commit, with their numbers,
/// times and names. Says how many were copied now. Done again, it goes on where it was.
///
/// A snapshot is not copied. It has names in it, and can be made again; that it knows the
/// idempotency keys of the last day is lost with it.
///
/// # Errors
///
/// When it [`Stays`].
pub async fn move_stream<F: Backend, T: Backend>(
    from: &F,
    to: &T,
    people: &People,
    stream: &StreamId,
) -> Result<u64, Stays> {
    close(from, stream).await?;
    let there = to.backwards(stream, None, 1).await?.into_iter().next();
    let there = there.map_or(0, |commit| commit.number);
    let (mut last, mut copied, mut owner) = (0, 0, None);
    loop {
        let page = from.forwards(stream, last, PAGE).await?;
        if page.is_empty() {
            return Ok(copied);
        }
        for commit in page {
            last = commit.number;
            if is_closing(&commit) {
                continue;
            }
            let sealed = seal(commit, people, &mut owner).await?;
            if last <= there {
                continue;
            }
            if let Appended::There(_) = to.append(&sealed).await? {
                return Err(Stays::Another(stream.clone(), last));
            }
            copied += 1;
        }
    }
}
// ANCHOR_END: move

async fn close<B: Backend>(from: &B, stream: &StreamId) -> Result<(), Stays> {
    for _ in 0..TRIES {
        let newest = from.backwards(stream, None, 1).await?.into_iter().next();
        let Some(newest) = newest.filter(|newest| !is_closing(newest)) else {
            return Ok(());
        };
        let closing = Commit {
            number: newest.number + 1,
            holds: newest.holds + 1,
            events: vec![Record::new(MOVED, 1, json!({}))],
            command: Command::once(),
            state: None,
            correlation: None,
            causation: None,
            ..newest
        };
        if from.append(&closing).await? == Appended::Written {
            return Ok(());
        }
    }
    Err(Stays::Contended(stream.clone()))
}

fn is_closing(commit: &Commit) -> bool {
    commit.events.iter().any(|event| event.kind == MOVED)
}

// ANCHOR: seal
/// The commit as it is copied. `owner` is whoever has the pet after it.
async fn seal(
    mut commit: Commit,
    people: &People,
    owner: &mut Option<Person>,
) -> Result<Commit, Stays> {
    commit.state = None;
    // It was made of what somebody has asked for, and names can be tried.
    commit.command.fingerprint.clear();
    for event in &mut commit.events {
        let body = &mut event.body;
        match event.kind.as_str() {
            "Adopted" => {
                *owner = whose(body, &["customer"], people).await?;
            }
            "Begun" if event.version == 1 => {
                whose(body, &["customer", "card"], people).await?;
            }
            "Returned" => {
                if let Some(reason) = text(body, "reason") {
                    // Somebody had it, and if there is no key, they were forgotten since.
                    body["reason"] = match owner.take() {
                        Some(person) => People::seal(&person, &reason)?.into(),
                        None => FORGOTTEN.into(),
                    };
                }
            }
            _ => {}
        }
    }
    Ok(commit)
}

/// Whose these fields are, which it seals unless they are. `None` for somebody who is forgotten.
async fn whose(
    body: &mut Value,
    fields: &[&str],
    people: &People,
) -> Result<Option<Person>, Stays> {
    let Some(name) = body[fields[0]].as_str() else {
        return Err(Stays::Nameless(fields[0].to_owned()));
    };
    if let Some(sealed) = Sealed::read(name) {
        return Ok(people.person(&sealed.person).await?);
    }
    let person = people.meet(name).await?;
    for field in fields {
        if let Some(open) = text(body, field) {
            body[field] = People::seal(&person, &open)?.into();
        }
    }
    Ok(Some(person))
}
// ANCHOR_END: seal

/// An open text.
fn text(body: &Value, field: &str) -> Option<String> {
    let text = body[field].as_str()?;
    Sealed::read(text).is_none().then(|| text.to_owned())
}
