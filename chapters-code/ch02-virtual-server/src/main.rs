//! The shop on a virtual server: axum and tokio in front, `SQLite` behind.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::{env, ffi::OsString};

use ch01_bare_server::settings::Settings;
use ch02_virtual_server::store::Store;
use ch02_virtual_server::{api, backup, server};

const USAGE: &str = "usage: ch02-virtual-server [backup FILE | restore FILE]";

// ANCHOR: main
fn main() -> ExitCode {
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    let done = match words.as_slice() {
        [] => serve(),
        [word, file] if word == "backup" => copy(backup::backup, file.as_ref()),
        [word, file] if word == "restore" => copy(backup::restore, file.as_ref()),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ch02-virtual-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> anyhow::Result<()> {
    let settings = Settings::from_env().map_err(anyhow::Error::msg)?;
    let listener = server::listen(&settings)?;
    let store = Store::open(&settings.data)?;
    let router = api::router(Arc::new(store));
    server::announce(&settings, &listener)?;
    let runtime = tokio::runtime::Runtime::new()?;
    Ok(runtime.block_on(server::serve(listener, router))?)
}
// ANCHOR_END: main

fn copy(way: fn(&Path, &Path) -> anyhow::Result<()>, file: &Path) -> anyhow::Result<()> {
    let settings = Settings::from_env().map_err(anyhow::Error::msg)?;
    way(&settings.data, file)
}
