//! The bare server: a shop on a socket, with a journal beside it.

use std::error::Error;
use std::process::ExitCode;

use ch01_bare_server::settings::Settings;
use ch01_bare_server::store::Store;
use ch01_bare_server::{api, server};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ch01-bare-server: {error}");
            ExitCode::FAILURE
        }
    }
}

// ANCHOR: run
fn run() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_env()?;
    let store = Store::open(&settings.data)?;
    settings.write_pid()?;
    let listener = settings.listen()?;
    server::serve(&listener, settings.threads, |request| {
        api::handle(&store, request)
    });
    Ok(())
}
// ANCHOR_END: run
