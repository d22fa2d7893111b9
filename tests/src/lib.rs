//! What the workspace is held to: the promises, the pages, the ledger, the rules of the house.

pub mod session;
