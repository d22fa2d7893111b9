//! Exercise: the key is kept in a transaction of its own.

mod desk;

use std::thread;
use std::time::Duration;

use ch01_bare_server::shop::Shop;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Order;
use ch02_virtual_server::{keys, rows};
use rusqlite::{Connection, TransactionBehavior};

fn main() -> anyhow::Result<()> {
    desk::serve(execute)
}

// ANCHOR: execute
fn execute(connection: &mut Connection, order: Order) -> rusqlite::Result<Answer> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let Some(key) = &order.key
        && let Some(answer) = keys::find(&transaction, key)?
    {
        return Ok(answer);
    }
    let shop = Shop::of(rows::named(&transaction, &order.command)?);
    let answer = match shop.decide(order.command) {
        Ok(fact) => (order.tell)(&rows::record(&transaction, fact)?),
        Err(refusal) => refusal.into(),
    };
    transaction.commit()?;
    thread::sleep(Duration::from_secs(2)); // So that a hand is quick enough.
    if let Some(key) = &order.key {
        keys::keep(connection, key, &answer)?;
    }
    Ok(answer)
}
// ANCHOR_END: execute
