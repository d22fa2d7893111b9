//! Where a list goes on, in a form that nobody outside can read or write.

use std::env;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ch01_bare_server::shop::Filter;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The variable with the keys.
const VARIABLE: &str = "CURSOR_KEY";

/// Bytes of a key, and of a signature.
const LENGTH: usize = 32;

// ANCHOR: cursors
/// The keys with which the shop signs its cursors: the first of them, while all are good.
#[derive(Clone)]
pub struct Cursors(Vec<Hmac<Sha256>>);

impl Cursors {
    /// A cursor for those who ask for the same again: the list goes on after `place`.
    #[must_use]
    pub fn write(&self, filter: &Filter, place: &str) -> String {
        let signature = signed(&self.0[0], filter, place).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([&signature, place.as_bytes()].concat())
    }

    /// The place in it; `None` if the shop has not given it, or to those who asked for
    /// something else.
    #[must_use]
    pub fn read(&self, filter: &Filter, cursor: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (signature, place) = bytes.split_at_checked(LENGTH)?;
        let place = str::from_utf8(place).ok()?;
        let mut keys = self.0.iter();
        let is_ours = keys.any(|key| signed(key, filter, place).verify_slice(signature).is_ok());
        is_ours.then(|| place.to_owned())
    }
}

/// Of which list, and where in it. How many pets a page has may differ from page to page.
fn signed(key: &Hmac<Sha256>, filter: &Filter, place: &str) -> Hmac<Sha256> {
    let list = format!("{:?}\n{:?}\n{place}", filter.status, filter.species);
    key.clone().chain_update(list)
}
// ANCHOR_END: cursors

impl Cursors {
    /// Those of `CURSOR_KEY`: 64 hexadecimal digits, or several such with commas between
    /// them while one takes the place of another.
    ///
    /// # Errors
    ///
    /// When the variable is not set, or something else stands there.
    pub fn from_env() -> Result<Self> {
        let set = env::var(VARIABLE).ok();
        Self::parse(&set.with_context(|| {
            format!("{VARIABLE} is not set: it is what `openssl rand -hex {LENGTH}` prints")
        })?)
    }

    /// Those of this text, as it may stand in `CURSOR_KEY`.
    ///
    /// # Errors
    ///
    /// When one of them is not 64 hexadecimal digits. What it is instead is not told.
    pub fn parse(text: &str) -> Result<Self> {
        let keys = text.split(',').map(|key| {
            let key = self::key(key.trim());
            // What it is stays out of the log.
            key.with_context(|| {
                format!("{VARIABLE}: a key in it is not 64 hexadecimal digits, as `openssl rand -hex {LENGTH}` prints")
            })
        });
        let keys: Vec<_> = keys.collect::<Result<_>>()?;
        Ok(Self(keys))
    }
}

fn key(digits: &str) -> Option<Hmac<Sha256>> {
    let key = hex::decode(digits).ok()?;
    (key.len() == LENGTH).then(|| Hmac::new_from_slice(&key).ok())?
}

/// The keys themselves are nobody's business.
impl std::fmt::Debug for Cursors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cursors({} keys)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "4d2a6b9c8e7f50413223140516273849a0b1c2d3e4f5061728394a5b6c7d8e9f";
    const NEW: &str = "0011223344556677889900112233445566778899001122334455667788990011";
    const PLACE: &str = "lovebird#0199f0a0-0000-7000-8000-000000000000";

    fn lovebirds() -> Filter {
        Filter {
            status: Some("available"),
            species: Some("lovebird".to_owned()),
            limit: 20,
            after: None,
        }
    }

    #[test]
    fn a_list_goes_on_where_it_ended() -> Result<()> {
        let cursors = Cursors::parse(OLD)?;
        let cursor = cursors.write(&lovebirds(), PLACE);
        let more = Filter {
            limit: 100,
            ..lovebirds()
        };
        assert_eq!(cursors.read(&more, &cursor).as_deref(), Some(PLACE));
        Ok(())
    }

    #[test]
    fn a_cursor_is_good_for_the_list_that_it_is_of() -> Result<()> {
        let cursors = Cursors::parse(OLD)?;
        let cursor = cursors.write(&lovebirds(), PLACE);
        for other in [
            Filter {
                species: Some("dog".to_owned()),
                ..lovebirds()
            },
            Filter {
                species: None,
                ..lovebirds()
            },
            Filter {
                status: None,
                ..lovebirds()
            },
        ] {
            assert_eq!(cursors.read(&other, &cursor), None, "{other:?}");
        }
        Ok(())
    }

    #[test]
    fn no_bit_of_a_cursor_can_be_changed() -> Result<()> {
        let cursors = Cursors::parse(OLD)?;
        let bytes = URL_SAFE_NO_PAD.decode(cursors.write(&lovebirds(), PLACE))?;
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let cursor = URL_SAFE_NO_PAD.encode(damaged);
            assert_eq!(cursors.read(&lovebirds(), &cursor), None, "bit {bit}");
        }
        for made_up in ["", "7", "AAAA", "not base64!"] {
            assert_eq!(cursors.read(&lovebirds(), made_up), None, "{made_up:?}");
        }
        Ok(())
    }

    #[test]
    fn while_keys_change_old_cursors_are_good() -> Result<()> {
        let cursor = Cursors::parse(OLD)?.write(&lovebirds(), PLACE);
        let both = Cursors::parse(&format!("{NEW}, {OLD}"))?;
        assert!(both.read(&lovebirds(), &cursor).is_some());
        let signed = both.write(&lovebirds(), PLACE);
        let new = Cursors::parse(NEW)?;
        assert!(new.read(&lovebirds(), &signed).is_some());
        assert!(new.read(&lovebirds(), &cursor).is_none());
        Ok(())
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_told() {
        for text in [
            "",
            "secret",
            &OLD[1..],
            &format!("{OLD},"),
            &OLD.replace('4', "g"),
        ] {
            let error = Cursors::parse(text).map(drop).unwrap_err().to_string();
            assert!(error.contains("CURSOR_KEY"), "{error}");
            assert!(text.is_empty() || !error.contains(text), "{error}");
        }
    }
}
