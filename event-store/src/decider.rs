//! What a business decides, and how what it decides is written.

use serde_json::Value;

use crate::commit::Record;

// ANCHOR: decider
/// What a business decides: four types and two functions, without I/O and without a
/// clock. Times, ids and facts from outside arrive in the command.
pub trait Decider {
    /// What somebody wants.
    type Command;
    /// What has happened. It cannot be refused any more.
    type Event;
    /// What is known after the events so far; at first, the default.
    type State: Default;
    /// Why something does not happen.
    type Error;

    /// What happens if this is wanted now. To let nothing happen is allowed.
    ///
    /// # Errors
    ///
    /// Why it does not happen.
    fn decide(
        state: &Self::State,
        command: &Self::Command,
    ) -> Result<Vec<Self::Event>, Self::Error>;

    /// What is known once this has happened, too. It must not fail, whatever the state:
    /// the event has happened.
    fn evolve(state: Self::State, event: &Self::Event) -> Self::State;
}
// ANCHOR_END: decider

// ANCHOR: stored
/// How a decider's events and states are written.
pub trait Stored: Decider<State: Clone> {
    /// The version of the state's form. A snapshot of another version is not read; the
    /// events are.
    const STATE: u32;

    /// An event, to be written.
    fn record(event: &Self::Event) -> Record;

    /// An event that was written, perhaps years ago.
    ///
    /// # Errors
    ///
    /// When it is none that anybody knows.
    fn event(record: &Record) -> Result<Self::Event, Unreadable>;

    /// Whether events of this name are any business of this decider's. One that is not is
    /// left out where a stream is told ([`Store::read`](crate::Store::read),
    /// [`Store::load_at`](crate::Store::load_at)): another release may know more, and who
    /// tells what is known tells the truth. Who decides reads all of it, or says that it
    /// cannot. All are, unless it is said otherwise.
    #[must_use]
    fn knows(_kind: &str) -> bool {
        true
    }

    /// The state, to be written.
    fn snapshot(state: &Self::State) -> Value;

    /// A state of version [`STATE`](Self::STATE) that was written.
    ///
    /// # Errors
    ///
    /// When it is none.
    fn state(snapshot: &Value) -> Result<Self::State, Unreadable>;
}
// ANCHOR_END: stored

/// Why an event or a snapshot cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

impl From<serde_json::Error> for Unreadable {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}
