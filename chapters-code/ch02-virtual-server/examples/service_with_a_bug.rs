//! The shop of chapter 2 with three bugs in it, each behind a route of its own. The
//! promise P9 asks what the other customers notice of them.

mod bugs;

use std::sync::Arc;

use ch01_bare_server::settings::Settings;
use ch02_virtual_server::store::Store;
use ch02_virtual_server::{api, server, watchdog};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::from_env().map_err(anyhow::Error::msg)?;
    let listener = server::listen(&settings)?;
    let store = Arc::new(Store::open(&settings.data)?);
    tokio::spawn(watchdog::reassure(Arc::clone(&store)));
    let router = bugs::add_to(api::router(store));
    server::announce(&settings, &listener)?;
    Ok(server::serve(listener, router).await?)
}
