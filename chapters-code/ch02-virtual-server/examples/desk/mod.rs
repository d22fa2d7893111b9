//! What the steps with a database have in common.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use ch01_bare_server::json;
use ch01_bare_server::pets::PetId;
use ch01_bare_server::settings::Settings;
use ch02_virtual_server::admission::Posted;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::database::Database;
use ch02_virtual_server::order::Order;
use ch02_virtual_server::store::{Failure, Store};
use ch02_virtual_server::{api, server};
use rusqlite::Connection;
use tokio::task::spawn_blocking;

/// How a step carries out an order.
pub type Execute = fn(&mut Connection, Order) -> rusqlite::Result<Answer>;

type Desk = State<(Arc<Database>, Execute)>;
type Answered = Result<Answer, Answer>;

/// Serves a shop that takes pets in as the finished one does, and lets them be
/// adopted as the step does.
#[tokio::main]
pub async fn serve(execute: Execute) -> anyhow::Result<()> {
    let settings = Settings::from_env().map_err(anyhow::Error::msg)?;
    let listener = server::listen(&settings)?;
    let store = Arc::new(Store::open(&settings.data)?);
    let router = Router::new()
        .route("/pets", get(api::list::<Store>).post(api::take_in::<Store>))
        .route("/pets/{id}", get(api::show::<Store>))
        .route("/health", get(api::health::<Store>))
        .with_state(Arc::clone(&store))
        .route("/pets/{id}/adoption", post(adopt))
        .with_state((store.database(), execute));
    server::announce(&settings, &listener)?;
    Ok(server::serve(listener, router).await?)
}

// ANCHOR: adopt
async fn adopt(
    State((database, execute)): Desk,
    Path(id): Path<String>,
    posted: Posted,
) -> Answered {
    let order = posted.order(|body| json::adopt_one(PetId(id), body), Answer::one)?;
    let work = move || execute(&mut database.connect()?, order).map_err(Failure::from);
    spawn_blocking(work)
        .await
        .map_err(Failure::from)?
        .map_err(Answer::from)
}
// ANCHOR_END: adopt
