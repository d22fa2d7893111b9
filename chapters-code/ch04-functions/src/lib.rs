//! Chapter 4, functions.

pub mod counter;
pub mod events;
pub mod office;
pub mod request;
pub mod runtime;
