//! Chapter 6, state: the table of chapter 3, kept as `DynamoDB` wants it kept.
//!
//! [`items`] is what an item has now that it had not: a version, and while a pet waits
//! for a home a place in the [`index`], which [`list`] looks into. A [`cursor`] says
//! where a list goes on, and bears the shop's signature. [`store`] decides and
//! [`writes`], and comes again after [`retries`] when others were faster or the table has
//! too much to do. [`keys`] are good for a window of time. [`counter`] is chapter 5's,
//! with this store.

pub mod counter;
pub mod cursor;
pub mod index;
pub mod items;
pub mod keys;
pub mod list;
pub mod retries;
pub mod store;
pub mod writes;
