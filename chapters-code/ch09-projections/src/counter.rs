//! The counter of chapter 8. Whoever asks for a list, a search, a report or the display is
//! answered from the views, and whoever has written something is told how far it came.

use std::collections::BTreeMap;
use std::env;
use std::sync::Arc;

use anyhow::Result;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use aws_sdk_dynamodb::Client;
use ch01_bare_server::pets::PetId;
use ch01_bare_server::query;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::api::Answered;
use ch03_platform::config::Config;
use ch03_platform::logs;
use ch04_functions::request::{Request, respond};
use ch05_lambda::aws;
use ch05_lambda::staff::Staff;
use ch06_state::cursor::Cursors;
use ch08_event_sourcing::counter as before;
use ch08_event_sourcing::pet::Pets;
use ch08_event_sourcing::shop::{self, Business};
use event_store::{Dynamo, Settings, Store};
use futures_util::future::try_join_all;
use hyper::header::HeaderValue;
use serde_json::Value;
use tracing::{Instrument, error, info_span};

use crate::kept;
use crate::search::Search;
use crate::seen::{SEEN, Seen};
use crate::shelf::Shelf;

/// The only report that is kept.
const RETURNS: &str = "returns-by-species";

/// What a function of the counter needs before the first customer comes.
#[derive(Debug)]
pub enum Counter {
    /// One that reads the views.
    Reads(Shelf, Reads),
    /// One that tells the staff what is in them, and everybody else what chapter 8 does.
    Reports(Shelf, Staff, Box<before::Counter>),
    /// One that writes.
    Writes(Streams, Box<before::Counter>),
    /// One that has to do with neither.
    Others(Box<before::Counter>),
}

/// What is read from the views.
#[derive(Debug, Clone, Copy)]
pub enum Reads {
    /// `GET /pets`
    List,
    /// `GET /search`
    Search,
    /// `GET /display`
    Display,
}

type Streams = Store<Pets, Arc<Dynamo>>;

// ANCHOR: open
/// Makes it of what is set in the environment. It calls nobody yet.
///
/// # Errors
///
/// All that is missing or wrong there.
pub async fn open() -> Result<Counter> {
    let handler = env::var("_HANDLER").unwrap_or_default();
    let reads = match handler.as_str() {
        "list" => Reads::List,
        "search" => Reads::Search,
        "show-display" => Reads::Display,
        other => return Box::pin(open_with_others(other)).await,
    };
    let config = Config::from_env()?;
    logs::start(config.log);
    let lists = matches!(reads, Reads::List | Reads::Search);
    let cursors = lists.then(Cursors::from_env).transpose()?;
    let sdk = aws::connect().await?;
    let shelf = Shelf::new(&sdk, &config.table, &kept::table(), cursors);
    Ok(Counter::Reads(shelf, reads))
}

async fn open_with_others(handler: &str) -> Result<Counter> {
    let others = Box::new(before::open::<Pets>().await?);
    let (config, sdk) = (Config::from_env()?, aws::connect().await?);
    Ok(match handler {
        "report" => {
            let shelf = Shelf::new(&sdk, &config.table, &kept::table(), None);
            Counter::Reports(shelf, Staff::from_env()?, others)
        }
        "take-in" | "adopt" | "adopt-several" | "give-back" => {
            let commits = Dynamo::new(&Client::new(&sdk), &config.table);
            let streams = Store::new(Arc::new(commits), Settings::default());
            Counter::Writes(streams, others)
        }
        _ => Counter::Others(others),
    })
}
// ANCHOR_END: open

// ANCHOR: answer
/// Answers a request.
pub async fn answer(counter: &Counter, event: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    match counter {
        Counter::Reads(shelf, reads) => {
            let request = Request(event);
            let span = info_span!("request", id = request.id());
            let answered = read(shelf, *reads, &request).instrument(span).await;
            respond(answered.unwrap_or_else(|answer| answer))
        }
        Counter::Reports(shelf, staff, others) => {
            let is_kept = event
                .path_parameters
                .get("name")
                .is_some_and(|name| name == RETURNS);
            if !is_kept || !staff.has_sent(&event) {
                return Box::pin(before::answer(others, event)).await;
            }
            let span = info_span!("request", id = event.request_context.request_id);
            let report = Box::pin(shelf.returns_by_species());
            let answered = report.instrument(span).await;
            respond(answered.unwrap_or_else(|answer| answer))
        }
        Counter::Writes(streams, others) => {
            let mut response = Box::pin(before::answer(others, event)).await;
            if let Some(seen) = Box::pin(written(streams, &response)).await {
                response.headers.insert(SEEN, seen);
            }
            response
        }
        Counter::Others(others) => Box::pin(before::answer(others, event)).await,
    }
}
// ANCHOR_END: answer

async fn read(shelf: &Shelf, reads: Reads, request: &Request) -> Answered {
    let seen = seen(request)?;
    match reads {
        Reads::List => Box::pin(shelf.list(&query::filter(request.query())?, &seen)).await,
        Reads::Search => Box::pin(shelf.search(&Search::parse(request.query())?, &seen)).await,
        Reads::Display => Box::pin(shelf.display(&seen)).await,
    }
}

/// What somebody says to have seen; nothing, if nobody says so.
fn seen(request: &Request) -> Result<Seen, Answer> {
    let Some(field) = request.0.headers.get(SEEN) else {
        return Ok(Seen::default());
    };
    // What is no text is no stream either.
    Ok(Seen::parse(field.to_str().unwrap_or("?"))?)
}

// ANCHOR: written
/// The newest commits of the pets of which an answer tells that something was done with them.
/// They may be newer than what was done, and whoever has seen more has seen that, too.
///
/// To read their numbers takes one call more for each pet. Where that is in vain, the answer comes
/// without: what was done is done.
pub async fn written<D: Business>(
    streams: &Store<D, Arc<Dynamo>>,
    response: &ApiGatewayV2httpResponse,
) -> Option<HeaderValue> {
    let Some(Body::Text(text)) = response
        .body
        .as_ref()
        .filter(|_| response.status_code < 300)
    else {
        return None;
    };
    let pets = pets(&serde_json::from_str(text).ok()?);
    let newest = pets.iter().map(async |pet| {
        let stream = shop::stream(pet);
        let number = streams.newest(&stream).await?;
        Ok::<_, event_store::Failure>((stream, number))
    });
    let newest = try_join_all(newest).await;
    let newest = newest.inspect_err(|because| error!(%because, "it is not told what was seen"));
    let seen: BTreeMap<_, _> = newest.ok()?.into_iter().collect();
    HeaderValue::try_from(Seen(seen).to_string()).ok()
}
// ANCHOR_END: written

/// The pets of which an answer tells: one, or several.
fn pets(told: &Value) -> Vec<PetId> {
    let one = [told];
    let pets = told["pets"].as_array().map_or(&[][..], Vec::as_slice);
    let pets = pets.iter().chain(one);
    let ids = pets.filter_map(|pet| pet["id"].as_str());
    ids.map(|id| PetId(id.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_tells_of_one_pet_or_of_several() {
        let ids = |told: &Value| {
            let pets = pets(told).into_iter();
            pets.map(|pet| pet.0).collect::<Vec<_>>()
        };
        assert_eq!(ids(&json!({ "id": "7", "name": "Kiwi" })), ["7"]);
        let several = json!({ "pets": [{ "id": "7" }, { "id": "8" }] });
        assert_eq!(ids(&several), ["7", "8"]);
        assert!(ids(&json!({ "status": "ok" })).is_empty());
    }
}
