//! The engine that turns the pages of *Less to Run* into a site and checks what they say.

pub mod cli;
pub mod workspace;
