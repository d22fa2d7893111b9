//! What the routes ask of whatever keeps the pets.

use ch01_bare_server::pets::{Pet, PetId, Refusal};
use ch01_bare_server::problem::Problem;
use ch01_bare_server::shop::Filter;

use crate::answer::Answer;
use crate::order::Order;

/// The pets of a page, and where the next page begins; or what is wrong with the
/// cursor.
pub type Page = Result<(Vec<Pet>, Option<PetId>), Problem>;

// ANCHOR: repository
/// Keeps the pets. Where it does so changes from chapter to chapter, and the routes do
/// not: they know this of it, and no more.
pub trait Repository: Send + Sync + 'static {
    /// Why there is no answer, and what a customer is told instead of one.
    type Failure: Into<Answer> + Send;

    /// Carries out an order. When it comes back, what was done is kept.
    fn execute(&self, order: Order) -> impl Future<Output = Result<Answer, Self::Failure>> + Send;

    /// The pet of this name.
    fn find(
        &self,
        id: PetId,
    ) -> impl Future<Output = Result<Result<Pet, Refusal>, Self::Failure>> + Send;

    /// A page of the list, in the order in which the pets were taken in.
    fn list(&self, filter: Filter) -> impl Future<Output = Result<Page, Self::Failure>> + Send;

    /// Whether all is well, as far as is known. Whoever is not may be started again.
    fn check(&self) -> impl Future<Output = Result<(), Self::Failure>> + Send;
}
// ANCHOR_END: repository
