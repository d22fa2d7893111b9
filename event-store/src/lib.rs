#![doc = include_str!("../README.md")]

mod backend;
mod commit;
pub mod conformance;
mod decider;
mod dynamo;
mod error;
mod head;
mod item;
mod memory;
pub mod spec;
mod store;

pub use backend::{Appended, AppendedAll, Backend, Fault};
pub use commit::{Command, Commit, Known, MAX_BYTES, MAX_EVENTS, Record, Snapshot, StreamId};
pub use decider::{Decider, Stored, Unreadable};
pub use dynamo::{Dynamo, INDEX, Spent};
pub use error::{Error, Failure};
pub use memory::Memory;
pub use store::{Done, Issued, Refusals, Settings, Store, Told, Version};
