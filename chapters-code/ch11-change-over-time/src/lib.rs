//! Chapter 11, change over time: old events are read, and a person can be forgotten.
//!
//! [`upcast`] reads what last year has written as if it had been written today, and [`checkout`] is
//! what has changed. [`person`] seals a name, [`people`] has the keys, [`sealing`] and
//! [`opening`] stand between the shop and whoever has a name. [`pets`] may be put right, [`past`]
//! tells how one was, and [`history`] what has happened. [`moving`] takes a stream elsewhere, and
//! [`office`] prints what was written in the office.
//!
//! The functions: at the [`counter`] all of that is asked for.

pub mod checkout;
pub mod counter;
pub mod history;
pub mod moving;
pub mod office;
pub mod opening;
pub mod past;
pub mod people;
pub mod person;
pub mod pets;
pub mod sealing;
pub mod settings;
pub mod upcast;
