//! The site over HTTP, and the news of it that open pages wait for.

use std::convert::Infallible;
use std::io::ErrorKind::{NotADirectory, NotFound};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream::{self, Stream};
use tokio::sync::{RwLock, watch};
use tower_http::services::ServeDir;

const SCRIPT: &str = include_str!("reload.js");

/// What a rebuild came to.
pub(super) enum News {
    /// There is a new site.
    Rebuilt,
    /// There is none, because of this.
    Problems(String),
}

/// What the rebuilding thread and the server share.
pub(super) struct Shared {
    /// Where the site is.
    pub dest: PathBuf,
    /// Held for reading while a file is opened, for writing while the site is exchanged.
    place: RwLock<()>,
    edition: watch::Sender<Edition>,
}

/// What an open page compares itself with.
#[derive(Clone)]
struct Edition {
    /// Another one after every rebuild, also across restarts of the server.
    id: u128,
    problems: Option<String>,
}

impl Shared {
    pub fn new(dest: PathBuf) -> Self {
        let edition = Edition {
            id: now(),
            problems: None,
        };
        Self {
            dest,
            place: RwLock::new(()),
            edition: watch::Sender::new(edition),
        }
    }

    /// Does `exchange` while no request is between two sites. Not for the server's own thread, which it
    /// would stop.
    pub fn exchange<T>(&self, exchange: impl FnOnce() -> T) -> T {
        let _held = self.place.blocking_write();
        exchange()
    }

    /// Tells every open page.
    pub fn tell(&self, news: News) {
        self.edition.send_modify(|edition| match news {
            News::Rebuilt => {
                edition.id = now();
                edition.problems = None;
            }
            News::Problems(problems) => edition.problems = Some(problems),
        });
    }
}

/// Nanoseconds since 1970.
fn now() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos())
}

pub(super) fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/__book/events", get(events))
        .route("/__book/reload.js", get(script))
        .fallback(file)
        .with_state(shared)
}

async fn script() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, SCRIPT)
}

/// An event for the edition that is there, and one for each that comes.
async fn events(
    State(shared): State<Arc<Shared>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut receiver = shared.edition.subscribe();
    receiver.mark_changed();
    let events = stream::unfold(receiver, async |mut receiver| {
        receiver.changed().await.ok()?;
        let Edition { id, problems } = receiver.borrow_and_update().clone();
        let data = serde_json::json!({ "edition": id.to_string(), "problems": problems });
        let event = Event::default().event("book").data(data.to_string());
        Some((Ok(event), receiver))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// A file of the site. Pages get the script that waits for news; nothing may be kept by the browser,
/// because the next edition is a second away.
async fn file(State(shared): State<Arc<Shared>>, mut request: Request) -> Response {
    for conditional in [
        header::IF_MODIFIED_SINCE,
        header::IF_NONE_MATCH,
        header::RANGE,
    ] {
        request.headers_mut().remove(conditional);
    }
    let edition = shared.edition.borrow().id;
    let mut response = match read(&shared, request).await {
        Ok(response) if response.status() == StatusCode::NOT_FOUND => not_found(&shared),
        Ok(response) => response,
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => not_found(&shared),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    };
    let html = response.headers().get(header::CONTENT_TYPE);
    if html.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        response = with_script(response, edition).await;
    }
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn read(shared: &Shared, request: Request) -> std::io::Result<Response> {
    // Once a file is open it stays what it was, whatever takes its place.
    let _held = shared.place.read().await;
    let response = ServeDir::new(&shared.dest).try_call(request).await?;
    Ok(response.map(Body::new))
}

fn not_found(shared: &Shared) -> Response {
    let page = std::fs::read_to_string(shared.dest.join("404.html")).unwrap_or_else(|_| {
        "<!doctype html><title>The book</title><body><h1>There is no such page</h1></body>".into()
    });
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (StatusCode::NOT_FOUND, headers, page).into_response()
}

async fn with_script(response: Response, edition: u128) -> Response {
    let (mut parts, body) = response.into_parts();
    let page = match axum::body::to_bytes(body, usize::MAX).await {
        Ok(page) => page,
        Err(error) => {
            return (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response();
        }
    };
    let page = String::from_utf8_lossy(&page);
    let script =
        format!("<script src=\"/__book/reload.js\" data-edition=\"{edition}\" async></script>");
    let page = match page.rfind("</body>") {
        Some(end) => format!("{}{script}{}", &page[..end], &page[end..]),
        None => page.into_owned(),
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(page))
}
