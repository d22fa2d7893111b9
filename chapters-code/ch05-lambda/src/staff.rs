//! Who may do what: anybody may look and adopt, and the rest is the staff's.

use std::env;

use anyhow::{Context, Result, ensure};
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sha2::{Digest, Sha256};

/// The variable with the digests of the staff's keys.
const VARIABLE: &str = "STAFF_KEY_SHA256";

const ADVICE: &str = "it is what `printf %s KEY | sha256sum` prints of a key of the staff";

// ANCHOR: staff
/// The keys that the staff may have, of which nobody here knows more than the SHA-256.
///
/// A key is 256 random bits. Unlike a password, it cannot be found by trying what people
/// choose, and so no slower digest is needed.
#[derive(Debug, Clone)]
pub struct Staff(Vec<String>);

impl Staff {
    /// Whether a request bears one of them (RFC 6750, section 2.1).
    #[must_use]
    pub fn has_sent(&self, request: &ApiGatewayV2httpRequest) -> bool {
        let Some(key) = bearer(request) else {
            return false;
        };
        let digits = Sha256::digest(key).map(|byte| format!("{byte:02x}"));
        // How long this takes tells something of a digest, and nothing of a key.
        self.0.contains(&digits.as_slice().concat())
    }
}
// ANCHOR_END: staff

impl Staff {
    /// Those of `STAFF_KEY_SHA256`: 64 hexadecimal digits, or, while one key takes the
    /// place of another, both with a comma between them.
    ///
    /// # Errors
    ///
    /// When the variable is not set, or something else stands there.
    pub fn from_env() -> Result<Self> {
        let set = env::var(VARIABLE);
        let advice = format!("{VARIABLE} is not set: {ADVICE}");
        Self::parse(&set.context(advice)?)
    }

    fn parse(text: &str) -> Result<Self> {
        let digests = text.split(',').map(|each| each.trim().to_lowercase());
        let digests: Vec<String> = digests.collect();
        for digest in &digests {
            let is_hex = digest.chars().all(|digit| digit.is_ascii_hexdigit());
            ensure!(
                is_hex && digest.len() == 64,
                "{VARIABLE}: {digest:?} are not 64 hexadecimal digits: {ADVICE}"
            );
        }
        Ok(Self(digests))
    }
}

fn bearer(request: &ApiGatewayV2httpRequest) -> Option<&str> {
    let field = request.headers.get("authorization")?.to_str().ok()?;
    let (scheme, key) = field.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// Of `tulips`.
    const DIGEST: &str = "270fd076df620dfc6234c4b2bae509d432be5c662b5ba77f10c856eecf894533";

    fn request(headers: &Value) -> Result<ApiGatewayV2httpRequest> {
        Ok(serde_json::from_value(
            json!({ "requestContext": { "http": { "method": "POST" } }, "headers": headers }),
        )?)
    }

    #[test]
    fn whoever_bears_a_key_is_of_the_staff() -> Result<()> {
        let staff = Staff::parse(&format!("{}, {DIGEST}", "0".repeat(64)))?;
        for (field, due) in [
            ("Bearer tulips", true),
            ("bearer tulips", true),
            ("Bearer roses", false),
            ("Bearer ", false),
            ("Basic tulips", false),
            ("tulips", false),
            (DIGEST, false),
        ] {
            let request = request(&json!({ "authorization": field }))?;
            assert_eq!(staff.has_sent(&request), due, "{field}");
        }
        assert!(!staff.has_sent(&request(&json!({}))?));
        Ok(())
    }

    #[test]
    fn what_is_no_digest_is_refused_by_name() {
        for text in ["", "tulips", &DIGEST[1..], &format!("{DIGEST},")] {
            let error = Staff::parse(text).map(drop).unwrap_err().to_string();
            assert!(error.contains("STAFF_KEY_SHA256"), "{error}");
        }
    }
}
