//! Chapter 2, a virtual server: the shop of chapter 1 with other people's HTTP and
//! other people's database.
//!
//! Read it in this order. [`server`] takes connections and hands each to hyper;
//! [`client`] has the patience, and the last word, that hyper lacks. [`admission`]
//! lets in what is a whole request. [`api`] says which request means what, and
//! [`answer`] what is said. A request that wants something is an [`order`], and a
//! [`repository`] carries it out. Here it is the [`store`]: [`rows`] and [`keys`] are
//! its tables, [`database`] the file. [`backup`] makes copies of it, and
//! [`watchdog`] says that all is well. The business itself, the JSON and the problems
//! are chapter 1's.
//!
//! Without the feature `sqlite`, which is on by default, there is all but the store and
//! what belongs to it: a later chapter has its pets elsewhere.

pub mod admission;
pub mod answer;
pub mod api;
#[cfg(feature = "sqlite")]
pub mod backup;
pub mod client;
#[cfg(feature = "sqlite")]
pub mod database;
#[cfg(feature = "sqlite")]
pub mod keys;
pub mod order;
pub mod repository;
#[cfg(feature = "sqlite")]
pub mod rows;
pub mod server;
#[cfg(feature = "sqlite")]
pub mod store;
pub mod watchdog;
