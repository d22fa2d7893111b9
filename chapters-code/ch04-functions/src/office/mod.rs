//! The shop's office: what follows an adoption, and need not be done while the customer
//! waits. Each reads of an event what it needs, and knows nothing of who has sent it.

pub mod display;
pub mod papers;
pub mod thanks;

use anyhow::Result;
use ch03_platform::config::Config;
use ch03_platform::store::Store;
use ch03_platform::{logs, table};

// ANCHOR: open
/// Opens the office: its files are in the table of the pets.
///
/// # Errors
///
/// All that is missing or wrong in the environment.
pub async fn open() -> Result<Store> {
    let config = Config::from_env()?;
    logs::start(config.log);
    // To look up credentials takes 20 kilobytes.
    Ok(Box::pin(table::open(&config.table)).await)
}
// ANCHOR_END: open
