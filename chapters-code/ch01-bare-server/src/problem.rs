//! What the shop says when it cannot do what was asked: problem documents (RFC
//! 9457).

use serde_json::{Map, Value, json};

use crate::pets::Refusal;

/// A problem document before it is written. Its type is `/problems/NAME`, and stays
/// the same for ever.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The status of the answer.
    pub status: u16,
    /// The last part of the type: `pet-not-found`.
    pub name: &'static str,
    /// The same for every problem of this type.
    pub title: &'static str,
    /// What is wrong in this request, and what to do.
    pub detail: String,
    /// Members beside those of every problem document.
    pub more: Map<String, Value>,
    /// Methods that the resource has, for a 405.
    pub allow: Option<&'static str>,
}

impl Problem {
    /// A problem without members of its own.
    #[must_use]
    pub fn new(
        status: u16,
        name: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status,
            name,
            title,
            detail: detail.into(),
            more: Map::new(),
            allow: None,
        }
    }

    /// The same problem with one more member.
    #[must_use]
    pub fn with(mut self, member: &str, value: Value) -> Self {
        self.more.insert(member.to_owned(), value);
        self
    }

    /// What the client is sent, as `application/problem+json`.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = json!({
            "type": format!("/problems/{}", self.name),
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        });
        if let Value::Object(members) = &mut body {
            members.extend(self.more.clone());
        }
        body
    }
}

// ANCHOR: refusal
impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::UnknownPet(_) => {
                Self::new(404, "pet-not-found", "There is no such pet", detail)
            }
            Refusal::NotAdopted(_) => {
                Self::new(409, "not-adopted", "The pet has not been adopted", detail)
            }
            Refusal::AlreadyAdopted(pets) => {
                let pets: Vec<String> = pets.into_iter().map(|id| id.0).collect();
                Self::new(409, "already-adopted", "The pet has a home", detail)
                    .with("pets", json!(pets))
            }
        }
    }
}
// ANCHOR_END: refusal
