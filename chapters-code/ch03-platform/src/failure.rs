//! Why there is no answer.

use std::error::Error;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{BuildError, DisplayErrorContext, ProvideErrorMetadata, SdkError};
use ch01_bare_server::problem::Problem;
use ch02_virtual_server::answer::Answer;

/// Why there is no answer. Whatever was to be written may or may not have been, and
/// nobody was told that it was.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The database cannot be reached, is too slow, or has too much to do. Later it may
    /// be different.
    #[error("the database is away: {0}")]
    Away(String),
    /// So many others wanted the same pets that nothing could be decided.
    #[error("others change the same pets all the time")]
    Contended,
    /// The database does not do what it was asked for, and will not.
    #[error("the database refuses: {0}")]
    Refused(String),
    /// It holds something that this program has not written.
    #[error("{0} is not what the shop writes: {1:?} is missing or of another type")]
    Odd(String, &'static str),
}

impl Failure {
    /// Seconds after which it is worth another try; `None` if somebody must do
    /// something first.
    #[must_use]
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Away(_) | Self::Contended => Some(1),
            Self::Refused(_) | Self::Odd(..) => None,
        }
    }
}

// ANCHOR: from
impl<E> From<SdkError<E, HttpResponse>> for Failure
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        let is_away = match &error {
            SdkError::ServiceError(refusal) => {
                refusal.raw().status().is_server_error() || is_too_much(refusal.err().code())
            }
            SdkError::ConstructionFailure(_) => false,
            _ => true,
        };
        let text = DisplayErrorContext(error).to_string();
        if is_away {
            Self::Away(text)
        } else {
            Self::Refused(text)
        }
    }
}
// ANCHOR_END: from

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// Whether the database says that it has too much to do.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
fn is_too_much(code: Option<&str>) -> bool {
    matches!(
        code,
        Some(
            "ProvisionedThroughputExceededException"
                | "RequestLimitExceeded"
                | "ThrottlingException"
        )
    )
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        let title = "The shop cannot reach its pets";
        Problem::new(503, "storage-failed", title, failure.to_string()).into()
    }
}
