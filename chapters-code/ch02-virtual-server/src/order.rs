//! What a customer wants, and the key by which a request is known again.

use ch01_bare_server::pets::Pet;
use ch01_bare_server::problem::Problem;
use ch01_bare_server::shop::Command;
use sha2::{Digest, Sha256};

use crate::answer::Answer;

// ANCHOR: order
/// What the answer to a command says of the pets that it was about.
pub type Tell = fn(&[Pet]) -> Answer;

/// A command, and how to answer it.
#[derive(Debug, Clone)]
pub struct Order {
    /// What somebody wants.
    pub command: Command,
    /// The idempotency key that came with it.
    pub key: Option<Key>,
    /// How to tell that it was done.
    pub tell: Tell,
}
// ANCHOR_END: order

/// The key of a request, and what the request was.
#[derive(Debug, Clone)]
pub struct Key {
    /// 1 to 255 visible ASCII characters.
    pub name: String,
    /// Differs between requests that differ.
    pub fingerprint: [u8; 32],
}

impl Key {
    /// The key `name` of a `POST` of `body` to `path`.
    #[must_use]
    pub fn new(name: &str, path: &str, body: &[u8]) -> Self {
        let hash = Sha256::new_with_prefix(path).chain_update("\n");
        let fingerprint = hash.chain_update(body).finalize().into();
        let name = name.to_owned();
        Self { name, fingerprint }
    }
}

/// What is answered when a key comes again with a request that differs.
#[must_use]
pub fn reused() -> Answer {
    let detail = "the key came with another request before; a new request needs a new key";
    let title = "The Idempotency-Key belongs to another request";
    Problem::new(422, "idempotency-key-reused", title, detail).into()
}
