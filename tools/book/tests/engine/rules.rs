//! Each rule, broken and kept.

mod glossary;
mod listings;
mod parts;
mod prose;

use crate::fixture::problems;

const PAGE: &str = "book/ch01-bare-server.md";
const CRATE: &str = "chapters-code/ch01-bare-server";

/// A page with this problem and no other; its body begins on line 3.
fn only(body: &str, line: usize, message: &str) {
    assert_eq!(
        problems(body),
        [format!("{PAGE}:{line}: {message}")],
        "{body}"
    );
}

/// A page without a problem.
fn none(body: &str) {
    assert_eq!(problems(body), [""; 0], "{body}");
}
