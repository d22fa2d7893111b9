//! Chapter 2, a virtual server: the shop of chapter 1 with other people's HTTP and
//! other people's database.
//!
//! Read it in this order. [`server`] takes connections and hands each to hyper;
//! [`client`] has the patience, and the last word, that hyper lacks. [`admission`]
//! lets in what is a whole request. [`api`] says which request means what, and
//! [`answer`] what is said. [`store`] carries commands out: [`rows`] and [`keys`] are
//! its tables, [`database`] the file. [`backup`] makes copies of it, and
//! [`watchdog`] says that all is well. The business itself, the JSON and the problems
//! are chapter 1's.

pub mod admission;
pub mod answer;
pub mod api;
pub mod backup;
pub mod client;
pub mod database;
pub mod keys;
pub mod rows;
pub mod server;
pub mod store;
pub mod watchdog;
