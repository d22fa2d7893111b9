//! What somebody has seen, as a field of HTTP: `Seen: pet#0199…;commit=3`.
//!
//! No standard has a field for it. This one is a list of RFC 9651, as new fields should be: of
//! streams, each with the number of a commit. An answer to a write has one, and whoever sends it
//! along with a request is answered from views that have come as far.
//! <https://www.rfc-editor.org/rfc/rfc9651#section-3.1>

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use ch01_bare_server::pets::PetId;
use ch01_bare_server::problem::Problem;
use ch02_virtual_server::answer::Answer;
use ch03_platform::items::is_id;
use ch08_event_sourcing::shop::PREFIX;
use event_store::StreamId;

/// What the field is called.
pub const SEEN: &str = "seen";

/// How many streams it may name: as many pets as can be adopted at once.
const MOST: usize = 20;

/// Digits of an integer of RFC 9651.
const DIGITS: usize = 15;

/// The commits that somebody has seen.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Seen(pub BTreeMap<StreamId, u64>);

impl Seen {
    // ANCHOR: parse
    /// Reads such a field. Whatever else it says is not taken for something that was not seen.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that names what is wrong with it.
    pub fn parse(field: &str) -> Result<Self, Problem> {
        let mut seen = BTreeMap::new();
        for member in field
            .split(',')
            .map(|member| member.trim_matches([' ', '\t']))
        {
            let read = member.split_once(';').and_then(|(name, parameter)| {
                let commit = parameter.trim_start_matches(' ').strip_prefix("commit=")?;
                Some((stream(name)?, number(commit)?))
            });
            let (stream, commit) = read.ok_or_else(|| {
                invalid(&format!(
                    "{member:?} is not like {PREFIX}NAME;commit=NUMBER"
                ))
            })?;
            // Who has seen two commits of a stream has seen the later one.
            let newest = seen.entry(stream).or_insert(commit);
            *newest = commit.max(*newest);
        }
        if seen.len() > MOST {
            return Err(invalid(&format!("it names more than {MOST} streams")));
        }
        Ok(Self(seen))
    }
    // ANCHOR_END: parse
}

impl Display for Seen {
    fn fmt(&self, field: &mut Formatter<'_>) -> fmt::Result {
        for (at, (stream, commit)) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(field, "{comma}{stream};commit={commit}")?;
        }
        Ok(())
    }
}

/// The stream of a pet of which the shop may have told.
fn stream(name: &str) -> Option<StreamId> {
    let id = PetId(name.strip_prefix(PREFIX)?.to_owned());
    is_id(&id).then(|| name.into())
}

fn number(digits: &str) -> Option<u64> {
    let is_short = digits.len() <= DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| is_short && *number > 0)
}

fn invalid(why: &str) -> Problem {
    let title = "The field Seen is not valid";
    let detail = format!("{why}; send what the shop has sent, or nothing");
    Problem::new(400, "invalid-seen", title, detail)
}

/// What is answered when a stream has no such commit: nobody can have seen it.
#[must_use]
pub fn unknown(stream: &StreamId, commit: u64) -> Answer {
    invalid(&format!("{stream} has no commit {commit}")).into()
}

/// What is answered when the views are not there in time.
#[must_use]
pub fn behind() -> Answer {
    let title = "The shop's list is behind";
    let detail = "what you have seen is not in it yet; try again in a moment";
    let mut answer = Answer::from(Problem::new(503, "list-behind", title, detail));
    answer.retry_after = Some(1);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIWI: &str = "pet#0199f0a0-0000-7000-8000-000000000001";
    const MANGO: &str = "pet#0199f0a0-0000-7000-8000-000000000002";

    #[test]
    fn what_the_shop_sends_it_understands() {
        let sent = Seen([(KIWI.into(), 3), (MANGO.into(), 1)].into());
        let field = sent.to_string();
        assert_eq!(field, format!("{KIWI};commit=3, {MANGO};commit=1"));
        assert_eq!(Seen::parse(&field), Ok(sent.clone()));
        // Of two fields a gateway makes one, and a client may have kept both.
        let more = format!("{KIWI};commit=1,{MANGO}; commit=1 ,\t{KIWI};commit=3");
        assert_eq!(Seen::parse(&more), Ok(sent));
    }

    #[test]
    fn whatever_else_is_refused_with_what_is_wrong() {
        for odd in [
            "",
            ",",
            "pet#7;commit=1",
            KIWI,
            &format!("{KIWI};commit=0"),
            &format!("{KIWI};commit=-1"),
            &format!("{KIWI};commit=+1"),
            &format!("{KIWI};commit=1234567890123456"),
            &format!("{KIWI};commit=1;more=2"),
            &format!("{KIWI};c=1"),
            &format!("{KIWI};commit=1,"),
            "key#0199f0a0-0000-7000-8000-000000000001;commit=1",
        ] {
            let problem = Seen::parse(odd).expect_err(odd);
            assert_eq!(
                (problem.status, problem.name),
                (400, "invalid-seen"),
                "{odd}"
            );
        }
    }

    #[test]
    fn nobody_sees_more_than_can_be_adopted_at_once() {
        let all = |most: usize| {
            let names = (0..most).map(|at| format!("{}{at:03};commit=1", &KIWI[..KIWI.len() - 3]));
            names.collect::<Vec<_>>().join(",")
        };
        assert_eq!(Seen::parse(&all(20)).map(|seen| seen.0.len()), Ok(20));
        assert!(Seen::parse(&all(21)).is_err());
    }
}
