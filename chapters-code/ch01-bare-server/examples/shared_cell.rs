//! Step that the compiler refuses: a thread for each connection, and the shop as it
//! was.

use std::cell::RefCell;
use std::error::Error;
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
    let shop = RefCell::new(Shop::default());
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

fn handle(shop: &RefCell<Shop>, request: &Request) -> Response {
    let answer = api::operation(request).and_then(|operation| perform(shop, operation));
    answer.unwrap_or_else(Response::from)
}

fn perform(shop: &RefCell<Shop>, operation: Operation) -> Result<Response, Problem> {
    match operation {
        Operation::Execute(command, told) => {
            let fact = shop.borrow().decide(command)?;
            shop.borrow_mut().record(Entry {
                at: 0,
                fact: fact.clone(),
            })?;
            api::tell(&shop.borrow(), &fact, told)
        }
        question => api::answer(&shop.borrow(), question),
    }
}
