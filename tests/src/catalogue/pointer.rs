//! What a consumer reads of an event's detail: a JSON pointer in which `*` stands for each item of an array.

use std::fmt;

use anyhow::{Result, ensure};
use serde_json::Value;

/// A JSON pointer (RFC 6901) with `*`: `/pets/*/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    text: String,
}

impl Pointer {
    /// Reads `/pets/*/name`.
    ///
    /// # Errors
    ///
    /// When it does not begin with `/`, or a step of it is empty.
    pub fn parse(text: &str) -> Result<Self> {
        let steps = text.strip_prefix('/');
        ensure!(
            steps.is_some_and(|steps| steps.split('/').all(|step| !step.is_empty())),
            "`{text}` is no pointer, such as /customer or /pets/*/name"
        );
        let text = text.to_owned();
        Ok(Self { text })
    }

    /// Whether it leads to something in the whole of a detail: in each item, where it has a `*`.
    #[must_use]
    pub fn is_in(&self, detail: &Value) -> bool {
        leads(detail, &self.steps())
    }

    /// Whether who reads it reads what is at `place`, or something below that. What is further inside of a value than a
    /// pointer leads is not what its reader looks at.
    #[must_use]
    pub fn reads(&self, place: &str) -> bool {
        let mut steps = self.steps().into_iter();
        let mut place = place.split('/').skip(1);
        place.all(|at| {
            steps.next().is_some_and(|step| {
                let any = step == "*" && at.bytes().all(|digit| digit.is_ascii_digit());
                any || step == at
            })
        })
    }

    /// The first step of it that a detail may lack and keep to `schema` all the same; `None` when whoever reads it can
    /// count on it.
    #[must_use]
    pub fn not_required<'a>(&'a self, schema: &Value) -> Option<&'a str> {
        let mut at = Some(schema);
        for step in self.steps() {
            at = at.and_then(|at| behind(schema, at, step));
            if at.is_none() {
                return Some(step);
            }
        }
        None
    }

    fn steps(&self) -> Vec<&str> {
        self.text.split('/').skip(1).collect()
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn leads(value: &Value, steps: &[&str]) -> bool {
    match (steps, value) {
        ([], _) => true,
        (["*", rest @ ..], Value::Array(items)) => items.iter().all(|item| leads(item, rest)),
        (["*", ..], _) => false,
        ([step, rest @ ..], _) => value
            .pointer(&format!("/{step}"))
            .is_some_and(|value| leads(value, rest)),
    }
}

/// The schema of what is one step further inside, if that has to be there.
fn behind<'a>(root: &'a Value, schema: &'a Value, step: &str) -> Option<&'a Value> {
    let schema = resolved(root, schema)?;
    if step == "*" {
        return (schema["type"] == "array").then(|| &schema["items"]);
    }
    let required = schema["required"].as_array()?;
    (schema["type"] == "object" && required.iter().any(|name| name == step))
        .then(|| &schema["properties"][step])
}

/// Follows a `$ref` into the same schema.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> Option<&'a Value> {
    match schema["$ref"].as_str() {
        Some(reference) => root.pointer(reference.strip_prefix('#')?),
        None => Some(schema),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pointer(text: &str) -> Pointer {
        Pointer::parse(text).unwrap()
    }

    #[test]
    fn a_star_is_each_item() {
        let detail =
            json!({"customer": null, "pets": [{"id": "1", "name": "Gustav"}, {"id": "2"}]});
        for there in [
            "/customer",
            "/pets",
            "/pets/*",
            "/pets/*/id",
            "/pets/0/name",
        ] {
            assert!(pointer(there).is_in(&detail), "{there}");
        }
        for missing in ["/pets/*/name", "/customer/*", "/pets/2", "/customer/id"] {
            assert!(!pointer(missing).is_in(&detail), "{missing}");
        }
        assert!(Pointer::parse("customer").is_err());
        assert!(Pointer::parse("/pets//id").is_err());
    }

    #[test]
    fn what_is_wrong_above_or_at_what_one_reads_concerns_one() {
        let name = pointer("/pets/*/name");
        for place in ["", "/pets", "/pets/17", "/pets/0/name"] {
            assert!(name.reads(place), "{place}");
        }
        for place in [
            "/customer",
            "/pets/0/name/0",
            "/pets/0/price",
            "/pets/x/name",
        ] {
            assert!(!name.reads(place), "{place}");
        }
    }

    #[test]
    fn what_may_be_left_out_cannot_be_counted_on() {
        let schema = json!({
            "type": "object",
            "required": ["pets"],
            "properties": {
                "customer": {"type": "string"},
                "pets": {"type": "array", "items": {"$ref": "#/$defs/pet"}}
            },
            "$defs": {"pet": {"type": "object", "required": ["id"], "properties": {"id": {}, "name": {}}}}
        });
        assert_eq!(pointer("/pets/*/id").not_required(&schema), None);
        assert_eq!(pointer("/customer").not_required(&schema), Some("customer"));
        assert_eq!(pointer("/pets/*/name").not_required(&schema), Some("name"));
        assert_eq!(pointer("/pets/id").not_required(&schema), Some("id"));
        assert_eq!(pointer("/gone/*").not_required(&schema), Some("gone"));
    }
}
