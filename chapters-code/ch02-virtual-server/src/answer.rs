//! What the shop says.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use ch01_bare_server::json;
use ch01_bare_server::pets::{Pet, PetId, Refusal};
use ch01_bare_server::problem::Problem;
use serde_json::{Value, json};

// ANCHOR: answer
/// An answer, in a form that can be kept and given once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// RFC 9110, section 15. From 400 on the body is a problem document.
    pub status: u16,
    /// Where the pet is that has just been taken in.
    pub location: Option<String>,
    /// JSON.
    pub body: String,
    /// Seconds after which it is worth another try (RFC 9110, section 10.2.3).
    pub retry_after: Option<u32>,
}
// ANCHOR_END: answer

impl Answer {
    fn new(status: u16, body: &Value) -> Self {
        Self {
            status,
            location: None,
            body: format!("{body}\n"),
            retry_after: None,
        }
    }

    /// Says yes, and what there is to say.
    #[must_use]
    pub fn ok(body: &Value) -> Self {
        Self::new(200, body)
    }

    /// Tells of a pet that has just been taken in.
    #[must_use]
    pub fn taken_in(pets: &[Pet]) -> Self {
        let mut answer = Self::one(pets);
        answer.status = 201;
        answer.location = pets.first().map(|pet| format!("/pets/{}", pet.id));
        answer
    }

    /// Tells of one pet.
    #[must_use]
    pub fn one(pets: &[Pet]) -> Self {
        Self::ok(&pets.first().map(json::pet).unwrap_or_default())
    }

    /// Tells of several.
    #[must_use]
    pub fn several(pets: &[Pet]) -> Self {
        Self::page(pets, None)
    }

    /// Tells of several, and where to go on.
    #[must_use]
    pub fn page(pets: &[Pet], next: Option<PetId>) -> Self {
        let pets: Vec<Value> = pets.iter().map(json::pet).collect();
        Self::ok(&match next {
            Some(next) => json!({ "pets": pets, "next": next.0 }),
            None => json!({ "pets": pets }),
        })
    }
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        Self::new(problem.status, &problem.body())
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Problem::from(refusal).into()
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or_default();
        let kind = match self.status {
            ..400 => "application/json",
            _ => "application/problem+json",
        };
        let location = self.location.map(|path| [(header::LOCATION, path)]);
        let kind = [(header::CONTENT_TYPE, kind)];
        let later = self.retry_after;
        let later = later.map(|seconds| [(header::RETRY_AFTER, seconds.to_string())]);
        (status, kind, location, later, self.body).into_response()
    }
}
