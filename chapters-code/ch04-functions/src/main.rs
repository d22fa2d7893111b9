//! The function host.

use std::process::ExitCode;

use ch03_platform::config::Config;
use ch04_functions::host;

fn main() -> anyhow::Result<ExitCode> {
    host::run(&Config::from_env()?, &host::table()?)
}
