//! The shop on a virtual server: axum and tokio in front, `SQLite` behind.

use std::process::ExitCode;
use std::sync::Arc;

use ch01_bare_server::settings::Settings;
use ch02_virtual_server::store::Store;
use ch02_virtual_server::{api, server};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ch02-virtual-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

// ANCHOR: run
fn run() -> anyhow::Result<()> {
    let settings = Settings::from_env().map_err(anyhow::Error::msg)?;
    let store = Store::open(&settings.data)?;
    settings.write_pid()?;
    let router = api::router(Arc::new(store));
    let listener = server::listen(&settings)?;
    let runtime = tokio::runtime::Runtime::new()?;
    Ok(runtime.block_on(server::serve(listener, router))?)
}
// ANCHOR_END: run
