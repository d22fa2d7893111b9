//! Exercise: all who wait share one transaction, and so one wait for the disk.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use ch01_bare_server::json;
use ch01_bare_server::pets::PetId;
use ch01_bare_server::settings::Settings;
use ch01_bare_server::shop::Shop;
use ch02_virtual_server::admission::Posted;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Order;
use ch02_virtual_server::store::{Failure, Store};
use ch02_virtual_server::{api, rows, server};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

/// At most so many orders in one transaction.
const GROUP: usize = 64;

/// An order, and who waits for the answer.
type Waiting = (Order, oneshot::Sender<Answer>);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::from_env().map_err(anyhow::Error::msg)?;
    let listener = server::listen(&settings)?;
    let store = Arc::new(Store::open(&settings.data)?);
    let (sender, receiver) = mpsc::channel(GROUP);
    tokio::spawn(commit_groups(Arc::clone(&store), receiver));
    let router = Router::new()
        .route("/pets", get(api::list::<Store>).post(api::take_in::<Store>))
        .route("/pets/{id}", get(api::show::<Store>))
        .route("/health", get(api::health::<Store>))
        .with_state(store)
        .route("/pets/{id}/adoption", post(adopt))
        .with_state(sender);
    server::announce(&settings, &listener)?;
    Ok(server::serve(listener, router).await?)
}

async fn adopt(
    State(orders): State<mpsc::Sender<Waiting>>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Answer, Answer> {
    let order = posted.order(|body| json::adopt_one(PetId(id), body), Answer::one)?;
    let (sender, answer) = oneshot::channel();
    let sent = orders.send((order, sender)).await;
    sent.map_err(|_| Failure::Closed)?;
    // Nobody answers an order whose group has failed.
    Ok(answer.await.map_err(|_| Failure::Closed)?)
}

// ANCHOR: groups
/// While one group is on its way to the disk, the next one gathers.
async fn commit_groups(store: Arc<Store>, mut orders: mpsc::Receiver<Waiting>) {
    let mut group = Vec::with_capacity(GROUP);
    while orders.recv_many(&mut group, GROUP).await > 0 {
        let (orders, waiting): (Vec<_>, Vec<_>) = group.drain(..).unzip();
        let answers = store.change(|writer| execute(writer, orders)).await;
        for (customer, answer) in waiting.into_iter().zip(answers.unwrap_or_default()) {
            let _ = customer.send(answer); // Unless the customer has gone.
        }
    }
}

fn execute(connection: &mut Connection, orders: Vec<Order>) -> rusqlite::Result<Vec<Answer>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut answers = Vec::new();
    for order in orders {
        let shop = Shop::of(rows::named(&transaction, &order.command)?);
        answers.push(match shop.decide(order.command) {
            Ok(fact) => (order.tell)(&rows::record(&transaction, fact)?),
            Err(refusal) => refusal.into(),
        });
    }
    transaction.commit()?;
    Ok(answers)
}
// ANCHOR_END: groups
