//! The engine that turns the pages of *Less to Run* into a site and checks what they say.

pub mod cli;
pub mod nearest;
pub mod page;
pub mod redactions;
pub mod session;
pub mod workspace;
