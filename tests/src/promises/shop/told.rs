//! What one sends, and what one makes of the answer.

use serde_json::{Value, json};

use crate::promises::contract::shortened;
use crate::promises::wire::Answer;
use crate::promises::{Check, Stop};

/// A pet as one takes it in.
#[must_use]
pub fn pet(name: &str, species: &str) -> Value {
    json!({ "name": name, "species": species, "born": 2020, "price": { "amount": 4200, "currency": "EUR" } })
}

/// A species that no shop has yet: `prefix` and random letters, within the contract's limits.
#[must_use]
pub fn fresh_species(prefix: &str) -> String {
    let letters = std::iter::repeat_with(fastrand::lowercase).take(14);
    format!("{prefix} {}", letters.collect::<String>())
}

/// The id in the pet's JSON.
///
/// # Errors
///
/// Broken, when it has none.
pub fn id_of(pet: &Value) -> Check<String> {
    let id = pet["id"].as_str().filter(|id| !id.is_empty());
    id.map(str::to_owned)
        .ok_or_else(|| Stop::broken(format!("A pet came without an id: {pet}")))
}

/// The answer, when it has this status.
///
/// # Errors
///
/// Broken, when it has another.
pub fn expect(answer: Answer, status: u16, asked: &str) -> Check<Answer> {
    if answer.status == status {
        return Ok(answer);
    }
    let body = String::from_utf8_lossy(&answer.body);
    let body: Vec<&str> = body.split_whitespace().collect();
    Err(Stop::broken(format!(
        "{} was answered {} instead of {status}: {}",
        shortened(asked, 120),
        answer.status,
        shortened(&body.join(" "), 120)
    )))
}

/// The answer, when it has this status and is a problem of this type.
///
/// # Errors
///
/// Broken, when it is another.
pub fn expect_problem(answer: Answer, status: u16, problem: &str, asked: &str) -> Check<Answer> {
    let answer = expect(answer, status, asked)?;
    match answer.problem() {
        given if given == problem => Ok(answer),
        given => Err(Stop::broken(format!(
            "{} was answered {status} of type {given:?} instead of {problem:?}.",
            shortened(asked, 120)
        ))),
    }
}

/// Percent-encodes what is not unreserved (RFC 3986 section 2.3).
#[must_use]
pub fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}
