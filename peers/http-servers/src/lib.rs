//! What the programs of this package share.

pub mod load;
pub mod shop;
pub mod slow;
pub mod statistics;
