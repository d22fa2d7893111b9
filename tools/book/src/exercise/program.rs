//! The program of an exercise: the answer's, without what was to be found.

use std::ops::Range;

use anyhow::{Context, Result};
use syn::spanned::Spanned;
use syn::visit::Visit;

use crate::page::{Directive, Listing};

/// An example of a chapter's crate that answers an exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The crate.
    pub package: String,
    /// What comes after `exercise_` in the example's name.
    name: String,
    /// The part of it that the page shows.
    anchor: String,
}

/// How the examples that answer an exercise begin, and how those of whoever works at one begin.
const ANSWER: &str = "exercise_";
const YOURS: &str = "your_";

impl Program {
    /// The program that this listing is from, if it answers an exercise.
    pub(super) fn shown_by(directive: &Directive) -> Option<Self> {
        let listing = Listing::parse(directive).ok()?;
        let (package, example) = listing.example()?;
        Some(Self {
            package: package.to_owned(),
            name: example.strip_prefix(ANSWER)?.to_owned(),
            anchor: listing.anchor.clone()?,
        })
    }

    /// The answer's file, from the root of the workspace.
    #[must_use]
    pub fn answer(&self) -> String {
        self.path(ANSWER)
    }

    /// The file of whoever works at it, from the root of the workspace; git ignores it.
    #[must_use]
    pub fn yours(&self) -> String {
        self.path(YOURS)
    }

    fn path(&self, prefix: &str) -> String {
        let Self { package, name, .. } = self;
        format!("chapters-code/{package}/examples/{prefix}{name}.rs")
    }

    /// `text` of a page with the reader's program in the place of the answer's.
    #[must_use]
    pub(super) fn instead(&self, text: &str) -> String {
        let name = &self.name;
        text.replace(&format!("{ANSWER}{name}"), &format!("{YOURS}{name}"))
    }

    /// What somebody begins with: the answer's program, in which the functions that the page shows have to be written. Where it shows
    /// no functions, all that it shows is gone.
    ///
    /// # Errors
    ///
    /// When the answer is not Rust, or has no such part.
    pub fn starter(&self, answer: &str, question: &str) -> Result<String> {
        let file = syn::parse_file(answer).context("it is not Rust")?;
        let part = self.part(answer)?;
        let mut search = Search {
            part: &part,
            bodies: Vec::new(),
        };
        search.visit_file(&file);
        let mut starter = answer.to_owned();
        let missing = "todo!(\"this is the exercise\")";
        let bodies = search.bodies;
        if bodies.is_empty() {
            let indent = &answer[part.clone()];
            let indent = &indent[..indent.len() - indent.trim_start_matches(' ').len()];
            starter.replace_range(part, &format!("{indent}{missing};\n"));
        }
        for body in bodies.into_iter().rev() {
            let line = answer[..body.start].rfind('\n').map_or(0, |at| at + 1);
            let before = &answer[line..body.start];
            let indent = " ".repeat(before.len() - before.trim_start().len());
            let body_of_ours = format!("{{\n{indent}    {missing}\n{indent}}}");
            starter.replace_range(body, &body_of_ours);
        }
        let is_mark = |line: &&str| line.trim_start().starts_with("// ANCHOR");
        let lines: Vec<&str> = starter.lines().filter(|line| !is_mark(line)).collect();
        // What is used by what is missing is not used yet.
        Ok(format!(
            "//! {question}\n\n#![allow(unused, clippy::unused_async)]\n\n{}\n",
            without_head(&lines).join("\n")
        ))
    }

    /// The bytes between the comments of the anchor, which are lines.
    fn part(&self, answer: &str) -> Result<Range<usize>> {
        let anchor = &self.anchor;
        let after = |mark: &str| {
            let at = answer.find(mark)?;
            answer[at..].find('\n').map(|end| at + end + 1)
        };
        let find = || {
            let first = after(&format!("// ANCHOR: {anchor}\n"))?;
            let last = answer.find(&format!("// ANCHOR_END: {anchor}\n"))?;
            let last = answer[..last].rfind('\n')? + 1;
            (first <= last).then_some(first..last)
        };
        find().with_context(|| format!("it has no anchor `{anchor}`"))
    }
}

/// The lines of a file without the comment at its head, which says too much.
fn without_head<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let is_head = |line: &&&str| line.starts_with("//!") || line.trim().is_empty();
    lines
        .iter()
        .copied()
        .skip(lines.iter().take_while(is_head).count())
        .collect()
}

/// Finds the bodies of functions in a part of a file.
struct Search<'a> {
    part: &'a Range<usize>,
    bodies: Vec<Range<usize>>,
}

impl Search<'_> {
    fn find(&mut self, function: Range<usize>, body: &syn::Block) {
        if self.part.start <= function.start && function.end <= self.part.end {
            self.bodies.push(body.span().byte_range());
        }
    }
}

impl<'ast> Visit<'ast> for Search<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        // What stands within a function goes with it.
        self.find(item.sig.span().byte_range(), &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.find(item.sig.span().byte_range(), &item.block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::directives;

    fn program(page: &str) -> Option<Program> {
        directives(page).iter().find_map(Program::shown_by)
    }

    const LISTING: &str =
        "{{#listing ../chapters-code/ch01-a/examples/exercise_lock.rs:adopt badge=fails}}\n";

    #[test]
    fn an_example_called_exercise_is_to_be_written() {
        let program = program(LISTING).unwrap();
        assert_eq!(
            program.answer(),
            "chapters-code/ch01-a/examples/exercise_lock.rs"
        );
        assert_eq!(
            program.yours(),
            "chapters-code/ch01-a/examples/your_lock.rs"
        );
        assert_eq!(
            program.instead("$ cargo run -q -p ch01-a --example exercise_lock"),
            "$ cargo run -q -p ch01-a --example your_lock"
        );
        for other in [
            "{{#listing ../chapters-code/ch01-a/examples/lock.rs:adopt}}\n",
            "{{#listing ../chapters-code/ch01-a/src/exercise_lock.rs:adopt}}\n",
            "{{#listing ../chapters-code/ch01-a/examples/exercise_lock.rs}}\n",
        ] {
            assert_eq!(self::program(other), None, "{other}");
        }
    }

    #[test]
    fn the_functions_that_the_page_shows_have_to_be_written() {
        let answer = "//! Exercise: the answer.\n\nuse a::b;\n\nfn main() {\n    adopt(1);\n}\n\n\
            // ANCHOR: adopt\n/// Adopts.\nfn adopt(id: u8) -> u8 {\n    fn inner() {}\n    id\n}\n\nimpl Shop {\n    fn one(&self) {\n        b();\n    }\n}\n// ANCHOR_END: adopt\n";
        let expected = "//! Why?\n\n#![allow(unused, clippy::unused_async)]\n\nuse a::b;\n\nfn main() {\n    adopt(1);\n}\n\n\
            /// Adopts.\nfn adopt(id: u8) -> u8 {\n    todo!(\"this is the exercise\")\n}\n\nimpl Shop {\n    fn one(&self) {\n        todo!(\"this is the exercise\")\n    }\n}\n";
        let program = program(LISTING).unwrap();
        assert_eq!(program.starter(answer, "Why?").unwrap(), expected);
    }

    #[test]
    fn where_no_function_is_shown_all_that_is_shown_is_gone() {
        let answer = "fn main() {\n    let a = 1;\n    // ANCHOR: adopt\n    let b = a;\n    sell(b);\n    // ANCHOR_END: adopt\n    end();\n}\n";
        let starter = program(LISTING).unwrap().starter(answer, "Why?").unwrap();
        assert!(
            starter.ends_with(
                "fn main() {\n    let a = 1;\n    todo!(\"this is the exercise\");\n    end();\n}\n"
            ),
            "{starter}"
        );
    }

    #[test]
    fn an_answer_without_the_part_is_an_error() {
        let program = program(LISTING).unwrap();
        for (answer, expected) in [
            ("fn main() {}\n", "it has no anchor `adopt`"),
            ("fn main() {\n", "it is not Rust"),
        ] {
            let error = program.starter(answer, "Why?").unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }
}
