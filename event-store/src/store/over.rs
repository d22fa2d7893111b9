//! One command over several streams.

use std::collections::HashSet;

use tokio::time::sleep;

use super::append::pause;
use super::{Age, Done, Issued, Store, is_ours};
use crate::backend::{AppendedAll, Backend, Fault};
use crate::commit::{Commit, StreamId};
use crate::decider::Stored;
use crate::error::{Error, Failure};
use crate::head::Head;

/// How many streams a command may be about: the actions of a transaction.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
const MOST: usize = 100;

/// What one of the streams has decided.
struct Decided<D: Stored> {
    commit: Commit,
    next: Head<D>,
    events: Vec<D::Event>,
}

/// Why each of the streams that refuse does.
pub type Refusals<E> = Vec<(StreamId, E)>;

impl<D, B> Store<D, B>
where
    D: Stored<State: Send, Event: Send, Error: Send, Command: Sync>,
    B: Backend,
{
    // ANCHOR: execute_over
    /// Carries out a command that is about several streams: in all of them something
    /// happens, or in none. It costs twice what as many commands of one stream cost.
    /// Where nothing happens, a commit without an event is written, so that this stream has to
    /// be as it was, too.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with what each of the streams says that refuse, or a [`Failure`].
    pub async fn execute_over(
        &self,
        issued: &Issued,
        commands: &[(StreamId, D::Command)],
    ) -> Result<Vec<Done<D>>, Error<Refusals<D::Error>>> {
        check(commands)?;
        let mut age = Age::Cached;
        let mut lost = 0;
        loop {
            let heads = self.heads_of(commands, age).await?;
            if let Some(done) = self.done_before(&heads, issued).await? {
                return Ok(done);
            }
            let decided = match self.decide(&heads, issued, commands)? {
                Ok(decided) => decided,
                Err(_) if age == Age::Cached => {
                    age = Age::Fresh;
                    continue;
                }
                Err(refusals) => return Err(Error::Refused(refusals)),
            };
            let commits: Vec<Commit> = decided.iter().map(|one| one.commit.clone()).collect();
            match self.append_all(&commits).await? {
                AppendedAll::Written => return Ok(self.all_done(decided)),
                AppendedAll::There(theirs) if are_ours(&theirs, issued)? => {
                    return Ok(self.all_again(&commits).await?);
                }
                AppendedAll::There(_) | AppendedAll::Busy => age = Age::Fresh,
            }
            lost += 1;
            self.settings.may_try(&commits[0].stream, lost)?;
            sleep(pause(lost)).await;
        }
    }
    // ANCHOR_END: execute_over

    /// The newest of each stream, from memory where that is good enough.
    async fn heads_of(
        &self,
        commands: &[(StreamId, D::Command)],
        age: Age,
    ) -> Result<Vec<Head<D>>, Failure> {
        let mut heads = vec![];
        for (stream, _) in commands {
            let cached = self.cached(stream).filter(|_| age == Age::Cached);
            heads.push(match cached {
                Some(head) => head,
                None => self.head(stream, None).await?,
            });
        }
        Ok(heads)
    }

    /// What the command has led to, if all streams know it again.
    async fn done_before(
        &self,
        heads: &[Head<D>],
        issued: &Issued,
    ) -> Result<Option<Vec<Done<D>>>, Failure> {
        let find = |head: &Head<D>| head.find(&issued.command, issued.at, &self.settings);
        let numbers: Vec<Option<u64>> = heads.iter().map(find).collect::<Result<_, _>>()?;
        let Some(numbers) = numbers.into_iter().collect::<Option<Vec<u64>>>() else {
            return Ok(None);
        };
        let mut done = vec![];
        for (head, number) in heads.iter().zip(numbers) {
            done.push(self.again(&head.stream, number).await?);
        }
        Ok(Some(done))
    }

    /// What each stream decides, or why some refuse.
    #[allow(clippy::type_complexity, reason = "a decision, for several streams")]
    fn decide(
        &self,
        heads: &[Head<D>],
        issued: &Issued,
        commands: &[(StreamId, D::Command)],
    ) -> Result<Result<Vec<Decided<D>>, Refusals<D::Error>>, Failure> {
        let (mut decided, mut refusals) = (vec![], vec![]);
        for (head, (stream, command)) in heads.iter().zip(commands) {
            match D::decide(&head.state, command) {
                Err(refusal) => refusals.push((stream.clone(), refusal)),
                Ok(events) => {
                    let (commit, next) = self.commit(head, issued, &events)?;
                    decided.push(Decided {
                        commit,
                        next,
                        events,
                    });
                }
            }
        }
        Ok(if refusals.is_empty() {
            Ok(decided)
        } else {
            Err(refusals)
        })
    }

    async fn all_again(&self, commits: &[Commit]) -> Result<Vec<Done<D>>, Failure> {
        let mut done = vec![];
        for commit in commits {
            done.push(self.again(&commit.stream, commit.number).await?);
        }
        Ok(done)
    }

    fn all_done(&self, decided: Vec<Decided<D>>) -> Vec<Done<D>> {
        let done = decided.into_iter().map(|one| {
            self.remember(&one.next);
            Done::of(one.next, one.events, false)
        });
        done.collect()
    }
}

/// Whether these commits are those of an earlier try, of which the answer was lost: of a
/// transaction all are there, or none.
fn are_ours(theirs: &[(usize, Commit)], issued: &Issued) -> Result<bool, Failure> {
    let mut theirs = theirs.iter().map(|(_, commit)| is_ours(commit, issued));
    theirs.find(|ours| *ours != Ok(false)).unwrap_or(Ok(false))
}

/// Streams that one command may be about.
fn check(commands: &[(StreamId, impl Sized)]) -> Result<(), Failure> {
    let streams: HashSet<&StreamId> = commands.iter().map(|(stream, _)| stream).collect();
    let refused = |what: String| Err(Failure::Backend(Fault::Refused(what)));
    match commands.len() {
        1..=MOST if streams.len() == commands.len() => Ok(()),
        1..=MOST => refused("a command names a stream twice".to_owned()),
        count => refused(format!(
            "a command over {count} streams: 1 to {MOST} are possible"
        )),
    }
}
