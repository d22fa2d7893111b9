//! Three event stores on `DynamoDB`, which do the same small job: pets are adopted, returned, and given presents.
//!
//! What a command costs is counted between the store and the database, by a [`meter`] that is the same for all.

pub mod adapter;
pub mod dynamo_es;
pub mod line;
pub mod meter;
pub mod ours;
pub mod peer;
pub mod pet;
pub mod situations;
mod tables;
