//! What the host does for customers, functions and operators. This program is also the
//! functions that it does it with, and goes by its name: whatever a host does wrong, a
//! function must never run the tests, which start more hosts.

mod events;
mod failures;
mod functions;
mod house;
mod processes;
mod requests;
mod stop;

use std::env;
use std::process::ExitCode;

use anyhow::Result;
use libtest_mimic::{Arguments, Trial};

type Test = (&'static str, fn() -> Result<()>);

fn main() -> ExitCode {
    let name = env::args().next().unwrap_or_default();
    if name.ends_with(house::FUNCTION) {
        let run = env::var("AWS_LAMBDA_RUNTIME_API").map(|address| functions::run(&address));
        return match run {
            Ok(Ok(())) => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        };
    }
    let tests = [
        requests::TESTS,
        processes::TESTS,
        failures::TESTS,
        stop::TESTS,
        events::TESTS,
    ];
    let trials = tests.concat().into_iter().map(|(name, test): Test| {
        Trial::test(name, move || {
            test().map_err(|error| format!("{error:?}").into())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
