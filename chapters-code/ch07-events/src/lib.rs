//! Chapter 7, events in anger: what happens at the counter is written down with what it
//! does, and brought to others at least once.
//!
//! The functions: the [`counter`] is chapter 6's, whose [`store`] also writes into the
//! [`outbox`]. The [`teller`] tells the bus what is there. The [`office`] does what it is
//! told once, however often it is told.
//!
//! The host, which does on this machine what AWS does there. It reads in [`sources`] what
//! leads to functions. A [`mapping`] follows the [`changes`] of the table, and does with
//! the records of a [`shard`] what its policy says. The [`bus`] puts events into queues of
//! the [`mailroom`], where each [`queue`] is, and [`poll`] brings them to functions. What a
//! function has failed at is read from its [`answer`], and what is given up is told of by
//! [`failed`]; [`retell`] sends it on when that is mended. A [`schedule`] says when something
//! is due. The [`house`] is all of it.

#[cfg(feature = "host")]
pub mod answer;
#[cfg(feature = "host")]
pub mod bus;
#[cfg(feature = "host")]
pub mod changes;
pub mod clock;
pub mod counter;
#[cfg(feature = "host")]
pub mod failed;
#[cfg(feature = "host")]
pub mod house;
#[cfg(feature = "host")]
pub mod mailroom;
#[cfg(feature = "host")]
pub mod mapping;
pub mod office;
pub mod outbox;
#[cfg(feature = "host")]
pub mod poll;
#[cfg(feature = "host")]
pub mod queue;
#[cfg(feature = "host")]
pub mod retell;
#[cfg(feature = "host")]
pub mod schedule;
#[cfg(feature = "host")]
pub mod shard;
#[cfg(feature = "host")]
pub mod sources;
pub mod store;
pub mod teller;
