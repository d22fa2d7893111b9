//! The engine that turns the pages of *Less to Run* into a site and checks what they say.

pub mod bill;
pub mod cargo;
pub mod catalogue;
pub mod cli;
pub mod exercise;
pub mod generated;
pub mod ledger;
pub mod measured;
pub mod money;
pub mod nearest;
pub mod page;
pub mod prices;
pub mod processes;
pub mod redactions;
pub mod responsibility;
pub mod session;
pub mod synthetic;
pub mod workspace;
