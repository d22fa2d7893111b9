//! The counter of chapter 4, with a part of it that is for the staff.

use anyhow::Result;
use aws_config::SdkConfig;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_sdk_dynamodb::Client;
use ch01_bare_server::problem::Problem;
use ch02_virtual_server::repository::Repository;
use ch03_platform::config::Config;
use ch03_platform::logs;
use ch03_platform::store::Store;
use ch04_functions::counter::{self, handler};
use ch04_functions::events::Publisher;
use ch04_functions::request::respond;
use hyper::header::{HeaderValue, WWW_AUTHENTICATE};

use crate::aws;
use crate::routes::Routes;
use crate::staff::Staff;

/// The functions of the counter in one.
const ALL: &str = "shop";

/// What the functions of the counter need before the first customer comes.
#[derive(Debug)]
pub struct Counter<R = Store> {
    shop: counter::Counter<R>,
    handler: String,
    /// To find out what is wanted, if no gateway says so.
    routes: Option<Routes>,
    staff: Option<Staff>,
}

// ANCHOR: open
impl Counter {
    /// Makes it of what is set in the environment. It calls nobody yet.
    ///
    /// # Errors
    ///
    /// All that is missing or wrong there.
    pub async fn open() -> Result<Self> {
        let config = Config::from_env()?;
        logs::start(config.log);
        let handler = handler()?;
        let shop = shop(&aws::connect().await?, &config.table, &handler);
        Self::new(handler, shop)
    }
}

/// Chapter 4's counter for one function.
#[must_use]
pub fn shop(sdk: &SdkConfig, table: &str, handler: &str) -> counter::Counter {
    counter::Counter {
        store: Store::new(Client::new(sdk), table),
        publisher: publisher(sdk, handler),
    }
}

/// The functions that tell others what has happened.
const TELLERS: [&str; 4] = ["adopt", "adopt-several", "give-back", ALL];

/// A way to the bus, if the function needs one: to get ready for each service takes a
/// part of a millisecond.
#[must_use]
pub fn publisher(sdk: &SdkConfig, handler: &str) -> Option<Publisher> {
    let tells = TELLERS.contains(&handler);
    tells.then(|| Publisher::of(sdk)).flatten()
}
// ANCHOR_END: open

impl<R> Counter<R> {
    /// Chapter 4's counter as one of its functions, with the staff at it if that is for
    /// the staff.
    ///
    /// # Errors
    ///
    /// What is missing or wrong in what the environment says of the staff.
    pub fn new(handler: String, shop: counter::Counter<R>) -> Result<Self> {
        let for_staff = !FOR_ALL.contains(&handler.as_str());
        Ok(Self {
            shop,
            routes: (handler == ALL).then(Routes::new).transpose()?,
            staff: for_staff.then(Staff::from_env).transpose()?,
            handler,
        })
    }
}

// ANCHOR: answer
/// What anybody may ask for, by the name of its function, and by its route where one
/// function does everything. Whatever does not stand here is for the staff.
const FOR_ALL: [&str; 10] = [
    "list",
    "GET /pets",
    "show",
    "GET /pets/{id}",
    "adopt",
    "POST /pets/{id}/adoption",
    "adopt-several",
    "POST /adoptions",
    "health",
    "GET /health",
];

/// Answers a request, unless it is one for the staff and somebody else has sent it.
pub async fn answer<R: Repository>(
    counter: &Counter<R>,
    mut event: ApiGatewayV2httpRequest,
) -> ApiGatewayV2httpResponse {
    let mut wanted = counter.handler.as_str();
    if let Some(routes) = &counter.routes {
        routes.find(&mut event);
        wanted = event.route_key.as_deref().unwrap_or_default();
    }
    let staff = counter.staff.as_ref();
    if !FOR_ALL.contains(&wanted) && !staff.is_some_and(|staff| staff.has_sent(&event)) {
        return refusal();
    }
    counter::answer(&counter.shop, &counter.handler, event).await
}
// ANCHOR_END: answer

/// RFC 9110, section 11.6.1, asks for the field.
fn refusal() -> ApiGatewayV2httpResponse {
    let detail = "send the staff's key in the field Authorization: Bearer KEY";
    let problem = Problem::new(401, "not-staff", "This is for the staff", detail);
    let mut response = respond(problem.into());
    let field = HeaderValue::from_static("Bearer");
    response.headers.insert(WWW_AUTHENTICATE, field);
    response
}
