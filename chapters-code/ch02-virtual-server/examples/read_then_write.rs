//! Step: the database is asked and then told, one statement after the other.

mod desk;

use ch01_bare_server::shop::Shop;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Order;
use ch02_virtual_server::rows;
use rusqlite::Connection;

fn main() -> anyhow::Result<()> {
    desk::serve(execute)
}

// ANCHOR: execute
fn execute(connection: &mut Connection, order: Order) -> rusqlite::Result<Answer> {
    let shop = Shop::of(rows::named(connection, &order.command)?);
    let answer = match shop.decide(order.command) {
        Ok(fact) => (order.tell)(&rows::record(connection, fact)?),
        Err(refusal) => refusal.into(),
    };
    Ok(answer)
}
// ANCHOR_END: execute
