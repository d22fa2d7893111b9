//! Which request means what.

#![allow(
    clippy::missing_errors_doc,
    reason = "the errors of a handler are answers of the contract"
)]

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::Method;
use axum::routing::{get, post};
use ch01_bare_server::pets::PetId;
use ch01_bare_server::problem::Problem;
use ch01_bare_server::{json, query};
use serde_json::json;

use crate::admission::{Posted, refusal};
use crate::answer::Answer;
use crate::rows;
use crate::store::Store;

/// Where the pets are.
pub type Shop = State<Arc<Store>>;
/// Yes or no, and how it is told.
pub type Answered = Result<Answer, Answer>;

// ANCHOR: router
/// The shop's routes.
pub fn router(store: Arc<Store>) -> Router {
    Router::new()
        .route("/pets", get(list).post(take_in))
        .route("/pets/{id}", get(show))
        .route("/pets/{id}/adoption", post(adopt_one))
        .route("/pets/{id}/return", post(give_back))
        .route("/pets/{id}/history", get(history))
        .route("/adoptions", post(adopt_several))
        .route("/reports/{name}", get(report))
        .route("/health", get(health))
        .fallback(no_such_route)
        .method_not_allowed_fallback(no_such_method)
        .with_state(store)
}
// ANCHOR_END: router

// ANCHOR: write
/// `POST /pets`
pub async fn take_in(State(store): Shop, posted: Posted) -> Answered {
    let order = posted.order(json::take_in, Answer::taken_in)?;
    Ok(store.execute(order).await?)
}

async fn adopt_one(State(store): Shop, Path(id): Path<String>, posted: Posted) -> Answered {
    let order = posted.order(|body| json::adopt_one(PetId(id), body), Answer::one)?;
    Ok(store.execute(order).await?)
}
// ANCHOR_END: write

async fn adopt_several(State(store): Shop, posted: Posted) -> Answered {
    let order = posted.order(json::adopt_several, Answer::several)?;
    Ok(store.execute(order).await?)
}

async fn give_back(State(store): Shop, Path(id): Path<String>, posted: Posted) -> Answered {
    let order = posted.order(|body| json::give_back(PetId(id), body), Answer::one)?;
    Ok(store.execute(order).await?)
}

// ANCHOR: read
/// `GET /pets/{id}`
pub async fn show(State(store): Shop, Path(id): Path<String>) -> Answered {
    let pet = store.find(PetId(id)).await??;
    Ok(Answer::one(&[pet]))
}

/// `GET /pets`
pub async fn list(State(store): Shop, RawQuery(query): RawQuery) -> Answered {
    let filter = query::filter(&query.unwrap_or_default())?;
    let (pets, next) = store.look(move |rows| rows::list(rows, &filter)).await??;
    Ok(Answer::page(&pets, next))
}

/// The rows say how things are. How they came to be so was written over.
async fn history(State(store): Shop, Path(id): Path<String>) -> Answered {
    store.find(PetId(id)).await??;
    let detail = "the shop knows how its pets are, and not how they came to be so";
    let title = "The shop does not keep the past";
    Err(Problem::new(404, "history-not-kept", title, detail).into())
}
// ANCHOR_END: read

async fn report(Path(name): Path<String>) -> Answer {
    let detail = format!("nobody has written a report {name:?}");
    let title = "The shop does not keep this report";
    Problem::new(404, "report-not-kept", title, detail).into()
}

/// `GET /health`
pub async fn health(State(store): Shop) -> Answered {
    store.check().await?;
    Ok(Answer::ok(&json!({ "status": "ok" })))
}

async fn no_such_route() -> Answer {
    refusal(404).into()
}

/// axum adds the field `Allow` by itself.
async fn no_such_method(method: Method) -> Answer {
    let known = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT",
    ];
    let is_known = known.contains(&method.as_str());
    refusal(if is_known { 405 } else { 501 }).into()
}
