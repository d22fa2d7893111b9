//! Whether a notice is the provider's: it signs the time and the body with a secret that
//! nobody else knows. No network, no clock.

use std::fmt;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::provider::Notice;

/// The header with the signature: `t=1795000000,v1=5257a8…`, the time in seconds since 1970 and a
/// signature for each secret.
pub const SIGNATURE: &str = "webhook-signature";

/// How much older or younger a notice may be than the shop's clock says. Whoever has caught
/// one on its way can send it again for so long, which changes nothing.
pub const TOLERANCE: Duration = Duration::from_mins(5);

/// Bytes of a secret, at least.
const LEAST: usize = 16;

/// What the provider signs with: one secret, or two while one takes the place of another.
#[derive(Clone)]
pub struct Secrets(Vec<Hmac<Sha256>>);

/// Why a notice is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// The header says no time and no signature.
    #[error("there is no signature")]
    Unsigned,
    /// No secret of ours has signed this time and this body.
    #[error("the signature is not the provider's")]
    Forged,
    /// It is too old, or from the future.
    #[error("it was signed at another time")]
    Stale,
    /// It is signed, and says nothing that we know.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

// ANCHOR: verify
impl Secrets {
    /// The notice in a body, if the provider has signed it, and has done so lately.
    ///
    /// # Errors
    ///
    /// Why it is not believed.
    pub fn verify(&self, header: &str, body: &[u8], now: Duration) -> Result<Notice, Rejected> {
        let at = values(header, "t").next().ok_or(Rejected::Unsigned)?;
        let signatures = values(header, "v1").filter_map(|digits| hex::decode(digits).ok());
        let signatures: Vec<Vec<u8>> = signatures.collect();
        if signatures.is_empty() {
            return Err(Rejected::Unsigned);
        }
        // Signed as the text that came, so that one notice has one form. `verify_slice` takes
        // as long for the wrong signature as for the right one.
        let mut expected = self.0.iter().map(|secret| signed(secret, at, body));
        let is_theirs = expected.any(|mac| {
            let mut signatures = signatures.iter();
            signatures.any(|signature| mac.clone().verify_slice(signature).is_ok())
        });
        if !is_theirs {
            return Err(Rejected::Forged);
        }
        let at = at.parse().map_err(|_| Rejected::Unsigned)?;
        if now.abs_diff(Duration::from_secs(at)) > TOLERANCE {
            return Err(Rejected::Stale);
        }
        let read = serde_json::from_slice(body);
        read.map_err(|error| Rejected::Unreadable(error.to_string()))
    }
    // ANCHOR_END: verify

    /// The header for a body that is sent at this time, since 1970.
    #[must_use]
    pub fn sign(&self, body: &[u8], at: Duration) -> String {
        let at = at.as_secs().to_string();
        let signatures = self.0.iter().map(|secret| {
            let signature = signed(secret, &at, body).finalize().into_bytes();
            format!(",v1={}", hex::encode(signature))
        });
        format!("t={at}{}", signatures.collect::<String>())
    }

    /// Those of this text, with commas between them.
    ///
    /// # Errors
    ///
    /// When one is shorter than 16 bytes. What it is instead is not told.
    pub fn parse(text: &str) -> Result<Self, TooShort> {
        let secrets = text.split(',').map(|secret| {
            let secret = secret.trim().as_bytes();
            let long = (secret.len() >= LEAST).then_some(secret);
            let mac = long.and_then(|secret| Hmac::new_from_slice(secret).ok());
            mac.ok_or(TooShort)
        });
        Ok(Self(secrets.collect::<Result<_, _>>()?))
    }
}

/// A secret that can be guessed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a secret of a webhook has {LEAST} bytes at least")]
pub struct TooShort;

fn signed(secret: &Hmac<Sha256>, at: &str, body: &[u8]) -> Hmac<Sha256> {
    let mac = secret.clone().chain_update(at);
    mac.chain_update(".").chain_update(body)
}

/// What stands behind a name in the header.
fn values<'a>(header: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let parts = header
        .split(',')
        .filter_map(|part| part.trim().split_once('='));
    parts
        .filter(move |(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// The secrets themselves are nobody's business.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Charge, NoticeKind, Status};

    const OLD: &str = "tulips-tulips-tulips";
    const NEW: &str = "violets-violets-violets";
    const NOW: Duration = Duration::from_secs(1_795_000_000);

    fn secrets(text: &str) -> Secrets {
        Secrets::parse(text).expect("they are long enough")
    }

    fn notice() -> Notice {
        let charge = Charge {
            id: "ch_1".into(),
            reference: "1".into(),
            card: "ada".into(),
            amount: 12_000,
            currency: "EUR".into(),
            status: Status::Succeeded,
            reason: None,
            created_at: 0,
        };
        Notice {
            id: "ch_1_succeeded".into(),
            kind: NoticeKind::Succeeded,
            charge,
        }
    }

    fn body() -> Vec<u8> {
        serde_json::to_vec(&notice()).expect("JSON")
    }

    #[test]
    fn what_the_provider_has_signed_is_believed() {
        let secrets = secrets(OLD);
        let header = secrets.sign(&body(), NOW);
        for later in [0, 299, 300] {
            let now = NOW + Duration::from_secs(later);
            assert_eq!(secrets.verify(&header, &body(), now), Ok(notice()));
        }
    }

    #[test]
    fn a_signature_is_that_of_the_time_and_the_body() {
        // $ printf '%s' '1795000000.{}' | openssl dgst -sha256 -hmac tulips-tulips-tulips
        let header = secrets(OLD).sign(b"{}", NOW);
        let expected =
            "t=1795000000,v1=ad0e871fdfe2d75ebc55013f2d216616b45381c96c22877b4392fe61b6c0a87e";
        assert_eq!(header, expected);
    }

    #[test]
    fn a_changed_body_or_time_is_not_believed() {
        let secrets = secrets(OLD);
        let header = secrets.sign(&body(), NOW);
        let changed = String::from_utf8_lossy(&body()).replace("12000", "1");
        let rejected = secrets.verify(&header, changed.as_bytes(), NOW);
        assert_eq!(rejected, Err(Rejected::Forged));
        let younger = header.replace("t=1795000000", "t=1795000300");
        let rejected = secrets.verify(&younger, &body(), NOW);
        assert_eq!(rejected, Err(Rejected::Forged));
    }

    #[test]
    fn a_wrong_signature_or_none_is_not_believed() {
        let secrets = secrets(OLD);
        let forged = self::secrets(NEW).sign(&body(), NOW);
        let rejected = secrets.verify(&forged, &body(), NOW);
        assert_eq!(rejected, Err(Rejected::Forged));
        for header in [
            "",
            "t=1795000000",
            "t=1795000000,v1=",
            "v1=00",
            "t=x,v1=00",
            "v1",
            "=,=",
        ] {
            let rejected = secrets.verify(header, &body(), NOW);
            assert!(
                matches!(rejected, Err(Rejected::Unsigned | Rejected::Forged)),
                "{header}: {rejected:?}"
            );
        }
    }

    #[test]
    fn what_is_old_or_of_the_future_is_not_believed() {
        let secrets = secrets(OLD);
        let header = secrets.sign(&body(), NOW);
        let far = TOLERANCE + Duration::from_secs(1);
        for now in [NOW + far, NOW.saturating_sub(far)] {
            let rejected = secrets.verify(&header, &body(), now);
            assert_eq!(rejected, Err(Rejected::Stale));
        }
    }

    #[test]
    fn a_secret_is_changed_without_losing_a_notice() {
        let (old, new) = (secrets(OLD), secrets(NEW));
        let both = secrets(&format!("{NEW},{OLD}"));
        // First the shop learns the new one, then the provider signs with it, too.
        for (signs, reads) in [(&old, &both), (&both, &old), (&both, &new), (&new, &both)] {
            let header = signs.sign(&body(), NOW);
            assert_eq!(reads.verify(&header, &body(), NOW), Ok(notice()));
        }
        let header = old.sign(&body(), NOW);
        assert_eq!(new.verify(&header, &body(), NOW), Err(Rejected::Forged));
    }

    #[test]
    fn a_notice_that_says_nothing_is_told_apart_from_a_forged_one() {
        let secrets = secrets(OLD);
        let header = secrets.sign(b"{}", NOW);
        let rejected = secrets.verify(&header, b"{}", NOW);
        assert!(matches!(rejected, Err(Rejected::Unreadable(_))));
    }

    #[test]
    fn short_secrets_are_not_taken() {
        assert!(Secrets::parse("tulips").is_err());
        assert!(Secrets::parse("").is_err());
    }
}
