//! Why there is no answer.

use std::error::Error;
use std::iter::successors;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};
use ch01_bare_server::problem::Problem;
use ch02_virtual_server::answer::Answer;
use tracing::error;

/// Why there is no answer. Whatever was to be written may or may not have been, and
/// nobody was told that it was.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The database cannot be reached, is too slow, or has too much to do. Later it
    /// may be different.
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
                passes_by_itself(refusal.raw().status().as_u16(), refusal.err().code())
            }
            // No credentials are found, or the other side's certificate is not AWS's.
            SdkError::DispatchFailure(fault) if fault.is_other() => fault.as_other().is_some(),
            SdkError::ConstructionFailure(_) => false,
            _ => true,
        };
        let text = with_causes(&error);
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

/// An error of the SDK says little. What caused it says more.
fn with_causes(error: &dyn Error) -> String {
    let causes = successors(Some(error), |error| (*error).source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

/// Whether the database is in trouble, or has too much to do.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
fn passes_by_itself(status: u16, code: Option<&str>) -> bool {
    let is_too_much = matches!(
        code,
        Some(
            "ProvisionedThroughputExceededException"
                | "RequestLimitExceeded"
                | "ThrottlingException"
                // The same transaction, sent before, is not done yet.
                | "TransactionInProgressException"
        )
    );
    status >= 500 || is_too_much
}

// ANCHOR: answer
impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        // Why is for the log, and none of a customer's business.
        error!(because = %failure, "no answer");
        let detail = match failure.retry_after() {
            Some(_) => "the database is away; try again in a moment",
            None => "the shop cannot use its database; somebody must look after it",
        };
        let title = "The shop cannot reach its pets";
        let mut answer = Answer::from(Problem::new(503, "storage-failed", title, detail));
        answer.retry_after = failure.retry_after();
        answer
    }
}

// ANCHOR_END: answer

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing is throttled on this machine, and it is at AWS.
    #[test]
    fn what_passes_by_itself_is_worth_another_try() {
        for (status, code) in [
            (400, "ProvisionedThroughputExceededException"),
            (400, "ThrottlingException"),
            (500, "InternalServerError"),
            (503, "ServiceUnavailable"),
        ] {
            assert!(passes_by_itself(status, Some(code)), "{code}");
        }
        for code in [
            "ResourceNotFoundException",
            "AccessDeniedException",
            "ValidationException",
        ] {
            assert!(!passes_by_itself(400, Some(code)), "{code}");
        }
    }

    #[test]
    fn a_customer_is_not_told_the_names_of_our_tables() {
        let failure = Failure::Refused("ResourceNotFoundException: table shop-7".into());
        let answer = Answer::from(failure);
        assert_eq!((answer.status, answer.retry_after), (503, None));
        assert!(!answer.body.contains("shop-7"), "{}", answer.body);
    }
}
