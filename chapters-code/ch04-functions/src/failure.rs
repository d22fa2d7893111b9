//! Why there is no answer.

use std::process::ExitStatus;
use std::time::Duration;

// ANCHOR: failure
/// Why a function has not answered.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// All processes that it may have are busy. Later it may be different.
    #[error("no process was free")]
    Busy,
    /// It says so itself.
    #[error("{kind}: {message}")]
    Error {
        /// `errorType`
        kind: String,
        /// `errorMessage`
        message: String,
    },
    /// It has not answered in time.
    #[error("it took longer than {} s", .0.as_secs_f64())]
    Timeout(Duration),
    /// Its process has ended before the answer.
    #[error("its process has ended: {0}")]
    Exit(ExitStatus),
    /// It cannot even be started.
    #[error("it cannot be started: {0}")]
    Start(std::io::Error),
    /// Its answer is no JSON.
    #[error("its answer is no JSON")]
    Garbage,
    /// Its answer is longer than an answer may be.
    #[error("its answer is too large")]
    TooLarge,
    /// It has asked for the next event before it answered this one.
    #[error("it asked for more before it had answered")]
    Order,
    /// The host ends, and could not wait.
    #[error("the host has ended")]
    Stopped,
}
// ANCHOR_END: failure

impl Failure {
    /// What Lambda calls it in its logs.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Error { kind, .. } => kind,
            Self::Exit(_) => "Runtime.ExitError",
            Self::TooLarge => "Function.ResponseSizeTooLarge",
            Self::Garbage => "Runtime.InvalidResponse",
            Self::Order => "Runtime.InvalidStateTransition",
            _ => "Runtime.Unknown",
        }
    }

    /// Whether the process that has failed so can take another event.
    #[must_use]
    pub fn leaves_it_well(&self) -> bool {
        matches!(self, Self::Error { .. })
    }
}
