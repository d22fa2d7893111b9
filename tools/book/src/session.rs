//! What the fenced blocks of a page say: sessions in a terminal, and messages of the compiler.
//!
//! The grammar of a session is trycmd's: `$ ` begins a command, `> ` continues it, `? 1` right after it is its
//! status, the lines that follow are its output. In an output `...` on a line of its own stands for any
//! lines, `[..]` for anything within a line, and `[NAME]` for what `book/redactions.toml` says. Two things are
//! ours: `^C` on a line of its own interrupts what runs in the block's terminal, and a block of a named terminal may
//! begin without a command, with what the program that runs there goes on to say.

mod fence;
mod grammar;
mod info;

use std::fmt;

pub use fence::{Fence, fences};

/// One fenced block of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Where it stands, and its text as it stands there.
    pub fence: Fence,
    /// What it is.
    pub kind: Kind,
}

/// What a fenced block is, after its info string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// ` ```console ` or ` ```console,terminal=shop `: run in order with the page's other sessions.
    Console {
        /// The terminal's name; `None` is the reader's own.
        terminal: Option<String>,
        /// What is typed, in order.
        commands: Vec<Command>,
    },
    /// ` ```compiler,example=NAME `: what the compiler says of an example that must not compile.
    Compiler {
        /// The example's name.
        example: String,
        /// Its package; `None` is the crate of the page's chapter.
        package: Option<String>,
    },
    /// ` ```LANGUAGE,not-run=LABEL `: shown and not run, for the reason that `book/labels.toml` gives.
    NotRun {
        /// `console`, `yaml` and so on; may be empty.
        language: String,
        /// The label's name.
        label: String,
    },
    /// Anything else. No page may have one.
    Unaccounted,
}

/// Something that happens in a terminal, and what is expected of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The line of the page, counted from 1, that holds the `$ ` or the `^C`.
    pub line: usize,
    /// What is done.
    pub action: Action,
    /// What it must end with.
    pub status: Status,
    /// The lines expected, without their line ends; empty lines at the end are part of it.
    pub output: Vec<String>,
    /// The line of the page at which `output` begins, or would begin if it is empty.
    pub output_at: usize,
}

/// What is done in a terminal. With `Listen` the command's `line` is the first line of the block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A command is typed: its lines, without `$ ` and `> `.
    Run(Vec<String>),
    /// Ctrl-C is pressed: SIGINT to what runs there.
    Interrupt,
    /// Nothing is typed: what runs there says more, or has ended by itself if a status is given.
    Listen,
}

/// How a command must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    /// Nothing is said: 0, if it ends; after `^C` anything goes.
    #[default]
    Unsaid,
    /// `? 1`.
    Code(i32),
    /// `? failed`: any status but 0.
    Failed,
    /// `? interrupted`: ended by a signal.
    Interrupted,
}

/// Something wrong on one line of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line of the page, counted from 1.
    pub line: usize,
    /// What is wrong there, and what would be right.
    pub message: String,
}

/// All fenced blocks of a page, in order.
///
/// # Errors
///
/// Everything that is wrong with any of them, in the order of the lines: a fence that is never closed, an
/// unknown attribute, a session that does not begin with a command.
pub fn blocks(page: &str) -> Result<Vec<Block>, Vec<Fault>> {
    let (blocks, faults) = read(page);
    if faults.is_empty() {
        Ok(blocks)
    } else {
        Err(faults)
    }
}

/// The blocks that could be read, and what is wrong with the others.
#[must_use]
pub fn read(page: &str) -> (Vec<Block>, Vec<Fault>) {
    let (fences, mut faults) = fences(page);
    let mut blocks = Vec::new();
    for fence in fences {
        match info::kind(&fence) {
            Ok(kind) => blocks.push(Block { fence, kind }),
            Err(fault) => faults.push(fault),
        }
    }
    faults.sort_by_key(|fault| fault.line);
    (blocks, faults)
}

impl Command {
    /// The command as a shell would read it, its lines joined; `^C` for an interrupt, nothing for listening.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.action {
            Action::Run(lines) => lines.join("\n"),
            Action::Interrupt => "^C".to_owned(),
            Action::Listen => String::new(),
        }
    }
}

impl Status {
    /// Whether a process that ended with `code` (`None`: by a signal) ended as expected.
    #[must_use]
    pub fn is_met_by(self, code: Option<i32>) -> bool {
        match self {
            Self::Unsaid => code == Some(0),
            Self::Code(expected) => code == Some(expected),
            Self::Failed => code.is_some_and(|code| code != 0),
            Self::Interrupted => code.is_none(),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsaid => write!(f, "0"),
            Self::Code(code) => write!(f, "{code}"),
            Self::Failed => write!(f, "failed"),
            Self::Interrupted => write!(f, "interrupted"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.message)
    }
}
