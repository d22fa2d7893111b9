//! The event store on a `DynamoDB` that nobody here has written: moto, of Python. What it does otherwise than AWS
//! documents is in [`differences`].

mod database;
mod differences;
mod moto;
mod promises;
