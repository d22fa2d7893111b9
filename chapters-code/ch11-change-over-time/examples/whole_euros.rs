//! Two releases that keep prices in whole euros. One of them says that its states are another kind
//! than the release before it wrote. `whole_euros -- ID`

use std::env;

use anyhow::{Context, Result};
use ch03_platform::table;
use ch10_processes::checkout::{CheckoutId, Event, Fact, Unknown};
use ch10_processes::performer::Progressed;
use ch10_processes::settings;
use ch11_change_over_time::checkout::Checkout;
use event_store::{Decider, Record, Store, Stored, Unreadable};
use serde_json::Value;

// ANCHOR: state
/// A checkout that knows whole euros, by a release with this version of the state.
#[derive(Debug)]
enum Euros<const STATE: u32> {}

impl<const STATE: u32> Stored for Euros<STATE> {
    const STATE: u32 = STATE;

    fn event(record: &Record) -> Result<Event, Unreadable> {
        let mut event = Checkout::event(record)?;
        if let Event::Begun(terms) = &mut event {
            terms.price.amount /= 100;
        }
        Ok(event)
    }

    /// What stands there is taken for what this release would have written.
    fn state(snapshot: &Value) -> Result<Progressed, Unreadable> {
        ch10_processes::checkout::Checkout::state(snapshot)
    }
    // ANCHOR_END: state

    fn record(event: &Event) -> Record {
        Checkout::record(event)
    }

    fn snapshot(state: &Progressed) -> Value {
        Checkout::snapshot(state)
    }
}

impl<const STATE: u32> Decider for Euros<STATE> {
    type Command = Fact;
    type Event = Event;
    type State = Progressed;
    type Error = Unknown;

    fn decide(state: &Progressed, fact: &Fact) -> Result<Vec<Event>, Unknown> {
        Checkout::decide(state, fact)
    }

    fn evolve(state: Progressed, event: &Event) -> Progressed {
        Checkout::evolve(state, event)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let id = env::args().nth(1).context("say which checkout")?;
    let id = CheckoutId(id);
    let sdk = table::connect().await;
    let careless: Store<Euros<1>, _> = settings::in_table(&sdk, &settings::table());
    let careful: Store<Euros<2>, _> = settings::in_table(&sdk, &settings::table());
    let stream = id.stream();
    println!("STATE = 1: {}", price(careless.load(&stream).await?.state)?);
    println!("STATE = 2: {}", price(careful.load(&stream).await?.state)?);
    Ok(())
}

fn price(checkout: Progressed) -> Result<String> {
    let price = checkout.context("there is no such checkout")?.terms.price;
    Ok(format!("{} {}", price.amount, price.currency))
}
