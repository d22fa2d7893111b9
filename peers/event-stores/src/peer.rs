//! What is asked of each store.

use anyhow::Result;
use aws_sdk_dynamodb::Client;

use crate::pet::{Event, Pet, Refusal, Wish};

/// A store, as one process has it.
pub trait Peer: Sized {
    /// What it is called in what is printed.
    const NAME: &'static str;

    /// Makes its tables, unless they are there.
    fn make(client: &Client) -> impl Future<Output = Result<()>>;

    /// Opens it in a process that has just started.
    fn open(client: &Client) -> impl Future<Output = Result<Self>>;

    /// Carries out a command, as its documentation does. The key is for those who know what to do with one.
    fn execute(&self, pet: &str, key: Option<&str>, wish: &Wish) -> impl Future<Output = Outcome>;

    /// How things stand, as the next command would see them.
    fn load(&self, pet: &str) -> impl Future<Output = Result<Pet>>;

    /// All that has happened to a pet.
    fn history(&self, pet: &str) -> impl Future<Output = Result<Vec<Event>>>;
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// It was done before: the store has known it again.
    Again,
    /// The business says no.
    Refused(Refusal),
    /// Somebody else was faster. Nothing is done, and the caller is to try again.
    Conflict,
    /// Something else, after which nobody knows.
    Failed(String),
}

impl Outcome {
    /// In a word or two.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Done => "done".to_owned(),
            Self::Again => "done before".to_owned(),
            Self::Refused(refusal) => format!("refused: {refusal}"),
            Self::Conflict => "conflict".to_owned(),
            Self::Failed(_) => "failed".to_owned(),
        }
    }
}
