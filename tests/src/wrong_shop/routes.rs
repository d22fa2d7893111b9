//! What the shop answers to a request that is there whole.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::bugs::have_a_bug;
use super::problem::{Reply, pet_not_found, problem};
use super::request::Request;
use super::store::Pet;
use super::writing::{adopt, adopt_all, bring_back, take_in, write};
use super::{Fault, Shop, validate};

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Answers.
pub fn answer(shop: &Shop, request: &Request) -> Reply {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((&request.target, ""));
    let parts: Vec<&str> = path[1..].split('/').collect();
    if !METHODS.contains(&request.method.as_str()) {
        return problem(
            501,
            "method-not-implemented",
            "Nobody here knows this method.",
        );
    }
    let method = if request.method == "HEAD" {
        "GET"
    } else {
        &request.method
    };
    match (method, &parts[..]) {
        ("GET", ["bugs", bug]) => have_a_bug(shop, bug),
        ("GET", ["health"]) if shop.store.has_failed() => {
            problem(503, "storage-failed", "The shop has stopped writing.")
        }
        ("GET", ["health"]) => Reply::ok(json!({ "status": "ok" })),
        ("GET", ["pets"]) => list(shop, query),
        ("GET", ["pets", id]) => with_pet(shop, id, |id, pet| Reply::ok(told(shop, id, pet))),
        ("GET", ["pets", id, "history"]) => with_pet(shop, id, |id, pet| history(shop, id, pet)),
        ("GET", ["reports", "returns-by-species"]) => report(shop),
        ("GET", ["reports", _]) => problem(404, "report-not-kept", "The shop cannot answer this."),
        ("GET", ["display"]) => display(shop),
        ("DELETE", ["customers", customer]) => forget(shop, customer),
        ("POST", ["checkouts"]) if shop.is(Fault::ACheckout) => Reply::ok(json!({})),
        ("POST", ["pets"]) => write(shop, request, validate::new_pet, &|known, body| {
            take_in(known, body)
        }),
        ("POST", ["pets", id, "adoption"]) => {
            write(shop, request, validate::adoption, &|known, body| {
                adopt(shop, known, id, body)
            })
        }
        ("POST", ["adoptions"]) => write(shop, request, validate::adoptions, &|known, body| {
            adopt_all(shop, known, body)
        }),
        ("POST", ["pets", id, "return"]) => {
            write(shop, request, validate::bring_back, &|known, body| {
                bring_back(known, id, body)
            })
        }
        (_, ["pets"]) => refused(shop, "GET, HEAD, POST"),
        (_, ["adoptions"] | ["pets", _, "adoption" | "return"]) => refused(shop, "POST"),
        (_, ["health"] | ["pets" | "reports", _] | ["pets", _, "history"]) => {
            refused(shop, "GET, HEAD")
        }
        _ => problem(404, "no-such-route", "There is nothing here."),
    }
}

fn refused(shop: &Shop, allow: &str) -> Reply {
    let allow = if shop.is(Fault::WrongAllow) {
        "GET"
    } else {
        allow
    };
    problem(405, "method-not-allowed", "Not here.").with("Allow", allow)
}

fn list(shop: &Shop, query: &str) -> Reply {
    let parameters = match validate::query(query) {
        Ok(parameters) => BTreeMap::from_iter(parameters),
        Err(reply) => return reply,
    };
    let limit = parameters
        .get("limit")
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(20);
    let cursor: u64 = parameters
        .get("cursor")
        .and_then(|cursor| cursor.parse().ok())
        .unwrap_or(0);
    shop.store.read(|known| {
        let wanted = |pet: &Pet| {
            let status = if pet.customer.is_some() {
                "adopted"
            } else {
                "available"
            };
            let right = parameters
                .get("status")
                .is_none_or(|wanted| wanted == status);
            let ignores = shop.is(Fault::IgnoresFilters) && parameters.contains_key("status");
            right
                && (ignores
                    || parameters
                        .get("species")
                        .is_none_or(|species| pet.facts["species"] == **species))
        };
        let mut pets: Vec<(u64, &Pet)> = known
            .pets
            .iter()
            .map(|(id, pet)| (*id, pet))
            .filter(|(_, pet)| wanted(pet))
            .collect();
        let newest_first = shop.is(Fault::PagesRepeat);
        if newest_first {
            pets.reverse();
            pets.drain(
                ..usize::try_from(cursor)
                    .unwrap_or(usize::MAX)
                    .min(pets.len()),
            );
        } else {
            pets.retain(|(id, _)| *id > cursor);
        }
        let page: Vec<Value> = pets
            .iter()
            .take(limit)
            .map(|(id, pet)| told(shop, *id, pet))
            .collect();
        let mut body = json!({ "pets": page });
        if pets.len() > limit {
            let mut next = if newest_first {
                cursor + limit as u64
            } else {
                pets[limit - 1].0
            };
            next += u64::from(shop.is(Fault::PagesSkip));
            body["next"] = json!(next.to_string());
        }
        Reply::ok(body)
    })
}

fn with_pet(shop: &Shop, id: &str, then: impl FnOnce(u64, &Pet) -> Reply) -> Reply {
    shop.store.read(
        |known| match id.parse().ok().and_then(|id| known.pets.get_key_value(&id)) {
            Some((id, pet)) => then(*id, pet),
            None => pet_not_found(),
        },
    )
}

/// The pet as the contract has it.
pub fn told(shop: &Shop, id: u64, pet: &Pet) -> Value {
    let mut told = pet.facts.clone();
    told["id"] = json!(id.to_string());
    told["status"] = json!("available");
    if let Some(customer) = &pet.customer {
        told["status"] = json!("adopted");
        told["customer"] = json!(customer);
    }
    if shop.is(Fault::ExtraField) {
        told["mood"] = json!("good");
    }
    told
}

fn history(shop: &Shop, id: u64, pet: &Pet) -> Reply {
    let mut events = pet.events.clone();
    match shop.fault {
        Fault::HistoryInReverse => events.reverse(),
        Fault::HistoryWithoutReasons => {
            let returned = events
                .iter_mut()
                .filter(|event| event["type"] == "returned");
            returned.for_each(|event| event["reason"] = json!("unknown"));
        }
        Fault::HistoryOfRefusals if pet.customer.is_some() => {
            let seq = events.len() + 1;
            events.push(json!({ "seq": seq, "type": "adopted", "at": events[0]["at"], "customer": "too late" }));
        }
        _ => {}
    }
    Reply::ok(json!({ "pet": id.to_string(), "events": events }))
}

fn report(shop: &Shop) -> Reply {
    let counted = if shop.is(Fault::CountsAdoptions) {
        "adopted"
    } else {
        "returned"
    };
    shop.store.read(|known| {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for pet in known.pets.values() {
            let times = pet
                .events
                .iter()
                .filter(|event| event["type"] == counted)
                .count() as u64;
            *counts
                .entry(pet.facts["species"].as_str().unwrap_or_default().to_owned())
                .or_default() += times;
        }
        if shop.is(Fault::CountsSinceStart) {
            counts.clone_from(&known.returns_since_start);
        }
        let rows = counts.into_iter().filter(|(_, count)| *count > 0);
        let rows: Vec<Value> = rows
            .map(|(key, count)| json!({ "key": key, "count": count }))
            .collect();
        Reply::ok(json!({ "report": "returns-by-species", "rows": rows }))
    })
}

/// How many pets have a home, as if messages had told it: as often as each came, where they are not told apart.
fn display(shop: &Shop) -> Reply {
    let deliveries = std::env::var("DELIVERIES").unwrap_or_default();
    let times = match shop.fault {
        Fault::CountsEveryDelivery => deliveries.parse().unwrap_or(1),
        Fault::LosesMessages => 0,
        _ => 1,
    };
    shop.store.read(|known| {
        let homes = known.pets.values().filter(|pet| pet.customer.is_some());
        Reply::ok(json!({ "homes": times * homes.count() }))
    })
}

fn forget(shop: &Shop, customer: &str) -> Reply {
    if !shop.is(Fault::OnlySaysItForgot) && shop.store.forget(customer).is_err() {
        return problem(503, "storage-failed", "It could not be written.");
    }
    Reply::new(204, None)
}
