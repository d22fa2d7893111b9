//! The house: chapter 4's host, with all that leads to its functions besides.

use std::collections::BTreeSet;
use std::env;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use aws_sdk_dynamodbstreams as streams;
use aws_types::SdkConfig;
use ch03_platform::table;
use ch04_functions::host::{self, Host};
use ch04_functions::table::{Function, Table};
use chrono::Utc;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tracing::error;
use uuid::Uuid;

use crate::bus::{self, Bus, Rules, inbox};
use crate::mailroom::Mailroom;
use crate::mapping::Mapping;
use crate::poll::{self, PATIENCE};
use crate::queue::Queue;
use crate::sources::{Events, Sources, Timer};

// ANCHOR: open
/// Opens a host whose bus keeps what it has taken, and everything that leads to its
/// functions. What comes with it waits until all that has happened before is brought.
///
/// # Errors
///
/// When there is no port, a function is missing, or the environment says nonsense.
pub async fn open(
    shop: &str,
    table: &Table,
    sources: Sources,
    mail: Arc<Mailroom>,
) -> Result<(Host, impl Future<Output = ()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let region = env::var("AWS_REGION").unwrap_or_default();
    let times = host::deliveries()?;
    let host = Host::with_bus(table, url, host::print)?;
    let rules = Rules::new(table, &sources)?;
    let bus = Bus {
        rules,
        mail: Arc::clone(&mail),
        region,
        times,
    };
    tokio::spawn(axum::serve(listener, bus::router(Arc::new(bus))).into_future());

    let mut queues: Vec<String> = vec![];
    let called = table.rules.iter().map(|rule| &rule.function);
    let called = called.chain(sources.schedules.iter().map(|timer| &timer.function));
    let called: BTreeSet<&String> = called.collect();
    for function in table
        .functions
        .iter()
        .filter(|function| called.contains(&function.name))
    {
        let events = sources
            .events
            .iter()
            .find(|events| events.function == function.name);
        let events = events
            .cloned()
            .unwrap_or_else(|| Events::of(&function.name));
        let (pool, inbox) = (host.function(&function.name)?, inbox_of(function));
        queues.push(inbox.name.clone());
        let (mail, pool, most) = (Arc::clone(&mail), Arc::clone(pool), function.limit);
        keep(move || {
            let (mail, pool) = (Arc::clone(&mail), Arc::clone(&pool));
            poll::deliver(mail, inbox.clone(), events.clone(), pool, most)
        });
    }
    for poll in sources.polls {
        queues.push(poll.queue.name.clone());
        let (mail, pool) = (
            Arc::clone(&mail),
            Arc::clone(host.function(&poll.function)?),
        );
        keep(move || poll::poll(Arc::clone(&mail), poll.clone(), Arc::clone(&pool)));
    }
    for timer in sources.schedules {
        let mail = Arc::clone(&mail);
        keep(move || ring(timer.clone(), Arc::clone(&mail)));
    }
    let mut mappings = vec![];
    let sdk = Box::pin(table::connect()).await;
    for stream in sources.streams {
        let mapping = Arc::new(Mapping {
            function: Arc::clone(host.function(&stream.function)?),
            table: stream.table.clone().unwrap_or_else(|| shop.to_owned()),
            stream,
            mail: Arc::clone(&mail),
            streams: streams(&sdk),
            times,
            quiet: watch::Sender::new(Instant::now()),
        });
        tokio::spawn(Arc::clone(&mapping).follow());
        mappings.push(mapping);
    }
    let last = async move {
        for mapping in mappings {
            mapping.has_come_to_now().await;
        }
        // What a queue's file does not tell is told by the next host that reads it.
        let _ = mail.done(&queues).await;
    };
    Ok((host, last))
}
// ANCHOR_END: open

/// Does this for as long as the host runs, and begins anew when it fails.
fn keep<F>(work: impl Fn() -> F + Send + 'static)
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    tokio::spawn(async move {
        while let Err(because) = work().await {
            let because = format!("{because:#}");
            error!(because, "nothing comes of a source");
            sleep(Duration::from_secs(1)).await;
        }
    });
}

/// A message of it is hidden for as long as the function may be at it.
fn inbox_of(function: &Function) -> Queue {
    Queue {
        name: inbox(&function.name),
        visibility: PATIENCE + function.timeout,
        retention: Duration::from_hours(6),
        dead: None,
    }
}

/// The way to the changes of tables. A `DynamoDB` that is elsewhere has them too.
#[must_use]
pub fn streams(sdk: &SdkConfig) -> streams::Client {
    let config = streams::config::Builder::from(sdk);
    let own = env::var("AWS_ENDPOINT_URL_DYNAMODB_STREAMS").ok();
    let elsewhere = env::var("AWS_ENDPOINT_URL_DYNAMODB").ok();
    let config = match own.or(elsewhere) {
        Some(url) => config.endpoint_url(url),
        None => config,
    };
    streams::Client::from_conf(config.build())
}

// ANCHOR: ring
/// Calls a function whenever it is time. What would have been due while no host ran is
/// not made up for.
async fn ring(timer: Timer, mail: Arc<Mailroom>) -> Result<()> {
    let mut last = Utc::now();
    while let Some(next) = timer.schedule.next(last) {
        sleep((next - Utc::now()).to_std().unwrap_or_default()).await;
        let event = json!({
            "version": "0",
            "id": Uuid::now_v7().to_string(),
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": "000000000000",
            "time": next,
            "region": env::var("AWS_REGION").unwrap_or_default(),
            "resources": [timer.name],
            "detail": "{}",
        });
        mail.send(&[&inbox(&timer.function)], &event.to_string())?;
        last = next;
    }
    Ok(())
}
// ANCHOR_END: ring
