//! Chapter 9, projections: views of what has happened, kept by whoever listens.
//!
//! [`views`] says what is made of events. [`projector`] keeps a row for each stream, however
//! often and in whatever order it hears that there is something new, and [`rebuild`] makes
//! all rows again beside it. [`rows`] says where
//! they may be, and [`table`] is such a place. [`kept`] is all the views of the shop.
//!
//! The functions: a [`bell`] rings for what is new in the streams. The [`counter`] is chapter
//! 8's, and reads the views from a [`shelf`]. It takes a [`search`], and what a customer has
//! [`seen`] is in whatever it answers.

pub mod bell;
pub mod counter;
pub mod kept;
pub mod projector;
pub mod rebuild;
pub mod rows;
pub mod search;
pub mod seen;
pub mod shelf;
pub mod table;
pub mod views;
