//! Step: a thread for each connection, and the lock that the compiler proposed.

mod desk;

use std::error::Error;
use std::sync::RwLock;
use std::thread;

use ch01_bare_server::api::{self, Operation, Told};
use ch01_bare_server::http::{Patience, Request, Response, converse};
use ch01_bare_server::problem::Problem;
use ch01_bare_server::settings::Settings;
use ch01_bare_server::shop::{Command, Entry, Shop};

// ANCHOR: serve
fn main() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_env()?;
    settings.write_pid()?;
    let listener = settings.listen()?;
    let desk = Desk {
        shop: RwLock::new(Shop::default()),
        settings,
    };
    thread::scope(|scope| {
        for mut stream in listener.incoming().flatten() {
            let desk = &desk;
            scope.spawn(move || {
                converse(&mut stream, Patience::default(), &|request| {
                    desk.handle(request)
                });
            });
        }
    });
    Ok(())
}
// ANCHOR_END: serve

struct Desk {
    shop: RwLock<Shop>,
    settings: Settings,
}

impl Desk {
    fn handle(&self, request: &Request) -> Response {
        let answer = api::operation(request).and_then(|operation| match operation {
            Operation::Execute(command, told) => self.execute(command, told),
            question => api::answer(&desk::read(&self.shop), question),
        });
        answer.unwrap_or_else(Response::from)
    }

    // ANCHOR: execute
    fn execute(&self, command: Command, told: Told) -> Result<Response, Problem> {
        let fact = desk::read(&self.shop).decide(command)?;
        desk::print_receipt(&self.settings, &fact)?;
        let mut shop = desk::write(&self.shop);
        shop.record(Entry {
            at: 0,
            fact: fact.clone(),
        })?;
        api::tell(&shop, &fact, told)
    }
    // ANCHOR_END: execute
}
