//! The shop of chapter 3 with three bugs in it, each behind a route of its own. The
//! promise P9 asks what the other customers notice of them.

#[path = "../../ch02-virtual-server/examples/bugs/mod.rs"]
mod bugs;

use std::process::ExitCode;
use std::sync::Arc;

use ch02_virtual_server::api;
use ch03_platform::config::Config;
use ch03_platform::instance;

fn main() -> anyhow::Result<ExitCode> {
    let config = Config::from_env()?;
    instance::run(&config, |store| bugs::add_to(api::router(Arc::new(store))))
}
