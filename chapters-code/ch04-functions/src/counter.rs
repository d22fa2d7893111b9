//! What happens at the shop's counter: a function for each operation of the contract.

use std::env;

use anyhow::{Context, Result, bail};
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_sdk_dynamodb::Client;
use ch01_bare_server::problem::Problem;
use ch01_bare_server::{json, query};
use ch02_virtual_server::admission::refusal;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::api::Answered;
use ch02_virtual_server::order::Order;
use ch02_virtual_server::repository::Repository;
use ch03_platform::config::Config;
use ch03_platform::store::Store;
use ch03_platform::table;
use serde_json::json;
use tracing::{Instrument, info_span};

use crate::events::{Event, Publisher};
use crate::request::{Request, respond};

// ANCHOR: counter
/// What the functions need before the first customer comes, and for all that come
/// after.
#[derive(Debug)]
pub struct Counter<R = Store> {
    /// The pets.
    pub store: R,
    /// Who is told of what has happened; nobody, as long as nobody wants to know.
    pub publisher: Option<Publisher>,
}

impl Counter {
    /// Makes it of what is set in the environment. It calls nobody yet. With an empty
    /// `AWS_ENDPOINT_URL_EVENTBRIDGE` there is no bus.
    pub async fn open(config: &Config) -> Self {
        let sdk = Box::pin(table::connect()).await;
        Self {
            store: Store::new(Client::new(&sdk), &config.table),
            publisher: Publisher::of(&sdk),
        }
    }
}
// ANCHOR_END: counter

// ANCHOR: answer
/// Answers a request as `handler`, one of the functions, or as all of them if that is
/// `shop`.
pub async fn answer<R: Repository>(
    shop: &Counter<R>,
    handler: &str,
    event: ApiGatewayV2httpRequest,
) -> ApiGatewayV2httpResponse {
    let request = Request(event);
    let span = info_span!("request", id = request.id(), handler);
    let function = if handler == ALL {
        request.route()
    } else {
        handler
    };
    let answered = perform(shop, function, &request).instrument(span).await;
    respond(answered.unwrap_or_else(|answer| answer))
}

async fn perform<R: Repository>(shop: &Counter<R>, function: &str, request: &Request) -> Answered {
    match function {
        "list" | "GET /pets" => list(shop, request).await,
        "take-in" | "POST /pets" => take_in(shop, request).await,
        "show" | "GET /pets/{id}" => show(shop, request).await,
        "adopt" | "POST /pets/{id}/adoption" => adopt(shop, request).await,
        "adopt-several" | "POST /adoptions" => adopt_several(shop, request).await,
        "give-back" | "POST /pets/{id}/return" => give_back(shop, request).await,
        "history" | "GET /pets/{id}/history" => history(shop, request).await,
        "report" | "GET /reports/{name}" => Err(report(request)),
        "health" | "GET /health" => Ok(Answer::ok(&json!({ "status": "ok" }))),
        _ => Err(refusal(404).into()),
    }
}
// ANCHOR_END: answer

/// The functions, by their names in a table of routes.
const FUNCTIONS: [&str; 10] = [
    ALL,
    "list",
    "take-in",
    "show",
    "adopt",
    "adopt-several",
    "give-back",
    "history",
    "report",
    "health",
];

/// All of them in one.
const ALL: &str = "shop";

/// Which of the functions this process is.
///
/// # Errors
///
/// When it is none of them.
pub fn handler() -> Result<String> {
    let known = || FUNCTIONS.join(", ");
    let name = env::var("_HANDLER")
        .with_context(|| format!("_HANDLER is not set: it is one of {}", known()))?;
    if !FUNCTIONS.contains(&name.as_str()) {
        bail!(
            "_HANDLER={name}: the counter has no such function, but {}",
            known()
        );
    }
    Ok(name)
}

// ANCHOR: adopt
/// `POST /pets/{id}/adoption`
async fn adopt<R: Repository>(shop: &Counter<R>, request: &Request) -> Answered {
    let read = |body: &_| json::adopt_one(request.pet(), body);
    carry_out(shop, request, request.order(read, Answer::one)?).await
}

/// Does what a customer wants. Who else is to know is told before the customer is, so
/// that the host does not stop this process first.
async fn carry_out<R: Repository>(shop: &Counter<R>, request: &Request, order: Order) -> Answered {
    let command = order.command.clone();
    let answer = shop.store.execute(order).await.map_err(R::Failure::into)?;
    let event = Event::of(request.id(), &command, &answer);
    if let (Some(publisher), Some(event)) = (&shop.publisher, event) {
        publisher.publish(&event).await;
    }
    Ok(answer)
}
// ANCHOR_END: adopt

/// `POST /adoptions`
async fn adopt_several<R: Repository>(shop: &Counter<R>, request: &Request) -> Answered {
    let order = request.order(json::adopt_several, Answer::several)?;
    carry_out(shop, request, order).await
}

/// `POST /pets/{id}/return`
async fn give_back<R: Repository>(shop: &Counter<R>, request: &Request) -> Answered {
    let read = |body: &_| json::give_back(request.pet(), body);
    carry_out(shop, request, request.order(read, Answer::one)?).await
}

/// `POST /pets`
async fn take_in<R: Repository>(shop: &Counter<R>, request: &Request) -> Answered {
    let order = request.order(json::take_in, Answer::taken_in)?;
    carry_out(shop, request, order).await
}

// ANCHOR: read
/// `GET /pets/{id}`
async fn show<R: Repository>(shop: &Counter<R>, request: &Request) -> Answered {
    let pet = shop
        .store
        .find(request.pet())
        .await
        .map_err(R::Failure::into)??;
    Ok(Answer::one(&[pet]))
}

/// `GET /pets`
async fn list<R: Repository>(shop: &Counter<R>, request: &Request) -> Answered {
    let filter = query::filter(request.query())?;
    let (pets, next) = shop.store.list(filter).await.map_err(R::Failure::into)??;
    Ok(Answer::page(&pets, next))
}
// ANCHOR_END: read

/// `GET /pets/{id}/history`
async fn history<R: Repository>(shop: &Counter<R>, request: &Request) -> Answered {
    shop.store
        .find(request.pet())
        .await
        .map_err(R::Failure::into)??;
    let detail = "the shop knows how its pets are, and not how they came to be so";
    let title = "The shop does not keep the past";
    Err(Problem::new(404, "history-not-kept", title, detail).into())
}

/// `GET /reports/{name}`
fn report(request: &Request) -> Answer {
    let detail = format!("nobody has written a report {:?}", request.part("name"));
    let title = "The shop does not keep this report";
    Problem::new(404, "report-not-kept", title, detail).into()
}
