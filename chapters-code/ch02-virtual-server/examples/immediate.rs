//! Step: one transaction that begins as one that will write, over a connection of
//! its own for each customer.

mod desk;

use ch01_bare_server::shop::Shop;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Order;
use ch02_virtual_server::rows;
use rusqlite::{Connection, TransactionBehavior};

fn main() -> anyhow::Result<()> {
    desk::serve(execute)
}

// ANCHOR: execute
fn execute(connection: &mut Connection, order: Order) -> rusqlite::Result<Answer> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let shop = Shop::of(rows::named(&transaction, &order.command)?);
    let answer = match shop.decide(order.command) {
        Ok(fact) => (order.tell)(&rows::record(&transaction, fact)?),
        Err(refusal) => refusal.into(),
    };
    transaction.commit()?;
    Ok(answer)
}
// ANCHOR_END: execute
