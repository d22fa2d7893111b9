//! The office, whose desks may be told everything twice, late, and in any order.

pub mod display;
pub mod papers;
pub mod recount;
pub mod thanks;

use anyhow::Result;
use ch03_platform::config::Config;
use ch03_platform::logs;
use ch05_lambda::aws;
use ch06_state::counter::store;
use ch06_state::store::Store;

/// Opens the office: its files are in the table of the pets.
///
/// # Errors
///
/// All that is missing or wrong in the environment.
pub async fn open() -> Result<Store> {
    let config = Config::from_env()?;
    logs::start(config.log);
    store(&aws::connect().await?, &config.table, "office")
}
