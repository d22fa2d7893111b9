//! Where a request leads, if no gateway has said so: there is none before `cargo lambda
//! watch`, and one whose only route is `$default` says nothing.

use std::collections::HashMap;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use matchit::{InsertError, Router};

// ANCHOR: find
/// The paths of the shop, which has no more.
const PATHS: [&str; 8] = [
    "/pets",
    "/pets/{id}",
    "/pets/{id}/adoption",
    "/pets/{id}/return",
    "/pets/{id}/history",
    "/adoptions",
    "/reports/{name}",
    "/health",
];

/// The paths, to be looked up.
#[derive(Debug)]
pub struct Routes(Router<&'static str>);

impl Routes {
    /// Those of [`PATHS`].
    ///
    /// # Errors
    ///
    /// When two of them are one.
    pub fn new() -> Result<Self, InsertError> {
        let mut router = Router::new();
        for path in PATHS {
            router.insert(path, path)?;
        }
        Ok(Self(router))
    }

    /// Says in a request which route it has met, and what its path has in the place of a
    /// name, as a gateway would have done.
    pub fn find(&self, event: &mut ApiGatewayV2httpRequest) {
        let path = event.raw_path.clone().unwrap_or_default();
        let Ok(found) = self.0.at(&path) else {
            return;
        };
        let method = match event.request_context.http.method.as_str() {
            "HEAD" => "GET", // without the body, which is nobody's business here
            method => method,
        };
        event.route_key = Some(format!("{method} {}", found.value));
        let parts = found.params.iter();
        let parts = parts.map(|(name, part)| (name.to_owned(), part.to_owned()));
        event.path_parameters = parts.collect::<HashMap<_, _>>();
    }
}
// ANCHOR_END: find
