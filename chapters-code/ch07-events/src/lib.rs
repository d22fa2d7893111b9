//! Chapter 7, events in anger.

pub mod bus;
pub mod changes;
pub mod clock;
pub mod counter;
pub mod failed;
pub mod house;
pub mod mailroom;
pub mod mapping;
pub mod office;
pub mod outbox;
pub mod poll;
pub mod queue;
pub mod schedule;
pub mod shard;
pub mod sources;
pub mod store;
pub mod teller;
