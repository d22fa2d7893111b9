//! What a page is made of, how it is rendered, and the checks that it must pass.

mod badge;
mod blocks;
mod directive;
mod figures;
mod files;
mod highlight;
mod html;
mod items;
pub mod labels;
mod listing;
mod prose;
mod source;
mod targets;

pub use badge::Badge;
pub use directive::{Directive, Listing, directives};
