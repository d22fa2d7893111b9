//! The shop on a virtual server: axum and tokio in front, `SQLite` behind.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::{env, ffi::OsString};

use ch01_bare_server::settings::Settings;
use ch02_virtual_server::store::Store;
use ch02_virtual_server::{api, backup, server, watchdog};

const USAGE: &str = "usage: ch02-virtual-server [backup FILE | restore FILE]";

const HELP: &str = "
Without a word it is the shop. `backup` copies the shop's database to a new file, and
the shop may be open; `restore` puts such a copy in its place, and it must be closed.

PORT       where it listens on 127.0.0.1, 0 to 65535; 0 is any that is free [8080]
SHOP_DATA  the folder of the database, made if there is none [shop]";

// ANCHOR: main
fn main() -> ExitCode {
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    let done = match words.as_slice() {
        [] => serve(),
        [word, file] if word == "backup" => copy(backup::backup, file.as_ref()),
        [word, file] if word == "restore" => copy(backup::restore, file.as_ref()),
        [word] if word == "--help" => {
            println!("{USAGE}\n{HELP}");
            return ExitCode::SUCCESS;
        }
        wrong => {
            let wrong = wrong.join(" ".as_ref());
            eprintln!("`{}` is not understood; {USAGE}", wrong.display());
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ch02-virtual-server: {}", told(&error));
            ExitCode::FAILURE
        }
    }
}

fn serve() -> anyhow::Result<()> {
    let settings = Settings::from_env().map_err(anyhow::Error::msg)?;
    let listener = server::listen(&settings)?;
    let store = Arc::new(Store::open(&settings.data)?);
    let router = api::router(Arc::clone(&store));
    server::announce(&settings, &listener)?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.spawn(watchdog::reassure(store));
    Ok(runtime.block_on(server::serve(listener, router))?)
}
// ANCHOR_END: main

fn copy(way: fn(&Path, &Path) -> anyhow::Result<()>, file: &Path) -> anyhow::Result<()> {
    let settings = Settings::from_env().map_err(anyhow::Error::msg)?;
    way(&settings.data, file)
}

/// All that is known of an error. What `SQLite` says comes with a cause that says it
/// again.
fn told(error: &anyhow::Error) -> String {
    let causes = error
        .chain()
        .filter(|cause| !cause.is::<rusqlite::ffi::Error>());
    let causes: Vec<String> = causes.map(ToString::to_string).collect();
    causes.join(": ")
}
