//! How a pet was, after one of its commits or at some time.

use std::time::Duration;

use ch01_bare_server::pets::{PetId, Refusal};
use ch01_bare_server::problem::Problem;
use ch02_virtual_server::answer::Answer;
use ch03_platform::failure::Failure;
use ch03_platform::items::is_id;
use ch08_event_sourcing::shop::{self, Shop};
use event_store::Told;

use crate::history::commits;
use crate::pets::Pets;

/// Of which moment something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// After this commit.
    Commit(u64),
    /// At this time, since 1970.
    At(Duration),
}

impl Moment {
    /// Reads `commit=3` or `at=1795895479` out of the query of a request; `None` if it asks for no
    /// moment.
    ///
    /// # Errors
    ///
    /// When it asks for two, or for none that there is.
    pub fn read(query: &str) -> Result<Option<Self>, Problem> {
        let mut found = None;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let number = || value.parse::<u64>();
            let moment = match &*name {
                "commit" => number().map(Self::Commit),
                "at" => number().map(Duration::from_secs).map(Self::At),
                _ => continue,
            };
            let moment = moment.map_err(|_| odd(&format!("{name}={value} is no number")))?;
            if found.replace(moment).is_some() {
                return Err(odd("it asks for two moments"));
            }
        }
        Ok(found)
    }
}

fn odd(detail: &str) -> Problem {
    let title = "The shop does not know this moment";
    let detail = format!("{detail}; ask for ?commit=3, or for ?at= and seconds since 1970");
    Problem::new(400, "invalid-query", title, detail)
}

// ANCHOR: then
/// How a pet was. The commit of a time is looked for from the beginning: the stream is read.
///
/// # Errors
///
/// A [`Failure`] within 2 s.
pub async fn then(shop: &Shop<Pets>, pet: &PetId, moment: Moment) -> Result<Answer, Failure> {
    if !is_id(pet) {
        return Ok(Refusal::UnknownPet(pet.clone()).into());
    }
    let number = match moment {
        Moment::Commit(number) => number,
        Moment::At(time) => last_until(&shop.bounded(commits(shop, pet)).await?, time),
    };
    let load = async {
        let then = shop.pets.load_at(&shop::stream(pet), number).await;
        then.map_err(shop::failure)
    };
    let then = shop.bounded(load).await?;
    let found = then.state.pet.filter(|_| then.number == number);
    Ok(match found {
        Some(pet) => Answer::one(&[pet]),
        None => Refusal::UnknownPet(pet.clone()).into(),
    })
}

/// The last commit before the first that was decided later. Clocks differ: what was written
/// after that one did not come before it, whatever its clock says.
fn last_until(commits: &[Told<Pets>], time: Duration) -> u64 {
    let until = commits
        .iter()
        .take_while(|commit| commit.at.as_secs() <= time.as_secs());
    until.last().map_or(0, |commit| commit.number)
}
// ANCHOR_END: then

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_commit_or_a_time() {
        let at = Moment::At(Duration::from_secs(1_795_895_479));
        for (query, due) in [
            ("", None),
            ("species=dog", None),
            ("commit=3", Some(Moment::Commit(3))),
            ("at=1795895479", Some(at)),
        ] {
            assert_eq!(Moment::read(query).ok(), Some(due), "{query}");
        }
        for query in [
            "commit=",
            "commit=-1",
            "at=yesterday",
            "commit=1&at=2",
            "at=1&at=2",
        ] {
            assert!(Moment::read(query).is_err(), "{query}");
        }
    }
}
