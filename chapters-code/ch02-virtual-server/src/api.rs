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
use crate::repository::Repository;

/// Where the pets are.
pub type Shop<R> = State<Arc<R>>;
/// Yes or no, and how it is told.
pub type Answered = Result<Answer, Answer>;

// ANCHOR: router
/// The shop's routes.
pub fn router<R: Repository>(pets: Arc<R>) -> Router {
    Router::new()
        .route("/pets", get(list::<R>).post(take_in::<R>))
        .route("/pets/{id}", get(show::<R>))
        .route("/pets/{id}/adoption", post(adopt_one::<R>))
        .route("/pets/{id}/return", post(give_back::<R>))
        .route("/pets/{id}/history", get(history::<R>))
        .route("/adoptions", post(adopt_several::<R>))
        .route("/reports/{name}", get(report))
        .route("/health", get(health::<R>))
        .fallback(no_such_route)
        .method_not_allowed_fallback(no_such_method)
        .with_state(pets)
}
// ANCHOR_END: router

// ANCHOR: write
/// `POST /pets`
pub async fn take_in<R: Repository>(State(pets): Shop<R>, posted: Posted) -> Answered {
    let order = posted.order(json::take_in, Answer::taken_in)?;
    pets.execute(order).await.map_err(R::Failure::into)
}

async fn adopt_one<R: Repository>(
    State(pets): Shop<R>,
    Path(id): Path<String>,
    posted: Posted,
) -> Answered {
    let order = posted.order(|body| json::adopt_one(PetId(id), body), Answer::one)?;
    pets.execute(order).await.map_err(R::Failure::into)
}
// ANCHOR_END: write

async fn adopt_several<R: Repository>(State(pets): Shop<R>, posted: Posted) -> Answered {
    let order = posted.order(json::adopt_several, Answer::several)?;
    pets.execute(order).await.map_err(R::Failure::into)
}

async fn give_back<R: Repository>(
    State(pets): Shop<R>,
    Path(id): Path<String>,
    posted: Posted,
) -> Answered {
    let order = posted.order(|body| json::give_back(PetId(id), body), Answer::one)?;
    pets.execute(order).await.map_err(R::Failure::into)
}

// ANCHOR: read
/// `GET /pets/{id}`
pub async fn show<R: Repository>(State(pets): Shop<R>, Path(id): Path<String>) -> Answered {
    let pet = pets.find(PetId(id)).await.map_err(R::Failure::into)??;
    Ok(Answer::one(&[pet]))
}

/// `GET /pets`
pub async fn list<R: Repository>(State(pets): Shop<R>, RawQuery(query): RawQuery) -> Answered {
    let filter = query::filter(&query.unwrap_or_default())?;
    let (pets, next) = pets.list(filter).await.map_err(R::Failure::into)??;
    Ok(Answer::page(&pets, next))
}

/// The rows say how things are. How they came to be so was written over.
async fn history<R: Repository>(State(pets): Shop<R>, Path(id): Path<String>) -> Answered {
    pets.find(PetId(id)).await.map_err(R::Failure::into)??;
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
pub async fn health<R: Repository>(State(pets): Shop<R>) -> Answered {
    pets.check().await.map_err(R::Failure::into)?;
    Ok(Answer::ok(&json!({ "status": "ok" })))
}

async fn no_such_route() -> Answer {
    refusal(404).into()
}

/// The path is known, and the method is not. axum adds the field `Allow` by itself.
pub async fn no_such_method(method: Method) -> Answer {
    let known = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT",
    ];
    let is_known = known.contains(&method.as_str());
    refusal(if is_known { 405 } else { 501 }).into()
}
