//! What the host does for customers, functions and operators. This program is also the
//! functions that it does it with: a host that starts it gives it a Runtime API.

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
    if let Ok(address) = env::var("AWS_LAMBDA_RUNTIME_API") {
        let run = functions::run(&address);
        return run.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
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
