//! Step: axum and tokio before chapter 1's shop, which is in memory alone.

use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Router, serve};
use ch01_bare_server::json;
use ch01_bare_server::pets::PetId;
use ch01_bare_server::settings::Settings;
use ch01_bare_server::shop::{Entry, Fact, Shop};
use ch02_virtual_server::admission::Posted;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Order;
use ch02_virtual_server::server;
use tokio::net::TcpListener;

type Shared = State<Arc<RwLock<Shop>>>;
type Answered = Result<Answer, Answer>;

// ANCHOR: serve
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::from_env().map_err(anyhow::Error::msg)?;
    let listener = server::listen(&settings)?;
    server::announce(&settings, &listener)?;
    listener.set_nonblocking(true)?;
    let router = Router::new()
        .route("/pets", post(take_in))
        .route("/pets/{id}", get(show))
        .route("/pets/{id}/adoption", post(adopt))
        .route("/health", get(health))
        .with_state(Arc::default());
    Ok(serve(TcpListener::from_std(listener)?, router).await?)
}
// ANCHOR_END: serve

async fn health() -> Answer {
    Answer::ok(&serde_json::json!({ "status": "ok" }))
}

// ANCHOR: handle
async fn show(State(shop): Shared, Path(id): Path<String>) -> Answered {
    let shop = shop.read().unwrap_or_else(PoisonError::into_inner);
    Ok(Answer::one(&[shop.find(&PetId(id))?.clone()]))
}

async fn take_in(State(shop): Shared, posted: Posted) -> Answered {
    execute(&shop, posted.order(json::take_in, Answer::taken_in)?)
}

async fn adopt(State(shop): Shared, Path(id): Path<String>, posted: Posted) -> Answered {
    let order = posted.order(|body| json::adopt_one(PetId(id), body), Answer::one)?;
    execute(&shop, order)
}
// ANCHOR_END: handle

// ANCHOR: execute
fn execute(shop: &RwLock<Shop>, order: Order) -> Answered {
    let mut shop = shop.write().unwrap_or_else(PoisonError::into_inner);
    let fact = shop.decide(order.command)?;
    let pets = match &fact {
        Fact::TakenIn { pet, .. } | Fact::Returned { pet, .. } => vec![pet.clone()],
        Fact::Adopted { pets, .. } => pets.clone(),
    };
    shop.record(Entry { at: 0, fact })?;
    let pets = pets.iter().map(|id| Ok(shop.find(id)?.clone()));
    Ok((order.tell)(&pets.collect::<Result<Vec<_>, Answer>>()?))
}
// ANCHOR_END: execute
