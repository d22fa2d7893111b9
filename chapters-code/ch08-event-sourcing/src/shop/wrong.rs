//! Why a command was not carried out, as a customer is told.

use ch01_bare_server::pets::{PetId, Refusal};
use ch01_bare_server::problem::Problem;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::reused;
use ch03_platform::failure::Failure;
use event_store as store;

use super::Business;

/// What a customer can do something about.
#[derive(Debug)]
pub enum Wrong {
    /// The business says no.
    Refused(Refusal),
    /// It says no for a reason of its own.
    Otherwise(Problem),
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
            Wrong::Otherwise(problem) => problem.into(),
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
#[must_use]
pub fn failure(failure: store::Failure) -> Failure {
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
pub(super) fn together<D: Business>(refusals: store::Refusals<D::Error>) -> Wrong {
    let mut taken: Vec<PetId> = vec![];
    for (_, refusal) in refusals {
        match D::refused(refusal) {
            Wrong::Refused(Refusal::AlreadyAdopted(pets)) => taken.extend(pets),
            other => return other,
        }
    }
    Refusal::AlreadyAdopted(taken).into()
}
