//! Exercise: a shop whose commits do not wait for the disk.

use std::sync::Arc;

use ch01_bare_server::settings::Settings;
use ch02_virtual_server::store::Store;
use ch02_virtual_server::{api, server};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::from_env().map_err(anyhow::Error::msg)?;
    let listener = server::listen(&settings)?;
    let store = Store::open(&settings.data)?;
    // ANCHOR: normal
    let normal = store.change(|writer| writer.pragma_update(None, "synchronous", "NORMAL"));
    normal.await?;
    // ANCHOR_END: normal
    let router = api::router(Arc::new(store));
    server::announce(&settings, &listener)?;
    Ok(server::serve(listener, router).await?)
}
