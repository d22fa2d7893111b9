//! Chapter 8, event sourcing: the shop writes down what has happened, and how things
//! stand follows from that.
//!
//! [`pet`] is what the business decides, [`written`] how that is written, and [`shop`]
//! carries it out on a table of commits, which is the library `event-store`. [`history`]
//! tells a pet's past, and [`teller`] tells others what is new.

pub mod counter;
pub mod history;
pub mod keys;
pub mod pet;
pub mod recount;
pub mod shop;
pub mod teller;
pub mod written;
