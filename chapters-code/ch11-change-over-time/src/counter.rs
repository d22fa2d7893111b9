//! The counter of chapter 10, which writes no name that it cannot forget.

use std::env;

use anyhow::{Result, bail};
use aws_config::SdkConfig;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use ch01_bare_server::json;
use ch01_bare_server::pets::Refusal as Unfit;
use ch01_bare_server::problem::Problem;
use ch01_bare_server::shop::Command as FirstCommand;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::api::Answered;
use ch03_platform::config::Config;
use ch03_platform::items::is_id;
use ch03_platform::logs;
use ch04_functions::counter as first;
use ch04_functions::request::{Request, respond};
use ch05_lambda::aws;
use ch05_lambda::counter as with_staff;
use ch05_lambda::staff::Staff;
use ch06_state::keys;
use ch07_events::outbox;
use ch08_event_sourcing::shop::{self, Business, Shop, Wrong, issued};
use ch09_projections::counter::{self as views, written};
use ch09_projections::seen::SEEN;
use ch10_processes::checkout::{Card, CheckoutId};
use ch10_processes::counter as before;
use ch10_processes::settings as told;
use ch10_processes::till::{Till, show_pet};
use ch10_processes::webhook::Secrets;
use event_store::Error;
use tracing::{Instrument, info_span};

use crate::checkout::Checkout;
use crate::history::history;
use crate::opening::opened;
use crate::past::{Moment, then};
use crate::people::People;
use crate::pets::{Command, Pets, Wish};
use crate::sealing::Sealing;
use crate::settings::{self, Checkouts};

/// What a function of the counter needs before the first customer comes.
#[derive(Debug)]
pub struct Counter {
    /// What is asked of it.
    does: Does,
    /// Who has the keys.
    people: People,
}

/// What is asked of a function of the counter.
#[derive(Debug)]
enum Does {
    /// One that reads the views.
    Reads(Box<views::Counter>),
    /// One that does something with pets.
    Pets(Box<Others>, Shop<Pets>),
    /// One that tells of a pet, and the staff how it was.
    Shows(Shop<Pets>, Staff, Box<Others>),
    /// One at the till.
    Begins(Box<Till<Checkout, Pets>>),
    /// One that tells of a checkout.
    ShowsCheckout(Box<Till<Checkout, Pets>>),
    /// One that the provider tells something.
    Notices(Checkouts, Secrets),
    /// One for the staff.
    ForStaff(Shop<Pets>, Staff, Asked, Box<Others>),
}

/// Who does something with pets. Whoever is not of the staff is told so there.
type Others = with_staff::Counter<Sealing<Shop<Pets>>>;

/// What the staff ask for.
#[derive(Debug, Clone, Copy)]
enum Asked {
    /// `GET /pets/{id}/history`
    History,
    /// `POST /pets/{id}/correction`
    Correct,
    /// `DELETE /customers/{customer}`
    Forget,
}

// ANCHOR: open
/// Makes it of what is set in the environment. It calls nobody yet.
///
/// # Errors
///
/// All that is missing or wrong there.
pub async fn open() -> Result<Counter> {
    let handler = env::var("_HANDLER").unwrap_or_default();
    let sdk = aws::connect().await?;
    // Whoever only opens what is sealed is not told how names are found.
    let people = match handler.as_str() {
        "adopt" | "adopt-several" | "give-back" | "checkout" | "correct" | "forget" => {
            People::from_env(&sdk)?
        }
        _ => People::nameless(&sdk),
    };
    let does = match handler.as_str() {
        "list" => Does::Reads(Box::new(views::open().await?)),
        other => does(other, &sdk, &people)?,
    };
    Ok(Counter { does, people })
}

fn does(handler: &str, sdk: &SdkConfig, people: &People) -> Result<Does> {
    let config = Config::from_env()?;
    logs::start(config.log);
    let shop = || Ok::<_, anyhow::Error>(Shop::new(sdk, &config.table, None, keys::window()?));
    let till = || {
        Ok::<_, anyhow::Error>(Box::new(Till {
            shop: shop()?,
            checkouts: settings::checkouts(sdk),
            lasts: told::lasts()?,
        }))
    };
    let others = |handler: &str| {
        let (shop, people) = (shop()?, people.clone());
        let counter = first::Counter {
            store: Sealing { shop, people },
            publisher: None,
        };
        with_staff::Counter::new(handler.to_owned(), counter).map(Box::new)
    };
    let for_staff = |asked| {
        let (shop, staff) = (shop()?, Staff::from_env()?);
        Ok(Does::ForStaff(shop, staff, asked, others(handler)?))
    };
    match handler {
        "take-in" | "adopt" | "adopt-several" | "give-back" => {
            Ok(Does::Pets(others(handler)?, shop()?))
        }
        // Who had a pet is in its history, and is told to whoever is told that.
        "show" => Ok(Does::Shows(shop()?, Staff::from_env()?, others("history")?)),
        "checkout" => till().map(Does::Begins),
        "show-checkout" => till().map(Does::ShowsCheckout),
        "notice" => Ok(Does::Notices(settings::checkouts(sdk), told::secrets()?)),
        "history" => for_staff(Asked::History),
        "correct" => for_staff(Asked::Correct),
        "forget" => for_staff(Asked::Forget),
        other => bail!("_HANDLER={other}: this counter has no such function"),
    }
}
// ANCHOR_END: open

// ANCHOR: answer
/// Answers a request. Within the shop an answer is sealed as everything else is, and it is opened
/// on its way out.
pub async fn answer(counter: &Counter, event: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    let id = event.request_context.request_id.clone().unwrap_or_default();
    let answer = async {
        let sealed = Box::pin(sealed(counter, event)).await;
        let opened = opened(&counter.people, sealed).await;
        opened.unwrap_or_else(|failure| respond(failure.into()))
    };
    outbox::during(id, answer).await
}
// ANCHOR_END: answer

async fn sealed(counter: &Counter, event: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    match &counter.does {
        Does::Reads(views) => views::answer(views, event).await,
        Does::Pets(others, shop) => {
            let mut response = Box::pin(with_staff::answer(others, event)).await;
            if let Some(seen) = Box::pin(written(&shop.pets, &response)).await {
                response.headers.insert(SEEN, seen);
            }
            response
        }
        Does::ForStaff(_, staff, _, others) if !staff.has_sent(&event) => {
            Box::pin(with_staff::answer(others, event)).await
        }
        Does::Shows(_, staff, others) if asks_how_it_was(&event) && !staff.has_sent(&event) => {
            Box::pin(with_staff::answer(others, event)).await
        }
        _ => {
            let request = Request(event);
            let span = info_span!("request", id = request.id());
            let answered = Box::pin(answered(counter, &request)).instrument(span).await;
            answered.unwrap_or_else(respond)
        }
    }
}

async fn answered(
    counter: &Counter,
    request: &Request,
) -> Result<ApiGatewayV2httpResponse, Answer> {
    let people = &counter.people;
    let answer = match &counter.does {
        Does::Notices(checkouts, secrets) => {
            return before::notice(checkouts, secrets, request).await;
        }
        Does::Shows(shop, ..) => show(shop, request).await?,
        Does::Begins(till) => begin(till, people, request).await?,
        Does::ShowsCheckout(till) => till.show(&CheckoutId(request.part("id"))).await?,
        Does::ForStaff(shop, _, asked, _) => match asked {
            Asked::History => history(shop, &request.pet()).await?,
            Asked::Correct => correct(shop, people, request).await?,
            Asked::Forget => return forget(people, request).await,
        },
        Does::Reads(_) | Does::Pets(..) => unreachable!("it was answered above"),
    };
    Ok(respond(answer))
}

/// Whether a request asks for a moment that is over, or means to.
fn asks_how_it_was(event: &ApiGatewayV2httpRequest) -> bool {
    let query = event.raw_query_string.as_deref().unwrap_or_default();
    !matches!(Moment::read(query), Ok(None))
}

/// `GET /pets/{id}`, now or then.
async fn show(shop: &Shop<Pets>, request: &Request) -> Answered {
    Ok(match Moment::read(request.query())? {
        Some(moment) => then(shop, &request.pet(), moment).await?,
        None => show_pet(shop, &request.pet()).await?,
    })
}

// ANCHOR: begin
/// `POST /pets/{id}/checkout`
async fn begin(till: &Till<Checkout, Pets>, people: &People, request: &Request) -> Answered {
    let (mut wanted, mut key) = before::wanted(request)?;
    let person = people
        .introduced(&mut wanted.customer, key.as_mut())
        .await?;
    wanted.card = Card(People::seal(&person, &wanted.card.0)?);
    Ok(till.begin(&request.pet(), wanted, key.as_ref()).await?)
}
// ANCHOR_END: begin

// ANCHOR: correct
/// `POST /pets/{id}/correction`: the shop has written down the wrong customer.
async fn correct(shop: &Shop<Pets>, people: &People, request: &Request) -> Answered {
    // It is read as an adoption is: in which pet's name, and whose.
    let read = |body: &_| json::adopt_one(request.pet(), body);
    let mut order = request.order(read, Answer::one)?;
    let FirstCommand::Adopt { mut customer, .. } = order.command else {
        unreachable!("an adoption was read");
    };
    let pet = request.pet();
    if !is_id(&pet) {
        return Err(Unfit::UnknownPet(pet).into());
    }
    people.introduced(&mut customer, order.key.as_mut()).await?;
    let (stream, issued) = (shop::stream(&pet), issued(order.key.as_ref()));
    let wish = Wish::Correct { customer };
    let command = Command { pet, wish };
    let done = async {
        match shop.pets.execute(&stream, &issued, &command).await {
            Ok(done) => Ok(Ok(Pets::pet(done.state).into_iter().collect())),
            Err(Error::Refused(refusal)) => Ok(Err(Pets::refused(refusal))),
            Err(Error::Failed(failure)) => Err(shop::failure(failure)),
        }
    };
    let done: Result<Vec<_>, Wrong> = shop.bounded(done).await?;
    Ok((order.tell)(&done?))
}
// ANCHOR_END: correct

// ANCHOR: forget
/// `DELETE /customers/{customer}`
async fn forget(people: &People, request: &Request) -> Result<ApiGatewayV2httpResponse, Answer> {
    let name = request.part("customer");
    if people.forget(&name).await? {
        let mut done = ApiGatewayV2httpResponse::default();
        done.status_code = 204;
        return Ok(done);
    }
    let title = "The shop does not know this customer";
    Err(Problem::new(
        404,
        "customer-not-found",
        title,
        "perhaps they were forgotten",
    )
    .into())
}
// ANCHOR_END: forget
