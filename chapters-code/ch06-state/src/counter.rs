//! The counter of chapter 5, with the store of this chapter.

use anyhow::Result;
use aws_config::SdkConfig;
use ch03_platform::config::Config;
use ch03_platform::{logs, store};
use ch04_functions::counter::{self, handler};
use ch05_lambda::aws;
use ch05_lambda::counter::{Counter, publisher};

use crate::cursor::Cursors;
use crate::keys;
use crate::retries::client;
use crate::store::Store;

/// The functions that write cursors, and read them.
const LISTS: [&str; 2] = ["list", "shop"];

// ANCHOR: open
/// Makes it of what is set in the environment. It calls nobody yet.
///
/// # Errors
///
/// All that is missing or wrong there.
pub async fn open() -> Result<Counter<Store>> {
    let config = Config::from_env()?;
    logs::start(config.log);
    let handler = handler()?;
    let sdk = aws::connect().await?;
    let store = store(&sdk, &config.table, &handler)?;
    let publisher = publisher(&sdk, &handler);
    Counter::new(handler, counter::Counter { store, publisher })
}

/// The store that a function needs.
///
/// # Errors
///
/// All that is missing or wrong in the environment.
pub fn store(sdk: &SdkConfig, table: &str, handler: &str) -> Result<Store> {
    let lists = LISTS.contains(&handler);
    Ok(Store {
        shop: store::Store::new(client(sdk), table),
        window: keys::window()?,
        cursors: lists.then(Cursors::from_env).transpose()?,
    })
}
// ANCHOR_END: open
