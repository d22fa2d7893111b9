//! The fake provider: a ledger in memory behind HTTP, which can be told to behave as
//! providers do on bad days.

mod notices;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use ch07_events::clock::now;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::sleep;

pub use self::notices::Hook;
use super::ledger::{Account, Answered, Ledger};
use super::{IDEMPOTENCY_KEY, Refusal};
use crate::time::millis;

/// The fake provider.
#[derive(Debug, Default)]
pub struct Provider {
    ledger: Mutex<Ledger>,
    mood: Mutex<Mood>,
    /// Whom it tells.
    hook: Mutex<Option<Hook>>,
}

// ANCHOR: mood
/// How the provider behaves: the body of `PUT /mood`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mood {
    /// How long it thinks before it does anything, in milliseconds.
    pub slow_ms: u64,
    /// What it does wrong.
    pub fails: Fails,
    /// How many requests it does that with; all, if it is not said.
    pub times: Option<u32>,
    /// How often it tells what it has to tell even if it was heard: 0 is once.
    pub again: u32,
}

/// What a provider does wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fails {
    /// Nothing.
    #[default]
    Never,
    /// It says 500, and has done nothing.
    Before,
    /// It says 500, and has done what it was asked for.
    After,
    /// It says nothing, and does nothing.
    Away,
}
// ANCHOR_END: mood

/// The body of `PUT /cards/{card}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCard {
    /// How much can be charged.
    amount: u64,
    #[serde(default)]
    blocked: bool,
}

/// The body of `PUT /hook`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewHook {
    /// Whom it tells.
    url: String,
}

impl Provider {
    /// One that tells whoever is behind this hook.
    #[must_use]
    pub fn new(hook: Option<Hook>) -> Arc<Self> {
        Arc::new(Self {
            hook: Mutex::new(hook),
            ..Self::default()
        })
    }

    /// The routes of `provider.yaml`, and those by which it is told how to behave.
    pub fn routes(self: Arc<Self>) -> Router {
        Router::new()
            .route("/charges", post(charge).get(charges))
            .route("/refunds", post(refund))
            .route("/cards/{card}", put(set_card))
            .route("/mood", put(set_mood))
            .route("/hook", put(set_hook))
            .route("/books", get(books))
            .with_state(self)
    }

    /// The money.
    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Behaves so from now on.
    pub fn behave(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    fn hook(&self) -> Option<Hook> {
        let hook = self.hook.lock().unwrap_or_else(PoisonError::into_inner);
        hook.clone()
    }

    /// Tells this address from now on, if it tells anybody.
    fn turn_to(&self, url: String) {
        let mut hook = self.hook.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hook) = hook.as_mut() {
            hook.turn_to(url);
        }
    }

    fn mood(&self) -> Mood {
        let mut mood = self.mood.lock().unwrap_or_else(PoisonError::into_inner);
        let now = *mood;
        mood.times = mood.times.map(|times| times.saturating_sub(1));
        match now.times {
            Some(0) => Mood {
                again: now.again,
                ..Mood::default()
            },
            _ => now,
        }
    }

    // ANCHOR: moody
    /// Does this as its mood is.
    async fn moody<T: Serialize>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Ledger, u64) -> Result<Answered<T>, Refusal>,
    ) -> Response {
        let mood = self.mood();
        sleep(Duration::from_millis(mood.slow_ms)).await;
        match mood.fails {
            Fails::Away => std::future::pending().await,
            Fails::Before => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Fails::After | Fails::Never => {}
        }
        let done = work(&mut self.ledger(), millis(now()));
        let answer = match done {
            Ok((answer, notice)) => {
                if let Some(notice) = notice {
                    notices::tell(self, notice, mood.again);
                }
                with_json(StatusCode::OK, &answer)
            }
            Err(refusal) => problem(refusal),
        };
        match mood.fails {
            Fails::After => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            _ => answer,
        }
    }
    // ANCHOR_END: moody
}

async fn charge(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (key, new) = match (key(&headers), read(&body)) {
        (Ok(key), Ok(new)) => (key, new),
        (Err(refusal), _) | (_, Err(refusal)) => return problem(refusal),
    };
    provider
        .moody(|ledger, now| ledger.charge(&key, &new, now))
        .await
}

async fn refund(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (key, new) = match (key(&headers), read(&body)) {
        (Ok(key), Ok(new)) => (key, new),
        (Err(refusal), _) | (_, Err(refusal)) => return problem(refusal),
    };
    provider
        .moody(|ledger, now| ledger.refund(&key, &new, now))
        .await
}

async fn charges(State(provider): State<Arc<Provider>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let Some((_, reference)) = pairs.find(|(name, _)| name == "reference") else {
        return problem(Refusal::Malformed);
    };
    provider
        .moody(|ledger, now| Ok((ledger.find(&reference, now), None)))
        .await
}

async fn set_card(
    State(provider): State<Arc<Provider>>,
    Path(card): Path<String>,
    body: Bytes,
) -> Response {
    match read::<NewCard>(&body) {
        Ok(new) => {
            let account = Account {
                amount: new.amount,
                is_blocked: new.blocked,
            };
            provider.ledger().set_card(&card, account);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => problem(refusal),
    }
}

async fn set_mood(State(provider): State<Arc<Provider>>, body: Bytes) -> Response {
    match read(&body) {
        Ok(mood) => {
            provider.behave(mood);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => problem(refusal),
    }
}

async fn set_hook(State(provider): State<Arc<Provider>>, body: Bytes) -> Response {
    match read::<NewHook>(&body) {
        Ok(new) => {
            provider.turn_to(new.url);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => problem(refusal),
    }
}

/// What the shop has, and what there is behind each card.
async fn books(State(provider): State<Arc<Provider>>) -> Response {
    let ledger = provider.ledger();
    let books = json!({ "shop": ledger.shop(), "cards": ledger.cards() });
    with_json(StatusCode::OK, &books)
}

fn key(headers: &HeaderMap) -> Result<String, Refusal> {
    let key = headers
        .get(IDEMPOTENCY_KEY)
        .and_then(|key| key.to_str().ok());
    let key = key.filter(|key| (1..=255).contains(&key.len()));
    key.map(str::to_owned).ok_or(Refusal::Malformed)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::Malformed)
}

fn with_json(status: StatusCode, body: &impl Serialize) -> Response {
    let body = json!(body).to_string();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// A problem document. <https://www.rfc-editor.org/rfc/rfc9457>
fn problem(refusal: Refusal) -> Response {
    let name = json!(refusal);
    let body = json!({
        "type": format!("/problems/{}", name.as_str().unwrap_or_default()),
        "title": refusal.to_string(),
        "status": refusal.status(),
    });
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (status, kind, body.to_string()).into_response()
}
