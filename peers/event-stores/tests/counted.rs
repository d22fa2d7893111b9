//! What is counted, and what comes of it, at the embedded `DynamoDB`.

use anyhow::Result;
use event_stores::adapter::Adapter;
use event_stores::dynamo_es::DynamoEs;
use event_stores::line::Line;
use event_stores::ours::Ours;
use event_stores::peer::Peer;
use event_stores::situations::all;
use local::Local;

/// Requests, read units, write units, write units by rule, how often the caller asked, what it was told, and how often it
/// has happened.
type Counted<'a> = (&'a str, u64, f64, f64, f64, u32, &'a str, usize);

async fn counts<P: Peer>(due: &[Counted<'_>]) -> Result<()> {
    let local = Local::in_memory()?;
    let lines = all::<P>(&local.url(), "pet").await?;
    let counted: Vec<Counted> = lines.iter().map(counted).collect();
    assert_eq!(counted, due, "{}", P::NAME);
    Ok(())
}

fn counted(line: &Line) -> Counted<'_> {
    (
        line.situation,
        line.requests,
        line.reads,
        line.writes,
        line.by_rule,
        line.asked,
        &line.outcome,
        line.happened,
    )
}

const NO: &str = "refused: it has a home";

#[tokio::test]
async fn event_store() -> Result<()> {
    counts::<Ours>(&[
        ("a process opens it", 0, 0.0, 0.0, 0.0, 0, "done", 0),
        ("first command of a pet", 2, 1.0, 2.0, 0.0, 1, "done", 1),
        ("cold", 2, 1.0, 1.0, 0.0, 1, "done", 1),
        ("warm", 1, 0.0, 1.0, 0.0, 1, "done", 1),
        (
            "cold, all commands with a key",
            3,
            2.0,
            1.0,
            0.0,
            1,
            "done",
            1,
        ),
        ("two at once, the loser", 2, 1.0, 0.0, 1.0, 1, NO, 0),
        ("one answer lost", 2, 0.0, 1.0, 1.0, 1, "done before", 1),
        ("no answer comes", 9, 1.0, 1.0, 7.0, 1, "failed", 1),
        (
            "asked again after that",
            2,
            2.0,
            0.0,
            0.0,
            1,
            "done before",
            1,
        ),
    ])
    .await
}

/// A transaction that the SDK sends again is read, and not done again: two units for each of its two items.
#[tokio::test]
async fn dynamo_es_with_aggregates() -> Result<()> {
    counts::<DynamoEs<false>>(&[
        ("a process opens it", 0, 0.0, 0.0, 0.0, 0, "done", 0),
        ("first command of a pet", 2, 1.0, 4.0, 0.0, 1, "done", 1),
        ("cold", 2, 1.0, 4.0, 0.0, 1, "done", 1),
        ("warm", 2, 1.0, 4.0, 0.0, 1, "done", 1),
        (
            "cold, all commands with a key",
            2,
            1.0,
            4.0,
            0.0,
            1,
            "done",
            1,
        ),
        ("two at once, the loser", 3, 2.0, 0.0, 4.0, 2, NO, 0),
        ("one answer lost", 3, 5.0, 4.0, 0.0, 1, "done", 1),
        ("no answer comes", 4, 9.0, 4.0, 0.0, 1, "failed", 1),
        ("asked again after that", 2, 1.0, 4.0, 0.0, 1, "done", 2),
    ])
    .await
}

#[tokio::test]
async fn dynamo_es_with_snapshots() -> Result<()> {
    counts::<DynamoEs<true>>(&[
        ("a process opens it", 0, 0.0, 0.0, 0.0, 0, "done", 0),
        ("first command of a pet", 3, 1.5, 4.0, 0.0, 1, "done", 1),
        ("cold", 3, 1.5, 4.0, 0.0, 1, "done", 1),
        ("warm", 3, 1.5, 4.0, 0.0, 1, "done", 1),
        (
            "cold, all commands with a key",
            3,
            1.5,
            4.0,
            0.0,
            1,
            "done",
            1,
        ),
        ("two at once, the loser", 5, 3.0, 0.0, 4.0, 2, NO, 0),
        ("one answer lost", 4, 5.5, 4.0, 0.0, 1, "done", 1),
        ("no answer comes", 5, 9.5, 4.0, 0.0, 1, "failed", 1),
        ("asked again after that", 3, 1.5, 4.0, 0.0, 1, "done", 2),
    ])
    .await
}

#[tokio::test]
async fn event_store_adapter() -> Result<()> {
    counts::<Adapter>(&[
        ("a process opens it", 1, 3.0, 0.0, 0.0, 0, "done", 0),
        ("first command of a pet", 2, 2.0, 6.0, 0.0, 1, "done", 1),
        ("cold", 2, 2.0, 6.0, 0.0, 1, "done", 1),
        ("warm", 2, 2.0, 6.0, 0.0, 1, "done", 1),
        (
            "cold, all commands with a key",
            2,
            2.0,
            6.0,
            0.0,
            1,
            "done",
            1,
        ),
        ("two at once, the loser", 3, 4.0, 0.0, 6.0, 2, NO, 0),
        ("one answer lost", 3, 8.0, 6.0, 0.0, 1, "done", 1),
        ("no answer comes", 4, 14.0, 6.0, 0.0, 1, "failed", 1),
        ("asked again after that", 2, 2.0, 6.0, 0.0, 1, "done", 2),
    ])
    .await
}
