//! Chapter 1, a bare server: a pet shop on a socket, with the standard library and
//! `serde_json`.
//!
//! Read it in this order. [`pets`] and [`shop`] are the business and know nothing
//! of a network or a disk. [`http`] turns the bytes of a connection into requests
//! and answers into bytes, [`server`] accepts the connections. [`api`] says which
//! request means what. [`journal`] and [`store`] keep what was decided. `main` puts
//! them together.

pub mod api;
pub mod fields;
pub mod http;
pub mod journal;
pub mod json;
pub mod line;
pub mod pets;
pub mod problem;
pub mod query;
pub mod reading;
pub mod server;
pub mod settings;
pub mod shop;
pub mod store;
