//! What the workspace is held to: the promises, the pages, the ledger, the rules of the house.

pub mod catalogue;
pub mod crowd;
pub mod drafts;
pub mod dynamodb;
pub mod infra;
pub mod lambda;
pub mod ledger;
pub mod measure;
pub mod platform;
pub mod programs;
pub mod promises;
pub mod schemathesis;
pub mod session;
pub mod small_book;
pub mod verdict;
pub mod whole;
pub mod wrong_shop;
