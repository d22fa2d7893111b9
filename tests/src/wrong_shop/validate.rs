//! Whether a request's body and query are what the contract asks for.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::Fault;
use super::problem::{Reply, invalid_body, problem};

type Errors = Vec<(String, String)>;

/// A body of `POST /pets`.
pub fn new_pet(body: &Value, fault: Fault) -> Result<(), Reply> {
    check(
        body,
        &["name", "species", "born", "price"],
        fault,
        |pet, errors| {
            text(pet, "", "name", 80, fault, errors);
            if !pet
                .get("species")
                .and_then(Value::as_str)
                .is_some_and(is_species)
            {
                errors.push(("/species".to_owned(), "is no species".to_owned()));
            }
            if !pet
                .get("born")
                .is_some_and(|year| is_whole(year, 1800..=2100))
            {
                errors.push((
                    "/born".to_owned(),
                    "is no year from 1800 to 2100".to_owned(),
                ));
            }
            match pet.get("price").and_then(Value::as_object) {
                None => errors.push(("/price".to_owned(), "is no price".to_owned())),
                Some(price) => {
                    let amount = price.get("amount");
                    if !amount.is_some_and(|amount| is_whole(amount, 0..=100_000_000)) {
                        errors.push((
                            "/price/amount".to_owned(),
                            "is no amount in minor units".to_owned(),
                        ));
                    }
                    let currency = price.get("currency").and_then(Value::as_str);
                    if !currency
                        .is_some_and(|c| c.len() == 3 && c.bytes().all(|b| b.is_ascii_uppercase()))
                    {
                        errors.push(("/price/currency".to_owned(), "is no currency".to_owned()));
                    }
                    strangers(price, "/price", &["amount", "currency"], errors);
                }
            }
        },
    )
}

/// Whether it is one of these numbers. To JSON Schema 5.0 is whole.
fn is_whole(value: &Value, range: RangeInclusive<u32>) -> bool {
    let (least, most) = (f64::from(*range.start()), f64::from(*range.end()));
    value
        .as_f64()
        .is_some_and(|number| number.fract() == 0.0 && (least..=most).contains(&number))
}

/// A body of `POST /pets/{id}/adoption`.
pub fn adoption(body: &Value, fault: Fault) -> Result<(), Reply> {
    check(body, &["customer"], fault, |body, errors| {
        text(body, "", "customer", 80, fault, errors);
    })
}

/// A body of `POST /pets/{id}/return`.
pub fn bring_back(body: &Value, fault: Fault) -> Result<(), Reply> {
    check(body, &["reason"], fault, |body, errors| {
        text(body, "", "reason", 500, fault, errors);
    })
}

/// A body of `POST /adoptions`.
pub fn adoptions(body: &Value, fault: Fault) -> Result<(), Reply> {
    check(body, &["pets", "customer"], fault, |body, errors| {
        text(body, "", "customer", 80, fault, errors);
        let pets = body.get("pets").and_then(Value::as_array);
        let Some(pets) = pets.filter(|pets| (1..=20).contains(&pets.len())) else {
            errors.push(("/pets".to_owned(), "is no list of 1 to 20 ids".to_owned()));
            return;
        };
        for (at, pet) in pets.iter().enumerate() {
            if !pet.as_str().is_some_and(is_id) || pets[..at].contains(pet) {
                errors.push((
                    format!("/pets/{at}"),
                    "is no id, or one that was named".to_owned(),
                ));
            }
        }
    })
}

/// The parameters of `GET /pets`, decoded.
pub fn query(query: &str) -> Result<Vec<(String, String)>, Reply> {
    let bad = |what: &str| problem(400, "invalid-query", what);
    let mut parameters = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| bad("A parameter has no value."))?;
        let value = decoded(value).ok_or_else(|| bad("A value is not encoded well."))?;
        let good = match name {
            "status" => ["available", "reserved", "adopted"].contains(&value.as_str()),
            "species" => is_species(&value),
            "limit" => value
                .parse()
                .is_ok_and(|limit: u32| (1..=100).contains(&limit)),
            "cursor" => value.parse::<u64>().is_ok(),
            _ => false,
        };
        if !good {
            return Err(bad(&format!(
                "{name} is unknown, or its value makes no sense."
            )));
        }
        parameters.push((name.to_owned(), value));
    }
    Ok(parameters)
}

fn check(
    body: &Value,
    members: &[&str],
    fault: Fault,
    look: impl FnOnce(&Map<String, Value>, &mut Errors),
) -> Result<(), Reply> {
    let mut errors = Errors::new();
    match body.as_object() {
        None => errors.push((String::new(), "is no object".to_owned())),
        Some(body) => {
            look(body, &mut errors);
            strangers(body, "", members, &mut errors);
        }
    }
    if fault == Fault::WrongPointers {
        for (pointer, _) in &mut errors {
            pointer.insert_str(0, "/body");
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(invalid_body(errors))
    }
}

fn text(
    body: &Map<String, Value>,
    at: &str,
    member: &str,
    most: usize,
    fault: Fault,
    errors: &mut Errors,
) {
    let length = |text: &str| match fault {
        Fault::CountsBytesForCharacters => text.len(),
        _ => text.chars().count(),
    };
    let text = body.get(member).and_then(Value::as_str);
    if !text.is_some_and(|text| (1..=most).contains(&length(text))) {
        errors.push((
            format!("{at}/{member}"),
            format!("is no text of 1 to {most} characters"),
        ));
    }
}

fn strangers(body: &Map<String, Value>, at: &str, members: &[&str], errors: &mut Errors) {
    for member in body
        .keys()
        .filter(|member| !members.contains(&member.as_str()))
    {
        errors.push((format!("{at}/{member}"), "is unknown".to_owned()));
    }
}

fn is_species(text: &str) -> bool {
    let letters = |b: u8| b.is_ascii_lowercase();
    text.len() <= 40
        && text.bytes().next().is_some_and(letters)
        && text.bytes().all(|b| letters(b) || b == b' ' || b == b'-')
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn decoded(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}
