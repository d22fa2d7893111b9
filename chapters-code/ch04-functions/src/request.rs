//! A request as a function gets it, and an answer as it gives it: JSON in API Gateway's
//! payload format 2.0.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use ch01_bare_server::fields::Complaint;
use ch01_bare_server::pets::PetId;
use ch01_bare_server::problem::Problem;
use ch01_bare_server::reading;
use ch01_bare_server::shop::Command;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::{Key, Order, Tell};
use hyper::HeaderMap;
use hyper::header::{self, HeaderValue};
use serde_json::Value;

/// A request that has come as an event.
#[derive(Debug)]
pub struct Request(pub ApiGatewayV2httpRequest);

impl Request {
    /// The route that it has met, such as `GET /pets/{id}`.
    #[must_use]
    pub fn route(&self) -> &str {
        self.0.route_key.as_deref().unwrap_or_default()
    }

    /// The number under which the host's log has it.
    #[must_use]
    pub fn id(&self) -> &str {
        let id = self.0.request_context.request_id.as_deref();
        id.unwrap_or_default()
    }

    /// What the path has in the place of `{name}`.
    #[must_use]
    pub fn part(&self, name: &str) -> String {
        let part = self.0.path_parameters.get(name);
        part.cloned().unwrap_or_default()
    }

    /// The pet of the path.
    #[must_use]
    pub fn pet(&self) -> PetId {
        PetId(self.part("id"))
    }

    /// What stands after the question mark.
    #[must_use]
    pub fn query(&self) -> &str {
        self.0.raw_query_string.as_deref().unwrap_or_default()
    }

    // ANCHOR: order
    /// Makes an order of what was posted.
    ///
    /// # Errors
    ///
    /// An answer that names all that is wrong with it.
    ///
    /// # Panics
    ///
    /// When the gateway says that a body is base64, and it is none.
    pub fn order(
        &self,
        read: impl FnOnce(&Value) -> Result<Command, Vec<Complaint>>,
        tell: Tell,
    ) -> Result<Order, Answer> {
        let key = self.key()?;
        let body = self.0.body.as_deref().unwrap_or_default();
        let body = Body::from_maybe_encoded(self.0.is_base64_encoded, body);
        let json = reading::json(self.field(header::CONTENT_TYPE.as_str()), &body)?;
        let command = read(&json).map_err(|complaints| reading::invalid_body(&complaints))?;
        let path = self.0.raw_path.as_deref().unwrap_or_default();
        let key = key.map(|name| Key::new(name, path, &body));
        Ok(Order { command, key, tell })
    }

    /// The gateway makes one field of several with the same name, with commas between
    /// them. Hence a key must not have a comma in it.
    fn key(&self) -> Result<Option<&str>, Problem> {
        let keys = self.field("idempotency-key").map(|keys| keys.split(','));
        reading::idempotency_key(&keys.into_iter().flatten().collect::<Vec<_>>())
    }
    // ANCHOR_END: order

    /// What is no text becomes empty.
    fn field(&self, name: &str) -> Option<&str> {
        let value = self.0.headers.get(name)?;
        Some(value.to_str().unwrap_or_default())
    }
}

// ANCHOR: respond
/// What a customer is told, for the gateway to write.
#[must_use]
pub fn respond(answer: Answer) -> ApiGatewayV2httpResponse {
    let kind = match answer.status {
        ..400 => "application/json",
        _ => "application/problem+json",
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let location = answer.location.map(HeaderValue::try_from);
    if let Some(Ok(path)) = location {
        headers.insert(header::LOCATION, path);
    }
    if let Some(seconds) = answer.retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = answer.status.into();
    response.headers = headers;
    response.body = Some(Body::Text(answer.body));
    response
}
// ANCHOR_END: respond
