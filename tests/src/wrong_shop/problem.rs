//! Answers, good and bad.

use serde_json::{Value, json};

/// What goes back to the client.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub status: u16,
    pub body: Option<Value>,
    pub fields: Vec<(String, String)>,
    /// Whether the connection ends with it.
    pub close: bool,
}

impl Reply {
    pub fn ok(body: Value) -> Self {
        Self::new(200, Some(body))
    }

    pub fn new(status: u16, body: Option<Value>) -> Self {
        Self {
            status,
            body,
            fields: Vec::new(),
            close: false,
        }
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.push((name.to_owned(), value.into()));
        self
    }

    pub fn closing(mut self) -> Self {
        self.close = true;
        self
    }
}

/// A problem document of this type.
pub fn problem(status: u16, kind: &str, detail: &str) -> Reply {
    let title = kind.replace('-', " ");
    Reply::new(
        status,
        Some(
            json!({ "type": format!("/problems/{kind}"), "title": title, "status": status, "detail": detail }),
        ),
    )
}

/// A body that breaks its schema, and where.
pub fn invalid_body(errors: Vec<(String, String)>) -> Reply {
    let mut reply = problem(422, "invalid-body", "The body breaks its schema.");
    let errors: Vec<Value> = errors
        .into_iter()
        .map(|(pointer, detail)| json!({ "pointer": pointer, "detail": detail }))
        .collect();
    if let Some(body) = &mut reply.body {
        body["errors"] = json!(errors);
    }
    reply
}

pub fn pet_not_found() -> Reply {
    problem(404, "pet-not-found", "The shop does not know this pet.")
}
