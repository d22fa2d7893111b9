//! What a step claims of itself, and a test makes sure of.

use std::fmt;
use std::str::FromStr;

/// The claim beside a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Badge {
    /// `runs`: a session of the page runs this example.
    Runs,
    /// `passes`: its tests pass, and there is at least one.
    Passes,
    /// `fails`: a session of the page shows it fail, with a status.
    Fails,
    /// `E0382`: it does not compile, for exactly this error.
    Error(String),
    /// `breaks-P3`: while it runs, it breaks this promise.
    Breaks(String),
    /// `keeps-P3`: while it runs, it keeps this promise.
    Keeps(String),
}

impl Badge {
    /// As a page writes it, which is also the end of its class: `badge-E0382`.
    #[must_use]
    pub fn written(&self) -> String {
        match self {
            Self::Runs => "runs".to_owned(),
            Self::Passes => "passes".to_owned(),
            Self::Fails => "fails".to_owned(),
            Self::Error(code) => code.clone(),
            Self::Breaks(promise) => format!("breaks-{promise}"),
            Self::Keeps(promise) => format!("keeps-{promise}"),
        }
    }
}

impl fmt::Display for Badge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Runs => write!(f, "runs"),
            Self::Passes => write!(f, "passes its tests"),
            Self::Fails => write!(f, "fails on purpose"),
            Self::Error(code) => write!(f, "does not compile ({code})"),
            Self::Breaks(promise) => write!(f, "breaks {promise}"),
            Self::Keeps(promise) => write!(f, "keeps {promise}"),
        }
    }
}

impl FromStr for Badge {
    type Err = String;

    fn from_str(said: &str) -> Result<Self, String> {
        let numbered = |text: &str, letter: char, digits: &[usize]| {
            text.strip_prefix(letter).is_some_and(|number| {
                digits.contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
            })
        };
        match said {
            "runs" => return Ok(Self::Runs),
            "passes" => return Ok(Self::Passes),
            "fails" => return Ok(Self::Fails),
            _ if numbered(said, 'E', &[4]) => return Ok(Self::Error(said.to_owned())),
            _ => {}
        }
        match said.split_once('-') {
            Some(("breaks", promise)) if numbered(promise, 'P', &[1, 2]) => {
                Ok(Self::Breaks(promise.to_owned()))
            }
            Some(("keeps", promise)) if numbered(promise, 'P', &[1, 2]) => {
                Ok(Self::Keeps(promise.to_owned()))
            }
            _ => Err(format!(
                "`{said}` is no badge; there are `runs`, `passes`, `fails`, an error's code as `E0382`, \
                 `breaks-P3`, `keeps-P3`"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_reads_as_a_person_would_say_it() {
        for (said, read) in [
            ("runs", "runs"),
            ("passes", "passes its tests"),
            ("fails", "fails on purpose"),
            ("E0382", "does not compile (E0382)"),
            ("breaks-P3", "breaks P3"),
            ("keeps-P14", "keeps P14"),
        ] {
            let badge: Badge = said.parse().unwrap();
            assert_eq!(
                (badge.to_string().as_str(), badge.written().as_str()),
                (read, said)
            );
        }
        for said in [
            "run",
            "E38",
            "E03822",
            "breaks",
            "breaks-3",
            "keeps-P",
            "keeps-P123",
        ] {
            assert!(said.parse::<Badge>().is_err(), "{said}");
        }
    }
}
