//! The `book` program as its user sees it: its commands, what they print, and their exit statuses.
//!
//! Exit status 0 means done, 1 that something failed (a page, a test), 2 that the program was used
//! wrongly or cannot work here; a command that runs another program ends with that program's status.

mod args;
mod bill;
mod build;
mod doctor;
mod exercise;
mod fetch;
mod process;
mod python;
mod reset;
mod run;
mod serve;
mod test;
mod tools;
mod update;
mod warnings;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser};

use self::args::{Args, Verb};
use crate::workspace::Workspace;

/// Something that the user of the program has to put right before it can work: one line on stderr and
/// exit status 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct WrongUse(String);

/// All commands and options, for whoever checks that a command named in prose exists.
#[must_use]
pub fn command() -> clap::Command {
    Args::command()
}

/// Reads the command line, does what it asks for, and tells on stderr what went wrong.
#[must_use]
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) if error.use_stderr() => return report(&WrongUse(one_line(&error)).into()),
        Err(help) => {
            // Nobody reads the help when stdout is closed, so there is nobody to tell.
            let _ = help.print();
            return ExitCode::SUCCESS;
        }
    };
    perform(args).unwrap_or_else(|error| report(&error))
}

fn perform(args: Args) -> Result<ExitCode> {
    let workspace = Workspace::find().map_err(|error| WrongUse(format!("{error:#}")))?;
    match args.verb.unwrap_or(Verb::Serve(args.serve)) {
        Verb::Serve(options) => serve::serve(&workspace, &options),
        Verb::Build { dest } => build::command(&workspace, dest.as_deref()),
        Verb::Test { chapters, page } => test::test(&workspace, chapters, page),
        Verb::Run { chapter, port } => run::run(&workspace, chapter, port),
        Verb::Exercise { number, check } => exercise::exercise(&workspace, number, check),
        Verb::Reset { chapter } => reset::reset(&workspace, chapter),
        Verb::Bill { pace } => bill::bill(&workspace, pace),
        Verb::Doctor => doctor::doctor(&workspace),
        Verb::Fetch => fetch::fetch(&workspace),
        Verb::Update { chapter } => update::update(&workspace, chapter),
        Verb::Measure { names } => process::delegate(&workspace, "measure", names),
        Verb::Promises { arguments } => process::delegate(&workspace, "promises", arguments),
        Verb::Events { arguments } => process::delegate(&workspace, "catalogue", arguments),
    }
}

/// Prints `text`. Whoever reads it may stop when it is enough, as `head` does.
///
/// # Errors
///
/// When stdout takes no more, for another reason than that nobody reads on.
pub fn tell(text: &str) -> io::Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

fn report(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::from(if error.is::<WrongUse>() { 2 } else { 1 })
}

/// clap explains a wrong command line in a paragraph; its first sentence and its tip are the news.
fn one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let (what, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    let what = what.trim_start_matches("error: ");
    let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
    let tip = rest
        .lines()
        .find_map(|line| line.trim().strip_prefix("tip: "));
    match tip {
        Some(tip) => format!("{what}: {tip}"),
        None => format!("{what}; `cargo book help` lists what there is"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_free_of_contradictions() {
        command().debug_assert();
    }

    #[test]
    fn a_wrong_command_line_is_explained_in_one_line() {
        let explain = |line: &[&str]| one_line(&Args::try_parse_from(line).unwrap_err());
        assert_eq!(
            explain(&["book", "serv"]),
            "unrecognized subcommand 'serv': a similar subcommand exists: 'serve'"
        );
        assert_eq!(
            explain(&["book", "run"]),
            "the following required arguments were not provided: <CHAPTER>; \
             `cargo book help` lists what there is"
        );
    }
}
