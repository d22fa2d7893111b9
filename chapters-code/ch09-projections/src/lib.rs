//! Chapter 9, projections: views of what has happened, kept by whoever listens.
//!
//! [`views`] says what is made of events. [`projector`] keeps a row for each stream, however
//! often and in whatever order it hears that there is something new, and [`rebuild`] makes
//! all rows again beside it. [`rows`] says where
//! they may be, and [`table`] is such a place.

pub mod projector;
pub mod rebuild;
pub mod rows;
pub mod table;
pub mod views;
