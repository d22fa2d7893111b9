//! The `book` program; `cargo book` runs it.

use std::process::ExitCode;

fn main() -> ExitCode {
    book::cli::main()
}
