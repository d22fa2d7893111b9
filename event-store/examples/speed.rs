//! How fast commands are, beside bare conditional puts, in the database that the environment
//! names: `cargo run --release -p event-store --example speed`. Says it in one line of JSON.

use std::env;
use std::time::{Duration, Instant, UNIX_EPOCH};

use anyhow::Result;
use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use aws_smithy_http_client::Builder;
use event_store::{
    Command, Decider, Dynamo, Issued, Record, Settings, Store, Stored, StreamId, Unreadable,
};
use serde_json::{Value, from_value, json};

/// Measured in turn, so that what disturbs the machine disturbs both.
const ROUNDS: usize = 10;

/// Calls of a round.
const CALLS: u32 = 100;

/// Commits of an old stream.
const OLD: usize = 10_000;

enum Counter {}

impl Decider for Counter {
    type Command = u64;
    type Event = u64;
    type State = u64;
    type Error = ();

    fn decide(_: &u64, add: &u64) -> Result<Vec<u64>, ()> {
        Ok(vec![*add])
    }

    fn evolve(sum: u64, added: &u64) -> u64 {
        sum.wrapping_add(*added)
    }
}

impl Stored for Counter {
    const STATE: u32 = 1;

    fn record(added: &u64) -> Record {
        Record::new("Added", 1, json!(added))
    }

    fn event(record: &Record) -> Result<u64, Unreadable> {
        Ok(from_value(record.body.clone())?)
    }

    fn snapshot(sum: &u64) -> Value {
        json!(sum)
    }

    fn state(snapshot: &Value) -> Result<u64, Unreadable> {
        Ok(from_value(snapshot.clone())?)
    }
}

type Counters = Store<Counter, Dynamo>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let http = Builder::new().build_http();
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http);
    let client = Client::new(&config.load().await);
    let table = env::args().nth(1).unwrap_or_else(|| "speed".to_owned());
    Dynamo::make(&client, &table).await?;
    let open = || Counters::new(Dynamo::new(&client, &table), Settings::default());

    let (store, old) = (open(), StreamId("old".into()));
    for _ in 0..OLD {
        execute(&store, &old).await?;
    }
    let (mut commands, mut puts) = (vec![], vec![]);
    let (mut young_warm, mut old_warm) = (vec![], vec![]);
    let (mut young_cold, mut old_cold) = (vec![], vec![]);
    for round in 0..ROUNDS {
        let young = StreamId(format!("young {round}"));
        execute(&store, &young).await?;
        puts.push(timed(async |call| put(&client, &table, round, call).await).await?);
        commands.push(timed(async |_| execute(&store, &young).await).await?);
        young_warm.push(timed(async |_| execute(&store, &young).await).await?);
        old_warm.push(timed(async |_| execute(&store, &old).await).await?);
        young_cold.push(timed(async |_| execute(&open(), &young).await).await?);
        old_cold.push(timed(async |_| execute(&open(), &old).await).await?);
    }
    let told = json!({
        "commands_per_s": 1.0 / median(commands),
        "puts_per_s": 1.0 / median(puts),
        "young_us": 1e6 * median(young_warm),
        "old_us": 1e6 * median(old_warm),
        "young_cold_us": 1e6 * median(young_cold),
        "old_cold_us": 1e6 * median(old_cold),
    });
    println!("{told}");
    Ok(())
}

/// Seconds of a call.
async fn timed(call: impl AsyncFn(u32) -> Result<()>) -> Result<f64> {
    let begun = Instant::now();
    for number in 0..CALLS {
        call(number).await?;
    }
    Ok(begun.elapsed().as_secs_f64() / f64::from(CALLS))
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

async fn execute(store: &Counters, stream: &StreamId) -> Result<()> {
    let now = UNIX_EPOCH.elapsed().unwrap_or(Duration::ZERO);
    let issued = Issued::at(Command::once(), now);
    store.execute(stream, &issued, &1).await?;
    Ok(())
}

/// An item of about the size of a commit, if there is none of its key.
async fn put(client: &Client, table: &str, round: usize, call: u32) -> Result<()> {
    let put = client
        .put_item()
        .table_name(table)
        .item("pk", S(format!("bare {round}")))
        .item("c", N((call + 1).to_string()))
        .item("b", S("x".repeat(120)))
        .condition_expression("attribute_not_exists(pk)");
    put.send().await?;
    Ok(())
}
