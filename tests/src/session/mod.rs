//! A page is its test: this runs what it shows.
//!
//! For who writes a page:
//!
//! - Everything that a terminal shows has to stand on the page: all lines, and every end that is not 0. `...` and `[..]` stand for what
//!   differs; `? 1` is a status. After `^C` a status need not be said.
//! - What runs on needs a terminal with a name and is the last command of its block. Show the line that says when it is ready; `...`
//!   may stand before and after. If no line is shown, the command is taken to run on in silence once it
//!   waits for something, or after 2 s.
//! - What it prints meanwhile, and how it ends by itself, is shown by a later block of the terminal that begins with lines or `? 134`.
//!   What the page's own `kill` ended needs no word.
//! - 8080 and every port in `127.0.0.1:…`, `localhost:…`, `PORT=…` and `--port …` has a free one behind it.
//! - The current folder is an empty one. `cargo` works on the workspace from there and needs `-q`. A page that names `infra/`, the events of a
//!   chapter or `target/lambda` finds them there.
//! - A new page is filled in by `cargo book update`: type the commands and the statuses, leave the outputs out.
//!
//! The parser of blocks is the book's own (`book::session`). Here are the sandbox that a page is run in, its terminals, the
//! comparison with what the page says, and update mode. The story is in [`Runner::run`] and `sessions.rs`.

pub mod attempt;
mod badges;
mod build;
mod built;
mod cargo;
mod compare;
mod compiler;
mod finish;
mod judge;
pub mod lambda;
mod page;
mod ports;
mod processes;
pub mod programs;
mod promised;
mod report;
mod runner;
mod sandbox;
mod sessions;
mod shell;
mod slot;
mod terminal;
mod update;

pub use page::{Page, pages};
pub use ports::Ports;
pub use report::{Failure, PageReport};
pub use runner::{Mode, Runner, write};
pub use sessions::Limits;
