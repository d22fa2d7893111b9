//! Step that the compiler refuses too: the lock that it proposed, and a stream that is
//! only lent.

mod desk;

use std::error::Error;
use std::sync::RwLock;
use std::thread;

use ch01_bare_server::api::{self, Operation};
use ch01_bare_server::http::{Patience, Request, Response, converse};
use ch01_bare_server::problem::Problem;
use ch01_bare_server::settings::Settings;
use ch01_bare_server::shop::{Entry, Shop};

// ANCHOR: serve
fn main() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_env()?;
    let listener = settings.listen()?;
    let shop = RwLock::new(Shop::default());
    thread::scope(|scope| {
        for mut stream in listener.incoming().flatten() {
            scope.spawn(|| {
                converse(&mut stream, Patience::default(), &|request| {
                    handle(&shop, request)
                });
            });
        }
    });
    Ok(())
}
// ANCHOR_END: serve

fn handle(shop: &RwLock<Shop>, request: &Request) -> Response {
    let answer = api::operation(request).and_then(|operation| perform(shop, operation));
    answer.unwrap_or_else(Response::from)
}

fn perform(shop: &RwLock<Shop>, operation: Operation) -> Result<Response, Problem> {
    match operation {
        Operation::Execute(command, told) => {
            let fact = desk::read(shop).decide(command)?;
            let mut shop = desk::write(shop);
            shop.record(Entry {
                at: 0,
                fact: fact.clone(),
            })?;
            api::tell(&shop, &fact, told)
        }
        question => api::answer(&desk::read(shop), question),
    }
}
