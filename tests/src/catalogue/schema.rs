//! The schema of an event's detail, and how a detail breaks it.

use std::fmt;

use anyhow::{Context, Result, anyhow};
use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use crate::promises::contract::shortened;

/// A schema that was compiled.
#[derive(Debug)]
pub struct Schema(Validator);

/// Where an event is not as the catalogue has it. A place is a JSON pointer (RFC 6901) into the detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breach {
    /// There is no such event; with what there is.
    NoSuchEvent(String),
    /// It comes from elsewhere.
    Source {
        /// From where.
        given: Value,
        /// From where it should come.
        expected: String,
    },
    /// What is required is not there.
    Missing(String),
    /// What is there is not in the schema.
    Unknown(String),
    /// What is there is not what it has to be.
    Value {
        /// Where it is.
        place: String,
        /// What is wrong with it.
        what: String,
    },
}

impl Schema {
    /// Compiles a schema, which is JSON Schema 2020-12 whatever it says of itself.
    ///
    /// # Errors
    ///
    /// When it is none; the message names the place in it.
    pub fn compile(schema: &Value) -> Result<Self> {
        let of_the_file = |place: String| format!("/schema{place}");
        if let Err(error) = jsonschema::draft202012::meta::validate(schema) {
            return Err(anyhow!("{error}"))
                .with_context(|| of_the_file(error.instance_path().to_string()));
        }
        let compiled = jsonschema::draft202012::new(schema);
        let compiled = compiled.map_err(|error| anyhow!("{error}"));
        compiled
            .map(Self)
            .with_context(|| of_the_file(String::new()))
    }

    /// All that a detail breaks of it.
    #[must_use]
    pub fn breaches(&self, detail: &Value) -> Vec<Breach> {
        let mut breaches = Vec::new();
        for error in self.0.iter_errors(detail) {
            let place = error.instance_path().to_string();
            let below = |name: &str| format!("{place}/{}", escaped(name));
            match error.kind() {
                ValidationErrorKind::Required { property } => {
                    let name = property.as_str().unwrap_or_default();
                    breaches.push(Breach::Missing(below(name)));
                }
                ValidationErrorKind::AdditionalProperties { unexpected } => {
                    let unknown = unexpected.iter().map(|name| below(name));
                    breaches.extend(unknown.map(Breach::Unknown));
                }
                _ => {
                    let what = shortened(&error.to_string(), 120);
                    breaches.push(Breach::Value { place, what });
                }
            }
        }
        breaches
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchEvent(hint) => write!(f, "it is not in the catalogue; {hint}"),
            Self::Source { given, expected } => {
                write!(f, "its source is {given}, not \"{expected}\"")
            }
            Self::Missing(place) => write!(f, "{place} is missing"),
            Self::Unknown(place) => write!(f, "{place} is not in the catalogue"),
            Self::Value { place, what } if place.is_empty() => write!(f, "the detail: {what}"),
            Self::Value { place, what } => write!(f, "{place}: {what}"),
        }
    }
}

/// A name as a step of a JSON pointer: RFC 6901, section 3.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_breaches_are_told_with_their_places() {
        let schema = Schema::compile(&json!({
            "type": "object",
            "required": ["customer", "pets"],
            "additionalProperties": false,
            "properties": {
                "customer": {"type": "string"},
                "pets": {"type": "array", "items": {"type": "object", "required": ["id"]}}
            }
        }))
        .unwrap();
        let told = |detail: Value| -> Vec<String> {
            let mut told: Vec<String> = schema
                .breaches(&detail)
                .iter()
                .map(ToString::to_string)
                .collect();
            told.sort();
            told
        };
        assert_eq!(told(json!({"customer": "Ada", "pets": []})), [""; 0]);
        assert_eq!(
            told(json!({"customerName": "Ada", "pets": [{"id": "1"}, {"a/b": 1}, 7]})),
            [
                "/customer is missing",
                "/customerName is not in the catalogue",
                "/pets/1/id is missing",
                "/pets/2: 7 is not of type \"object\"",
            ]
        );
        assert_eq!(
            told(json!([])),
            ["the detail: [] is not of type \"object\""]
        );
    }

    #[test]
    fn a_schema_that_is_none_is_refused_with_the_place() {
        let refused = |schema: Value| format!("{:#}", Schema::compile(&schema).unwrap_err());
        assert!(
            refused(json!({"properties": {"customer": {"type": "text"}}}))
                .starts_with("/schema/properties/customer/type: \"text\" is not"),
            "the place is named"
        );
        assert!(
            refused(json!({"$ref": "#/$defs/pet"})).starts_with("/schema: "),
            "a reference leads somewhere"
        );
    }
}
