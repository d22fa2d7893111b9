//! Chapter 10, processes: money is conserved, and every checkout ends.
//!
//! [`pets`] is chapter 8's pet, which may be reserved. [`checkout`] decides what is to be done
//! next, and its stream is its outbox. [`performer`] does it, and [`due`] looks after
//! what nobody has heard of. [`provider`] is somebody else: what it is asked for, a way to ask
//! it, and a fake one. What it tells of its own accord, [`webhook`] believes or not.
//!
//! The functions: at the [`counter`] customers go to the [`till`]. The [`keeper`] hears a [`bell`]
//! for checkouts that have something new.

pub mod bell;
pub mod checkout;
pub mod counter;
pub mod due;
pub mod keeper;
pub mod performer;
pub mod pets;
pub mod provider;
pub mod settings;
pub mod till;
pub mod time;
pub mod webhook;
