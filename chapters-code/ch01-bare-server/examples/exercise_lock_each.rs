//! Exercise: a lock for each pet in the place of one for the shop.

use std::error::Error;
use std::sync::{Mutex, PoisonError};
use std::thread;

use ch01_bare_server::api::{self, Operation};
use ch01_bare_server::http::{Patience, Request, Response, converse};
use ch01_bare_server::pets::{Customer, PetId};
use ch01_bare_server::problem::Problem;
use ch01_bare_server::settings::Settings;
use ch01_bare_server::shop::Command;
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_env()?;
    settings.write_pid()?;
    let listener = settings.listen()?;
    let cages = [Mutex::new(None), Mutex::new(None)];
    thread::scope(|scope| {
        for mut stream in listener.incoming().flatten() {
            let cages = &cages;
            scope.spawn(move || {
                converse(&mut stream, Patience::default(), &|request| {
                    handle(cages, request).unwrap_or_else(Response::from)
                });
            });
        }
    });
    Ok(())
}

type Cage = Mutex<Option<Customer>>;

fn handle(cages: &[Cage; 2], request: &Request) -> Result<Response, Problem> {
    match api::operation(request)? {
        Operation::Execute(Command::Adopt { pets, customer }, _) => {
            Ok(adopt(cages, &pets, &customer))
        }
        _ => Err(Problem::new(
            404,
            "no-such-route",
            "There is nothing here",
            "this shop has two lovebirds, and POST /adoptions",
        )),
    }
}

// ANCHOR: adopt
fn adopt(cages: &[Cage; 2], pets: &[PetId], customer: &Customer) -> Response {
    let mut open = Vec::new();
    for id in pets {
        let cage = if id.0 == "1" { &cages[0] } else { &cages[1] };
        open.push(cage.lock().unwrap_or_else(PoisonError::into_inner));
        thread::sleep(std::time::Duration::from_millis(200)); // It is a heavy cage.
    }
    for cage in &mut open {
        cage.replace(customer.clone());
    }
    Response::json(200, &json!({ "adopted": pets.len() }))
}
// ANCHOR_END: adopt
