//! What the shop decides about a `POST`.

use serde_json::{Value, json};

use super::problem::{Reply, pet_not_found, problem};
use super::request::Request;
use super::routes::told;
use super::store::{Decision, Key, Known, Pet};
use super::{Fault, Shop};

/// Answers a `POST`: reads its body, decides, writes, tells.
pub fn write(
    shop: &Shop,
    request: &Request,
    validate: fn(&Value, Fault) -> Result<(), Reply>,
    decide: &dyn Fn(&Known, &Value) -> Decision,
) -> Reply {
    let (body, key) = match body_and_key(request) {
        Ok(both) => both,
        Err(reply) => return reply,
    };
    if let Err(reply) = validate(&body, shop.fault) {
        return reply;
    }
    shop.store.write(
        key.as_ref(),
        |known| decide(known, &body),
        |after| {
            let pets: Vec<Value> = after.iter().map(|(id, pet)| told(shop, *id, pet)).collect();
            match &pets[..] {
                [pet] if request.target == "/pets" => {
                    let reply = Reply::new(201, Some(pet.clone()));
                    if shop.is(Fault::NoLocation) {
                        reply
                    } else {
                        reply.with("Location", format!("/pets/{}", after[0].0))
                    }
                }
                [pet] if request.target != "/adoptions" => Reply::ok(pet.clone()),
                _ => Reply::ok(json!({ "pets": pets })),
            }
        },
    )
}

fn body_and_key(request: &Request) -> Result<(Value, Option<Key>), Reply> {
    if !request.has_body {
        return Err(problem(411, "length-required", "How long is it?").closing());
    }
    let media_type = String::from_utf8_lossy(request.field("content-type").unwrap_or_default())
        .to_ascii_lowercase();
    let media_type = media_type.replace([' ', '"'], "");
    if media_type != "application/json" && media_type != "application/json;charset=utf-8" {
        return Err(problem(415, "unsupported-media-type", "JSON, please."));
    }
    let key = request.field("idempotency-key");
    if key
        .is_some_and(|key| !(1..=255).contains(&key.len()) || !key.iter().all(u8::is_ascii_graphic))
    {
        return Err(problem(
            400,
            "invalid-idempotency-key",
            "A key has 1 to 255 visible ASCII characters.",
        ));
    }
    let body = serde_json::from_slice(&request.body)
        .map_err(|_| problem(400, "malformed-json", "This is not JSON."))?;
    let key = key.map(|key| Key {
        key: String::from_utf8_lossy(key).into_owned(),
        request: format!("{} {body}", request.target),
    });
    Ok((body, key))
}

#[allow(clippy::unnecessary_wraps, reason = "the others may refuse")]
pub fn take_in(known: &Known, body: &Value) -> Decision {
    let id = known.pets.last_key_value().map_or(0, |(id, _)| *id) + 1;
    Ok(vec![
        json!({ "pet": id, "type": "taken-in", "facts": body }),
    ])
}

pub fn adopt(shop: &Shop, known: &Known, id: &str, body: &Value) -> Decision {
    let taken = || problem(409, "already-adopted", "It is somebody's already.");
    let (id, pet) = find(known, id)?;
    if pet.customer.is_some() && !shop.is(Fault::LastOneWins) || shop.is(Fault::RefusesEverybody) {
        return Err(taken());
    }
    Ok(vec![
        json!({ "pet": id, "type": "adopted", "customer": body["customer"] }),
    ])
}

pub fn adopt_all(shop: &Shop, known: &Known, body: &Value) -> Decision {
    let (mut events, mut taken) = (Vec::new(), Vec::new());
    for id in body["pets"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        let (number, pet) = find(known, id)?;
        if pet.customer.is_some() {
            taken.push(id);
        } else {
            events.push(json!({ "pet": number, "type": "adopted", "customer": body["customer"] }));
        }
    }
    if taken.is_empty() || shop.is(Fault::HalfOfARefusedGroup) && !events.is_empty() {
        return Ok(events);
    }
    let mut reply = problem(409, "already-adopted", "Some are somebody's already.");
    if let Some(body) = &mut reply.body {
        body["pets"] = json!(taken);
    }
    Err(reply)
}

pub fn bring_back(known: &Known, id: &str, body: &Value) -> Decision {
    let (id, pet) = find(known, id)?;
    if pet.customer.is_none() {
        return Err(problem(409, "not-adopted", "Nobody has it."));
    }
    Ok(vec![
        json!({ "pet": id, "type": "returned", "reason": body["reason"] }),
    ])
}

fn find<'a>(known: &'a Known, id: &str) -> Result<(u64, &'a Pet), Reply> {
    let id: u64 = id.parse().map_err(|_| pet_not_found())?;
    known
        .pets
        .get(&id)
        .map(|pet| (id, pet))
        .ok_or_else(pet_not_found)
}
