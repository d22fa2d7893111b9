//! Why a command was not carried out, as a customer is told.

use ch01_bare_server::pets::{PetId, Refusal};
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::reused;
use ch03_platform::failure::Failure;
use event_store as store;

/// What a customer can do something about.
#[derive(Debug)]
pub(super) enum Wrong {
    /// The business says no.
    Refused(Refusal),
    /// The key is that of another request.
    KeyReused,
}

impl From<Refusal> for Wrong {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Wrong> for Answer {
    fn from(wrong: Wrong) -> Self {
        match wrong {
            Wrong::Refused(refusal) => refusal.into(),
            Wrong::KeyReused => reused(),
        }
    }
}

/// What a customer can do something about, or why there is no answer.
pub(super) fn of(failure: store::Failure) -> Result<Wrong, Failure> {
    match failure {
        store::Failure::KeyReused { .. } => Ok(Wrong::KeyReused),
        other => Err(self::failure(other)),
    }
}

/// Why there is no answer.
pub(crate) fn failure(failure: store::Failure) -> Failure {
    match failure {
        store::Failure::Contended { .. } => Failure::Contended,
        store::Failure::Busy { .. } | store::Failure::Unclear(_) => {
            Failure::Away(failure.to_string())
        }
        other => Failure::Refused(other.to_string()),
    }
}

/// Several pets refuse: the shop does not know one of them, or all that have a home are
/// named.
pub(super) fn together(refusals: store::Refusals<Refusal>) -> Wrong {
    let mut taken: Vec<PetId> = vec![];
    for (_, refusal) in refusals {
        match refusal {
            Refusal::AlreadyAdopted(pets) => taken.extend(pets),
            other => return other.into(),
        }
    }
    Refusal::AlreadyAdopted(taken).into()
}
