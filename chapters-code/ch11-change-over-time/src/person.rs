//! What belongs to a person, in a form that only the shop can read, and only as long as it has
//! that person's key. No network, no disk, no clock.

use std::fmt;

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Bytes of a key, and of a fingerprint.
pub const LENGTH: usize = 32;

/// Bytes of a nonce. <https://csrc.nist.gov/pubs/sp/800/38/d/final>, section 5.2.1.1
pub const NONCE: usize = 12;

/// What a sealed text begins with.
const PREFIX: &str = "person:";

/// The name that the shop has drawn for a person. It says nothing of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonId(pub String);

// ANCHOR: sealed
/// A text that belongs to a person: whose it is, and what it says to whoever has the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Whose.
    pub person: PersonId,
    /// The nonce, and after it what it says, encrypted.
    pub bytes: Vec<u8>,
}

/// A person, as long as there is a key.
#[derive(Clone)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// With AES-256, which nobody can do without it.
    key: [u8; LENGTH],
}

impl Person {
    /// Seals a text of theirs. No nonce may come twice with one key: it is 12 random bytes, which
    /// is good for four billion texts.
    /// <https://csrc.nist.gov/pubs/sp/800/38/d/final>, section 8.3
    #[must_use]
    pub fn seal(&self, nonce: [u8; NONCE], text: &str) -> Sealed {
        let payload = Payload {
            msg: text.as_bytes(),
            aad: self.id.0.as_bytes(),
        };
        let sealed = self.cipher().encrypt(&Nonce::from(nonce), payload);
        let sealed = sealed.unwrap_or_else(|_| unreachable!("a text of 64 GiB"));
        Sealed {
            person: self.id.clone(),
            bytes: [&nonce[..], &sealed].concat(),
        }
    }

    /// What it says; `None` if it is another person's, or not as it was sealed.
    #[must_use]
    pub fn open(&self, sealed: &Sealed) -> Option<String> {
        let (nonce, bytes) = sealed.bytes.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let payload = Payload {
            msg: bytes,
            aad: self.id.0.as_bytes(),
        };
        let text = self.cipher().decrypt(&Nonce::from(nonce), payload).ok()?;
        String::from_utf8(text).ok()
    }
    // ANCHOR_END: sealed

    /// The person of this name, with this key.
    #[must_use]
    pub fn new(id: PersonId, key: [u8; LENGTH]) -> Self {
        Self { id, key }
    }

    // ANCHOR: fingerprint
    /// A fingerprint of what they have asked for, which says nothing to whoever has no key. Without
    /// it one could try which name leads to it.
    #[must_use]
    pub fn fingerprint(&self, of: &[u8; LENGTH]) -> [u8; LENGTH] {
        let mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&self.key);
        let mac = mac.unwrap_or_else(|_| unreachable!("a key of any length will do"));
        mac.chain_update(of).finalize().into_bytes().into()
    }
    // ANCHOR_END: fingerprint

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&self.key.into())
    }
}

/// The key is nobody's business.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Person").field(&self.id.0).finish()
    }
}

// ANCHOR: text
/// As it stands in an event, in the place of what it says.
impl fmt::Display for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = URL_SAFE_NO_PAD.encode(&self.bytes);
        write!(f, "{PREFIX}{}:{bytes}", self.person.0)
    }
}

impl Sealed {
    /// Reads it; `None` if it is an open text, as last year's are.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (person, bytes) = text.strip_prefix(PREFIX)?.split_once(':')?;
        let bytes = URL_SAFE_NO_PAD.decode(bytes).ok()?;
        let person = PersonId(person.to_owned());
        Some(Self { person, bytes })
    }
}
// ANCHOR_END: text

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn person(id: &str, key: u8) -> Person {
        Person::new(PersonId(id.into()), [key; LENGTH])
    }

    proptest! {
        #[test]
        fn what_was_sealed_is_opened_with_the_key_and_with_no_other(
            text in ".{0,300}", nonce: [u8; NONCE], keys in (0..9u8, 10..19u8)
        ) {
            let (ada, grace) = (person("1", keys.0), person("1", keys.1));
            let sealed = ada.seal(nonce, &text);
            let read = Sealed::read(&sealed.to_string());
            prop_assert_eq!(read.as_ref(), Some(&sealed));
            prop_assert_eq!(ada.open(&sealed), Some(text));
            prop_assert_eq!(grace.open(&sealed), None);
        }

        #[test]
        fn whatever_is_changed_in_it_is_seen(place in 0..NONCE + 3 + 16, bit in 0..8u32) {
            let ada = person("1", 7);
            let mut sealed = ada.seal([3; NONCE], "Ada");
            sealed.bytes[place] ^= 1 << bit;
            prop_assert_eq!(ada.open(&sealed), None);
        }

        #[test]
        fn nobody_finds_a_name_in_what_is_sealed(name in "[a-zA-Z]{3,40}", nonce: [u8; NONCE]) {
            let sealed = person("1", 7).seal(nonce, &name);
            prop_assert!(!sealed.bytes.windows(name.len()).any(|part| part == name.as_bytes()));
        }
    }

    #[test]
    fn what_is_sealed_for_one_person_is_not_opened_as_anothers() {
        let sealed = person("1", 7).seal([3; NONCE], "Ada");
        let moved = Sealed {
            person: PersonId("2".into()),
            ..sealed
        };
        assert_eq!(person("2", 7).open(&moved), None);
    }

    #[test]
    fn an_open_name_is_taken_for_no_sealed_one() {
        for name in [
            "Ada",
            "",
            "person:",
            "person:1",
            "person:1:?",
            "Person:1:AAAA",
        ] {
            assert_eq!(Sealed::read(name), None, "{name}");
        }
    }

    #[test]
    fn a_fingerprint_depends_on_what_was_asked_for_and_on_the_key() {
        let (ada, grace) = (person("1", 7), person("2", 8));
        let of = |person: &Person, byte| person.fingerprint(&[byte; LENGTH]);
        assert_eq!(of(&ada, 1), of(&ada, 1));
        assert_ne!(of(&ada, 1), of(&ada, 2));
        assert_ne!(of(&ada, 1), of(&grace, 1));
    }

    #[test]
    fn no_key_is_printed() {
        assert_eq!(format!("{:?}", person("1", 7)), "Person(\"1\")");
    }
}
