//! Tests of a business, in its own words: what had happened, what somebody wants, and
//! what happens then.
//!
//! ```
//! # use event_store::{Decider, spec::given};
//! # struct Door;
//! # #[derive(Debug, PartialEq)] enum Event { Opened, Closed }
//! # enum Command { Open }
//! # #[derive(Debug, PartialEq)] struct IsOpen;
//! # impl Decider for Door {
//! #     type Command = Command; type Event = Event; type State = bool; type Error = IsOpen;
//! #     fn decide(open: &bool, _: &Command) -> Result<Vec<Event>, IsOpen> {
//! #         if *open { Err(IsOpen) } else { Ok(vec![Event::Opened]) }
//! #     }
//! #     fn evolve(_: bool, event: &Event) -> bool { *event == Event::Opened }
//! # }
//! given::<Door>([Event::Opened, Event::Closed])
//!     .when(&Command::Open)
//!     .then([Event::Opened]);
//! given::<Door>([Event::Opened])
//!     .when(&Command::Open)
//!     .then_refused(&IsOpen);
//! ```

use std::fmt::Debug;

use crate::decider::Decider;

/// After these events.
pub fn given<D: Decider>(events: impl IntoIterator<Item = D::Event>) -> Given<D> {
    let state = D::State::default();
    Given(
        events
            .into_iter()
            .fold(state, |state, event| D::evolve(state, &event)),
    )
}

/// What is known.
#[derive(Debug)]
pub struct Given<D: Decider>(D::State);

impl<D: Decider> Given<D> {
    /// Somebody wants this.
    pub fn when(self, command: &D::Command) -> When<D> {
        When(D::decide(&self.0, command))
    }
}

/// What was decided.
#[derive(Debug)]
#[must_use = "nothing is asserted yet"]
pub struct When<D: Decider>(Result<Vec<D::Event>, D::Error>);

impl<D: Decider<Event: Debug + PartialEq, Error: Debug + PartialEq>> When<D> {
    /// This happens, and nothing else.
    ///
    /// # Panics
    ///
    /// When something else does.
    #[track_caller]
    pub fn then(self, events: impl IntoIterator<Item = D::Event>) {
        assert_eq!(self.0, Ok(events.into_iter().collect()));
    }

    /// It is refused, for this reason.
    ///
    /// # Panics
    ///
    /// When it is not, or for another one.
    #[track_caller]
    pub fn then_refused(self, error: &D::Error) {
        assert_eq!(self.0.as_ref(), Err(error));
    }
}
