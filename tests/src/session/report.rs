//! What running a page found.

use std::fmt;
use std::time::Duration;

/// Something wrong on a page, or with what it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The line of the page, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// Expected beside actual, what was printed, and the like; may be empty.
    pub detail: String,
}

impl Failure {
    pub(super) fn new(line: usize, message: impl Into<String>) -> Self {
        Self {
            line,
            message: message.into(),
            detail: String::new(),
        }
    }

    pub(super) fn with(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// The same with lines that were printed.
    pub(super) fn printed(self, lines: &[String]) -> Self {
        if lines.is_empty() {
            return self;
        }
        let lines: Vec<_> = lines.iter().map(|line| format!("   | {line}")).collect();
        self.with(lines.join("\n"))
    }
}

/// What was run of a page, and what came of it.
#[derive(Debug, Clone, Default)]
pub struct PageReport {
    /// The page, as `book/ch01-bare-server.md`.
    pub page: String,
    /// How many blocks were executed: sessions and messages of the compiler.
    pub blocks: usize,
    /// How many commands were typed.
    pub commands: usize,
    /// How many badges were made sure of.
    pub badges: usize,
    /// How long it took.
    pub time: Duration,
    /// Why the page was not run here, if it was not: a program that is missing, and how to install it.
    pub skipped: Option<String>,
    /// What is wrong, in the order of the page.
    pub failures: Vec<Failure>,
    /// The page with its outputs rewritten, where updating was asked for and something differs.
    pub updated: Option<String>,
}

impl PageReport {
    /// Whether all that was run is as the page says.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.failures.is_empty()
    }

    /// The failures, each as `book/ch01-bare-server.md:41: …` with what belongs to it below.
    #[must_use]
    pub fn told(&self) -> String {
        let told: Vec<String> = self
            .failures
            .iter()
            .map(|failure| {
                let Failure {
                    line,
                    message,
                    detail,
                } = failure;
                let head = format!("{}:{line}: {message}", self.page);
                if detail.is_empty() {
                    head
                } else {
                    format!("{head}\n{detail}")
                }
            })
            .collect();
        told.join("\n\n")
    }
}

impl fmt::Display for PageReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let page = &self.page;
        if let Some(reason) = &self.skipped {
            return write!(f, "{page}: skipped: {reason}");
        }
        write!(
            f,
            "{page}: {} executed, {}, {}, {:.1} s",
            counted(self.blocks, "block"),
            counted(self.commands, "command"),
            counted(self.badges, "badge"),
            self.time.as_secs_f64()
        )
    }
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
