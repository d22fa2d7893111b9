//! Chapter 5, AWS Lambda: chapter 4's functions, run by somebody else's host.
//!
//! [`lambda`] asks that host for events, in the place of chapter 4's `runtime`. [`aws`]
//! is the way to the database, as short as it can be made. [`counter`] answers
//! customers: it knows its [`staff`], and finds its [`routes`] where no gateway has.

pub mod aws;
pub mod counter;
pub mod lambda;
pub mod office;
pub mod routes;
pub mod staff;
