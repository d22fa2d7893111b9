//! Chapter 3, a platform: the shop's state in a database that others run.
//!
//! Read it in this order. [`config`] is what a platform sets. An [`instance`]
//! begins, is ready and ends as the platform tells it, and [`logs`] what it does.
//! [`table`] says where the database is, how long anybody waits for it, and makes
//! the table. [`items`] is what the table holds. [`store`] carries commands out:
//! [`writes`] does so on conditions, [`keys`] lets a request be sent twice, and
//! [`list`] is a page of the list. [`failure`] is why there is no answer. The
//! business itself is chapter 1's, and HTTP chapter 2's.

pub mod config;
pub mod failure;
pub mod instance;
pub mod items;
pub mod keys;
pub mod list;
pub mod logs;
pub mod store;
pub mod table;
pub mod writes;
