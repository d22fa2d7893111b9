//! The counter of chapter 8, where pets may be kept for somebody, and where one can pay.

use std::env;
use std::sync::Arc;

use anyhow::{Result, bail};
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use ch01_bare_server::problem::Problem;
use ch01_bare_server::reading;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::api::Answered;
use ch02_virtual_server::order::Key;
use ch03_platform::config::Config;
use ch03_platform::logs;
use ch04_functions::request::{Request, respond};
use ch05_lambda::aws;
use ch06_state::keys;
use ch07_events::clock::now;
use ch08_event_sourcing::counter as before;
use ch08_event_sourcing::shop::Shop;
use ch09_projections::counter::written;
use ch09_projections::seen::SEEN;
use event_store::{Backend, Dynamo, Store};
use tracing::{Instrument, error, info_span, warn};

use crate::checkout::CheckoutId;
use crate::performer::{AnyCheckout, Stuck, noticed};
use crate::pets::Pets;
use crate::settings::{self, Checkouts};
use crate::till::{self, Till, Wanted};
use crate::webhook::{Rejected, SIGNATURE, Secrets};

/// What a function of the counter needs before the first customer comes.
#[derive(Debug)]
pub enum Counter {
    /// One that does something with pets.
    Pets(Streams, Box<before::Counter<Pets>>),
    /// One that tells of a pet.
    Shows(Shop<Pets>),
    /// One at the till.
    Till(Box<Till>, Asked),
    /// One that the provider tells something.
    Notices(Checkouts, Secrets),
}

/// What is asked for at the till.
#[derive(Debug, Clone, Copy)]
pub enum Asked {
    /// `POST /pets/{id}/checkout`
    Begin,
    /// `GET /checkouts/{id}`
    Show,
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
    let others = match handler.as_str() {
        "take-in" | "adopt" | "adopt-several" | "give-back" => {
            Some(Box::new(before::open().await?))
        }
        _ => None,
    };
    let config = Config::from_env()?;
    if others.is_none() {
        logs::start(config.log);
    }
    let sdk = aws::connect().await?;
    if let Some(others) = others {
        let streams = settings::in_table(&sdk, &config.table);
        return Ok(Counter::Pets(streams, others));
    }
    let shop = || Ok(Shop::new(&sdk, &config.table, None, keys::window()?));
    let till = |asked| {
        let till = Till {
            shop: shop()?,
            checkouts: settings::checkouts(&sdk),
            lasts: settings::lasts()?,
        };
        Ok(Counter::Till(Box::new(till), asked))
    };
    match handler.as_str() {
        "show" => shop().map(Counter::Shows),
        "checkout" => till(Asked::Begin),
        "show-checkout" => till(Asked::Show),
        "notice" => {
            let checkouts = settings::checkouts(&sdk);
            Ok(Counter::Notices(checkouts, settings::secrets()?))
        }
        other => bail!("_HANDLER={other}: this counter has no such function"),
    }
}
// ANCHOR_END: open

/// Answers a request.
pub async fn answer(counter: &Counter, event: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    let request = Request(event);
    let span = info_span!("request", id = request.id());
    let answered = Box::pin(answered(counter, request)).instrument(span).await;
    answered.unwrap_or_else(respond)
}

async fn answered(counter: &Counter, request: Request) -> Result<ApiGatewayV2httpResponse, Answer> {
    match counter {
        Counter::Pets(streams, others) => {
            let mut response = Box::pin(before::answer(others, request.0)).await;
            if let Some(seen) = Box::pin(written(streams, &response)).await {
                response.headers.insert(SEEN, seen);
            }
            Ok(response)
        }
        Counter::Shows(shop) => Ok(respond(till::show_pet(shop, &request.pet()).await?)),
        Counter::Till(till, asked) => at_the_till(till, *asked, &request).await.map(respond),
        Counter::Notices(checkouts, secrets) => Ok(notice(checkouts, secrets, &request).await?),
    }
}

async fn at_the_till(till: &Till, asked: Asked, request: &Request) -> Answered {
    match asked {
        Asked::Show => Ok(till.show(&CheckoutId(request.part("id"))).await?),
        Asked::Begin => {
            let (wanted, key) = wanted(request)?;
            Ok(till.begin(&request.pet(), wanted, key.as_ref()).await?)
        }
    }
}

/// What a customer asks for at the till, and the idempotency key that came with it.
///
/// # Errors
///
/// What is wrong with it.
pub fn wanted(request: &Request) -> Result<(Wanted, Option<Key>), Answer> {
    let keys = field(request, "idempotency-key").map(|keys| keys.split(','));
    let keys: Vec<&str> = keys.into_iter().flatten().collect();
    let key = reading::idempotency_key(&keys)?;
    let body = body(request);
    let json = reading::json(field(request, "content-type"), &body)?;
    let wanted = Wanted::read(&json);
    let wanted = wanted.map_err(|complaints| reading::invalid_body(&complaints))?;
    let path = request.0.raw_path.as_deref().unwrap_or_default();
    Ok((wanted, key.map(|name| Key::new(name, path, &body))))
}

// ANCHOR: notice
/// `POST /payments/notices`: the provider, or somebody who says so.
///
/// # Errors
///
/// What is wrong with it, or with the shop.
pub async fn notice<C, B>(
    checkouts: &Store<C, B>,
    secrets: &Secrets,
    request: &Request,
) -> Result<ApiGatewayV2httpResponse, Answer>
where
    C: AnyCheckout,
    B: Backend,
{
    let signature = field(request, SIGNATURE).unwrap_or_default();
    let notice = match secrets.verify(signature, &body(request), now()) {
        Ok(notice) => notice,
        Err(because) => {
            warn!(%because, "a notice is not believed");
            return Err(rejected(&because).into());
        }
    };
    let told = noticed(checkouts, &notice, now()).await;
    told.map(|()| no_content()).map_err(|stuck| match stuck {
        Stuck::Unknown(_) => {
            warn!(notice = notice.id, "a notice is about no checkout of ours");
            let title = "The shop does not know this checkout";
            Problem::new(404, "checkout-not-found", title, "it is none of ours").into()
        }
        other => {
            error!(because = %other, notice = notice.id, "a notice was not heard");
            let title = "The shop cannot keep what it is told";
            Problem::new(503, "storage-failed", title, "tell it once more").into()
        }
    })
}
// ANCHOR_END: notice

/// Whoever forges learns no more than that it was in vain.
fn rejected(because: &Rejected) -> Problem {
    match because {
        Rejected::Unreadable(what) => {
            let title = "The notice says nothing that the shop knows";
            Problem::new(422, "unknown-notice", title, what.clone())
        }
        Rejected::Unsigned | Rejected::Forged | Rejected::Stale => {
            let title = "The notice is not signed by the provider";
            Problem::new(401, "not-signed", title, "sign the time and the body, now")
        }
    }
}

fn body(request: &Request) -> Body {
    let body = request.0.body.as_deref().unwrap_or_default();
    Body::from_maybe_encoded(request.0.is_base64_encoded, body)
}

/// What is no text becomes empty.
fn field<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let value = request.0.headers.get(name)?;
    Some(value.to_str().unwrap_or_default())
}

fn no_content() -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = 204;
    response
}
