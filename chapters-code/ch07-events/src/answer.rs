//! What a function says that was given several things at once.

use serde::Deserialize;

/// The answer of a function whose mapping wants partial responses.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    batch_item_failures: Option<Vec<Failure>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

/// What it says that it has failed at; `None` if that cannot be read, which both kinds of
/// mappings take for a failure of all. To say nothing is to have failed at nothing.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
#[must_use]
pub fn failures(answer: &[u8]) -> Option<Vec<String>> {
    let answer: Option<Answer> = match answer {
        b"" => None,
        answer => serde_json::from_slice(answer).ok()?,
    };
    let failures = answer.and_then(|answer| answer.batch_item_failures);
    let failures = failures.unwrap_or_default().into_iter();
    Some(failures.map(|failure| failure.item_identifier).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn to_say_nothing_is_to_have_failed_at_nothing() {
        for answer in [
            "",
            "null",
            "{}",
            r#"{"batchItemFailures": null}"#,
            r#"{"batchItemFailures": []}"#,
        ] {
            assert_eq!(failures(answer.as_bytes()), Some(vec![]), "{answer}");
        }
    }

    #[test]
    fn what_is_named_is_read_and_what_cannot_be_read_is_none_of_it() {
        let named = br#"{"batchItemFailures": [{"itemIdentifier": "7"}]}"#;
        assert_eq!(failures(named), Some(vec!["7".to_owned()]));
        for odd in [
            r#"{"batchItemFailures": [{"id": "7"}]}"#,
            r#"{"batchItemFailures": [{"itemIdentifier": null}]}"#,
            "done",
            "[7",
        ] {
            assert_eq!(failures(odd.as_bytes()), None, "{odd}");
        }
    }
}
