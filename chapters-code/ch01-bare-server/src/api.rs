//! Which request means what.

use std::slice;

use serde_json::{Value, json};

use crate::fields::Complaint;
use crate::http::{Request, Response};
use crate::json;
use crate::pets::{PetId, Refusal};
use crate::problem::Problem;
use crate::shop::{Command, Fact, Filter, Shop};
use crate::store::{Failure, Store};
use crate::{query, reading};

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// To change something, and to be told of it.
    Execute(Command, Told),
    /// To see one pet.
    Show(PetId),
    /// To see many.
    List(Filter),
    /// To see the past of one pet.
    History(PetId),
    /// To see a report.
    Report(String),
    /// To know whether the shop is well.
    Health,
}

/// What the answer to a command shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The pet, as it is now.
    Pet,
    /// All the pets that the command was about.
    Pets,
}

// ANCHOR: handle
/// Answers one request.
pub fn handle(store: &Store, request: &Request) -> Response {
    operation(request)
        .and_then(|operation| perform(store, operation))
        .unwrap_or_else(Response::from)
}

/// Does what a request asks for.
///
/// # Errors
///
/// A [`Problem`] to tell the client.
pub fn perform(store: &Store, operation: Operation) -> Result<Response, Problem> {
    match operation {
        Operation::Execute(command, told) => {
            store.execute(command, |shop, fact| tell(shop, fact, told))?
        }
        Operation::Health => {
            store.check()?;
            Ok(Response::json(200, &json!({ "status": "ok" })))
        }
        question => answer(&*store.look()?, question),
    }
}
// ANCHOR_END: handle

/// Tells a customer what has happened.
///
/// # Errors
///
/// When the shop does not know the pets that the fact is about.
pub fn tell(shop: &Shop, fact: &Fact, told: Told) -> Result<Response, Problem> {
    let ids = match fact {
        Fact::TakenIn { pet, .. } | Fact::Returned { pet, .. } => slice::from_ref(pet),
        Fact::Adopted { pets, .. } => pets,
    };
    let pets = ids
        .iter()
        .map(|id| Ok(json::pet(shop.find(id)?)))
        .collect::<Result<Vec<_>, Refusal>>()?;
    let body = match (told, pets.as_slice()) {
        (Told::Pet, [pet]) => pet.clone(),
        _ => json!({ "pets": pets }),
    };
    Ok(match fact {
        Fact::TakenIn { pet, .. } => {
            Response::json(201, &body).with("Location", format!("/pets/{pet}"))
        }
        _ => Response::json(200, &body),
    })
}

/// Answers a question. It changes nothing.
///
/// # Errors
///
/// When the shop does not know.
pub fn answer(shop: &Shop, question: Operation) -> Result<Response, Problem> {
    let body = match question {
        Operation::Show(id) => json::pet(shop.find(&id)?),
        Operation::History(id) => {
            let events: Vec<Value> = (1..)
                .zip(shop.history(&id)?)
                .map(|(seq, entry)| json::event(seq, entry))
                .collect();
            json!({ "pet": id.0, "events": events })
        }
        Operation::List(filter) => {
            let (pets, more) = shop
                .list(&filter)
                .map_err(|_| query::invalid("cursor", "it is none of this shop's"))?;
            let mut body =
                json!({ "pets": pets.iter().map(|pet| json::pet(pet)).collect::<Vec<_>>() });
            if let (true, Some(last)) = (more, pets.last()) {
                body["next"] = json!(last.id.0);
            }
            body
        }
        Operation::Report(name) => {
            return Err(Problem::new(
                404,
                "report-not-kept",
                "The shop does not keep this report",
                format!("nobody has written a report {name:?}"),
            ));
        }
        Operation::Execute(..) | Operation::Health => json!({ "status": "ok" }),
    };
    Ok(Response::json(200, &body))
}

// ANCHOR: operation
/// Finds out what a request asks for.
///
/// # Errors
///
/// A [`Problem`] when nobody here does such a thing, or when the request asks for
/// it in the wrong way.
pub fn operation(request: &Request) -> Result<Operation, Problem> {
    let path: Vec<&str> = request.head.path.split('/').skip(1).collect();
    let post = method(request, &path)? == "POST";
    if post {
        // The key is looked at and then forgotten: this rung does not keep the promise that it asks for.
        let keys: Vec<&str> = request.head.all("idempotency-key").collect();
        reading::idempotency_key(&keys)?;
    }
    let id = |id: &str| PetId(id.to_owned());
    let body = || reading::json(request.head.field("content-type"), &request.body);
    match (post, path.as_slice()) {
        (true, ["pets"]) => command(json::take_in(&body()?), Told::Pet),
        (true, ["pets", pet, "adoption"]) => command(json::adopt_one(id(pet), &body()?), Told::Pet),
        (true, ["pets", pet, "return"]) => command(json::give_back(id(pet), &body()?), Told::Pet),
        (true, ["adoptions"]) => command(json::adopt_several(&body()?), Told::Pets),
        (false, ["pets"]) => Ok(Operation::List(query::filter(&request.head.query)?)),
        (false, ["pets", pet]) => Ok(Operation::Show(id(pet))),
        (false, ["pets", pet, "history"]) => Ok(Operation::History(id(pet))),
        (false, ["reports", name]) => Ok(Operation::Report((*name).to_owned())),
        (false, ["health"]) => Ok(Operation::Health),
        _ => Err(no_such_route(&request.head.path)),
    }
}

/// The method, if this path has it.
fn method<'a>(request: &'a Request, path: &[&str]) -> Result<&'a str, Problem> {
    let allow = match path {
        ["pets"] => "GET, HEAD, POST",
        ["pets" | "reports", _] | ["pets", _, "history"] | ["health"] => "GET, HEAD",
        ["pets", _, "adoption" | "return"] | ["adoptions"] => "POST",
        _ => return Err(no_such_route(&request.head.path)),
    };
    match request.head.method.as_str() {
        known if allow.split(", ").any(|method| method == known) => Ok(known),
        "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH" | "OPTIONS" | "TRACE" | "CONNECT" => {
            let detail = format!("{} has {allow}", request.head.path);
            let problem = Problem::new(
                405,
                "method-not-allowed",
                "This cannot be done here",
                detail,
            );
            Err(Problem {
                allow: Some(allow),
                ..problem
            })
        }
        unknown => {
            let detail = format!("the shop does not know the method {unknown}");
            Err(Problem::new(
                501,
                "method-not-implemented",
                "The shop does not know this method",
                detail,
            ))
        }
    }
}
// ANCHOR_END: operation

fn command(read: Result<Command, Vec<Complaint>>, told: Told) -> Result<Operation, Problem> {
    let command = read.map_err(|complaints| reading::invalid_body(&complaints))?;
    Ok(Operation::Execute(command, told))
}

fn no_such_route(path: &str) -> Problem {
    Problem::new(
        404,
        "no-such-route",
        "There is nothing here",
        format!("the shop has nothing at {path:?}"),
    )
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Storage(why) => Self::new(
                503,
                "storage-failed",
                "The shop cannot write any more",
                format!("{why}; it must be restarted"),
            ),
        }
    }
}
