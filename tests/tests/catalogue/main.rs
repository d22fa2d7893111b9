//! The catalogue of events: that it is kept up, that its checker finds what is broken and names who is harmed, and that
//! the functions keep to it, those that publish and those that are called.

mod broken;
mod copy;
mod events;
mod upkeep;

use std::path::PathBuf;

use less_to_run_tests::catalogue::TABLE;
use less_to_run_tests::programs;

fn folder() -> PathBuf {
    programs::root().join("tests/catalogue")
}

fn table() -> PathBuf {
    programs::root().join(TABLE)
}
