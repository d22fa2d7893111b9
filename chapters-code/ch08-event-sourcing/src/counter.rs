//! The counter of chapter 7, which can tell the past.

use anyhow::Result;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use ch02_virtual_server::answer::Answer;
use ch03_platform::config::Config;
use ch03_platform::logs;
use ch04_functions::counter::{self, handler};
use ch04_functions::request::{Request, respond};
use ch05_lambda::aws;
use ch05_lambda::counter as with_staff;
use ch05_lambda::routes::Routes;
use ch05_lambda::staff::Staff;
use ch06_state::cursor::Cursors;
use ch06_state::keys;
use ch07_events::outbox;

use crate::pet::Pets;
use crate::shop::{Business, Shop};

/// The function that does what all others do.
const ALL: &str = "shop";

/// What the functions of the counter need before the first customer comes.
#[derive(Debug)]
pub struct Counter<D: Business = Pets> {
    /// What chapter 5 answers with.
    others: with_staff::Counter<Shop<D>>,
    history: Option<History>,
}

/// What it takes to tell the past.
#[derive(Debug)]
struct History {
    shop: Shop,
    staff: Staff,
    /// To find out whether that is wanted, where one function does everything.
    routes: Option<Routes>,
}

// ANCHOR: open
/// Makes it of what is set in the environment. It calls nobody yet.
///
/// # Errors
///
/// All that is missing or wrong there.
pub async fn open<D: Business>() -> Result<Counter<D>> {
    let config = Config::from_env()?;
    logs::start(config.log);
    let handler = handler()?;
    let is = |names: &[&str]| names.contains(&handler.as_str());
    let cursors = is(&["list", ALL]).then(Cursors::from_env).transpose()?;
    let sdk = aws::connect().await?;
    let window = keys::window()?;
    let history = || {
        Ok(History {
            // To tell what is known of a pet, this chapter's words will do.
            shop: Shop::new(&sdk, &config.table, None, window),
            staff: Staff::from_env()?,
            routes: is(&[ALL]).then(Routes::new).transpose()?,
        })
    };
    let history: Option<Result<History>> = is(&["history", ALL]).then(history);
    let history = history.transpose()?;
    let (store, publisher) = (Shop::new(&sdk, &config.table, cursors, window), None);
    let others = with_staff::Counter::new(handler, counter::Counter { store, publisher })?;
    Ok(Counter { others, history })
}

/// Answers a request.
pub async fn answer<D: Business>(
    counter: &Counter<D>,
    event: ApiGatewayV2httpRequest,
) -> ApiGatewayV2httpResponse {
    let request = event.request_context.request_id.clone();
    let answer = async {
        match &counter.history {
            Some(history) if history.is_for(&event) => Box::pin(history.tell(event)).await,
            // Whoever asks for it and is not of the staff is told so there.
            _ => Box::pin(with_staff::answer(&counter.others, event)).await,
        }
    };
    outbox::during(request.unwrap_or_default(), answer).await
}
// ANCHOR_END: open

impl History {
    /// Whether it is asked for, by one of the staff.
    fn is_for(&self, event: &ApiGatewayV2httpRequest) -> bool {
        let is_asked_for = self.routes.as_ref().is_none_or(|routes| {
            let mut event = event.clone();
            routes.find(&mut event);
            event.route_key.as_deref() == Some("GET /pets/{id}/history")
        });
        is_asked_for && self.staff.has_sent(event)
    }

    async fn tell(&self, mut event: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
        if let Some(routes) = &self.routes {
            routes.find(&mut event);
        }
        let pet = Request(event).pet();
        let told = self.shop.history(&pet).await;
        respond(told.unwrap_or_else(Answer::from))
    }
}
