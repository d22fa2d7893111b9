//! What a page is made of, how it is rendered, and the checks that it must pass.

mod badge;
mod directive;

pub use badge::Badge;
pub use directive::{Directive, Listing, directives};
