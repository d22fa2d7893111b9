//! The office of chapter 4, on the short way to its files.

use anyhow::Result;
use ch03_platform::config::Config;
use ch03_platform::logs;
use ch03_platform::store::Store;

use crate::aws;

/// Opens the office: its files are in the table of the pets.
///
/// # Errors
///
/// All that is missing or wrong in the environment.
pub async fn open() -> Result<Store> {
    let config = Config::from_env()?;
    logs::start(config.log);
    let sdk = aws::connect().await?;
    Ok(Store::new(
        aws_sdk_dynamodb::Client::new(&sdk),
        &config.table,
    ))
}
