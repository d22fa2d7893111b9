//! A page is its test: this runs what it shows.
//!
//! The parser of blocks is the book's own (`book::session`). Here are the sandbox that a page is run in, its terminals, the
//! comparison with what the page says, and update mode. The story is in [`Runner::run`] and `sessions.rs`.

mod badges;
mod build;
mod cargo;
mod compare;
mod compiler;
mod judge;
mod page;
mod ports;
mod processes;
pub mod programs;
mod promised;
mod report;
mod runner;
mod sandbox;
mod sessions;
mod shell;
mod slot;
mod terminal;
mod update;

pub use page::{Page, pages};
pub use report::{Failure, PageReport};
pub use runner::{Mode, Runner, write};
pub use sessions::Limits;
