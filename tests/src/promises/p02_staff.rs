//! The part of P2 about a shop that has a staff: what is for them is answered 401 to everybody else, and nothing has happened. A
//! customer needs no key.

use anyhow::bail;
use serde_json::{Value, json};

use super::behind::settled;
use super::contract::Contract;
use super::shop::{Shop, expect, fresh_species, pet};
use super::wire::Answer;
use super::{Check, Stop};

/// How many requests are tried here.
pub fn count(shop: &Shop) -> usize {
    let ways = shop.staff_key().map_or(0, |key| ways(key).len());
    ways * Contract::of_the_shop().for_staff().len()
}

/// What is wrong with the answers to those who are not of the staff.
pub fn wrong(shop: &Shop) -> Vec<String> {
    let Some(key) = shop.staff_key() else {
        return Vec::new();
    };
    match try_all(shop, &ways(key)) {
        Ok(wrong) => wrong,
        Err(Stop::Broken(lines)) => lines,
        Err(Stop::NotAsked(why)) => vec![why],
        Err(Stop::Suite(error)) => vec![format!("the suite failed: {error:#}")],
    }
}

/// Who comes, and what they say of themselves.
type Way = (&'static str, Option<String>);

/// Ways of not being of the staff.
fn ways(key: &str) -> Vec<Way> {
    let backwards: String = key.chars().rev().collect();
    let most: String = key.chars().skip(1).collect();
    let bearer = |key: &str| Some(format!("Bearer {key}"));
    let ways = vec![
        ("without the field", None),
        ("with an empty field", Some(String::new())),
        ("with a scheme and no key", Some("Bearer".to_owned())),
        ("with the key and no scheme", Some(key.to_owned())),
        (
            "with the key in another scheme",
            Some(format!("Basic {key}")),
        ),
        ("with the key backwards", bearer(&backwards)),
        ("with the key in capitals", bearer(&key.to_uppercase())),
        ("with most of the key", bearer(&most)),
        ("with more than the key", bearer(&format!("{key}{key}"))),
    ];
    // Some keys are the same backwards.
    let theirs = bearer(key);
    ways.into_iter()
        .filter(|(_, field)| *field != theirs)
        .collect()
}

fn try_all(shop: &Shop, ways: &[Way]) -> Check<Vec<String>> {
    let species = fresh_species("hare");
    let id = shop.take_in_a(&species)?;
    let stranger = shop.clone().with_staff_key(None);
    let adoption = stranger.adopt(&id, "Ada")?;
    let adopted = expect(adoption, 200, "an adoption, without a key,")?.json();
    let mut wrong = Vec::new();
    for (method, path) in Contract::of_the_shop().for_staff() {
        let body = body(&method, &path, &species)?;
        let target = path
            .replace("{id}", &id)
            .replace("{name}", "returns-by-species");
        for (who, field) in ways {
            let fields = field.iter().map(|field| ("Authorization", field.as_str()));
            let fields: Vec<(&str, &str)> = fields.collect();
            let answer = stranger.request(&method, &target, body.as_ref(), &fields)?;
            wrong.extend(refusal(&answer).map(|why| format!("{method} {path} {who}: {why}.")));
        }
    }
    let query = format!("species={}", species.replace(' ', "%20"));
    let seen = settled(
        |seen: &Vec<Value>| *seen == [adopted.clone()],
        || stranger.list(&query, 100),
    )?;
    if seen != [adopted] {
        wrong.push(format!(
            "strangers asked for what is for the staff, and it happened: afterwards there was {}.",
            Value::from(seen)
        ));
    }
    Ok(wrong)
}

/// A body that would do, were it the staff's.
fn body(method: &str, path: &str, species: &str) -> anyhow::Result<Option<Value>> {
    Ok(match (method, path) {
        ("GET", _) => None,
        ("POST", "/pets") => Some(pet("Rex", species)),
        ("POST", "/pets/{id}/return") => Some(json!({ "reason": "He barks" })),
        _ => bail!("nobody has said what the body of {method} {path} would be"),
    })
}

/// What is wrong with the answer to a stranger. The contract knows what is due of its field and its body.
fn refusal(answer: &Answer) -> Option<String> {
    let field = answer.field("www-authenticate");
    match (answer.status, answer.problem().as_str(), field) {
        (401, "not-staff", Some(field)) if field.starts_with("Bearer") => None,
        (401, "not-staff", field) => Some(format!(
            "expected WWW-Authenticate: Bearer, got {}",
            field.unwrap_or("none")
        )),
        (status, problem, _) => Some(format!("expected 401 not-staff, got {status} {problem}")),
    }
}
