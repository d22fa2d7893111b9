//! How a program of the tests ends: a verdict, or one line that says what was wrong with the way it was used.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// Reads the arguments, does what they ask, and turns the outcome into an exit status: 0 when all is well, 1 when it
/// is not, 2 for wrong use, of which the program's `name` tells in one line.
pub fn give<A: Parser>(name: &str, run: impl FnOnce(&A) -> Result<bool>) -> ExitCode {
    let arguments = match A::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => return wrong_use(name, &error.to_string()),
        Err(help) => {
            print!("{help}");
            return ExitCode::SUCCESS;
        }
    };
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => wrong_use(name, &format!("{error:#}")),
    }
}

fn wrong_use(name: &str, message: &str) -> ExitCode {
    let line = message.lines().next().unwrap_or_default();
    eprintln!("{name}: {}", line.strip_prefix("error: ").unwrap_or(line));
    ExitCode::from(2)
}
