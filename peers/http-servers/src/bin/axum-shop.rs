//! The shop behind axum.

use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::ListenerExt;
use ch01_bare_server::store::Store;
use http_servers::shop;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<()> {
    let routes = Router::new()
        .route("/pets/{id}", get(show))
        .with_state(Arc::new(shop::open()?));
    let listener = TcpListener::bind(shop::address()?).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, routes).await?;
    Ok(())
}

async fn show(State(store): State<Arc<Store>>, Path(id): Path<String>) -> Response {
    let (status, body) = shop::show(&store, &id);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}
