//! What a customer asks for after the question mark.

use crate::fields::is_species;
use crate::pets::PetId;
use crate::problem::Problem;
use crate::shop::Filter;

/// Reads `status=available&species=guinea+pig&limit=20&cursor=7`.
///
/// # Errors
///
/// A [`Problem`] that names the parameter and what is wrong with it.
pub fn filter(query: &str) -> Result<Filter, Problem> {
    let mut filter = Filter {
        status: None,
        species: None,
        limit: 20,
        after: None,
    };
    let mut seen = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = percent_decode(value)
            .ok_or_else(|| invalid(name, "it is not UTF-8, percent-encoded"))?;
        if seen.contains(&name) {
            return Err(invalid(name, "it is there twice"));
        }
        seen.push(name);
        match name {
            "status" => {
                let known = ["available", "reserved", "adopted"]
                    .into_iter()
                    .find(|status| *status == value);
                filter.status = Some(known.ok_or_else(|| invalid(name, "it is no status"))?);
            }
            "species" if is_species(&value) => filter.species = Some(value),
            "species" => return Err(invalid(name, "it is no species")),
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=100).contains(limit));
                filter.limit =
                    limit.ok_or_else(|| invalid(name, "it is no number from 1 to 100"))?;
            }
            "cursor" => filter.after = Some(PetId(value)),
            _ => return Err(invalid(name, "the shop does not know it")),
        }
    }
    Ok(filter)
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let digits = str::from_utf8(&digits)
                    .ok()
                    .filter(|digits| !digits.starts_with('+'))?;
                u8::from_str_radix(digits, 16).ok()?
            }
            b'+' => b' ',
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// The problem of a parameter that the shop cannot use.
#[must_use]
pub fn invalid(name: &str, why: &str) -> Problem {
    Problem::new(
        400,
        "invalid-query",
        "The query is not valid",
        format!("parameter {name:?}: {why}"),
    )
}
