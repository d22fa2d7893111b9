//! The sheet of an exercise: its question, and its session as somebody expects it to be.

use crate::page::{Badge, Directive, Listing, directives};
use crate::session::{Action, Block, Command, Fault, Kind, read};

use super::{Exercise, Task, is_session};

/// A page up to an exercise, and in the answer's place what somebody has written on the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The sessions of the page before the exercise, on their lines, and then those of the sheet; nothing else that could be run.
    pub text: String,
    /// How many of its lines are the page's.
    of_page: usize,
    /// The line of the sheet for each of the others.
    of_sheet: Vec<usize>,
}

/// Where a line of an attempt comes from, with its number there, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The page of the exercise.
    Page(usize),
    /// The sheet.
    Sheet(usize),
}

impl Attempt {
    /// Where the line comes from; lines are counted from 1.
    #[must_use]
    pub fn place(&self, line: usize) -> Place {
        match line.checked_sub(self.of_page + 1) {
            None => Place::Page(line),
            Some(at) => Place::Sheet(self.of_sheet.get(at).copied().unwrap_or(1)),
        }
    }
}

impl Exercise {
    /// The sheet that somebody is given. What is to be predicted is not on it.
    ///
    /// `page` is the text of the exercise's page.
    #[must_use]
    pub fn sheet(&self, page: &str) -> String {
        let number = self.number;
        let head = format!(
            "# Exercise {number} {}\n\n{}\n",
            self.rank(),
            self.plain_question()
        );
        let check = format!("`cargo book exercise {number} --check`");
        let page_is = format!("The page is {}.", self.page.display());
        let what = match &self.program {
            Some(program) => format!(
                "Write what is missing in {}. {page_is} {check} plays it up to here and goes on with your program{}.",
                program.yours(),
                if self.sessions(page).is_empty() {
                    ", which is put to the promise"
                } else {
                    " as below"
                },
            ),
            None => format!(
                "Write below each command what you expect it to print, and `? 1` first if it is to fail with status 1. A line \
                 `...` stands for any lines, and `[..]` for anything within a line. {page_is} {check} plays it up to here and \
                 compares.",
            ),
        };
        let mut sheet = format!("{head}\n{what}\n");
        let examples = self.examples(page).join(" and ");
        if !examples.is_empty() {
            sheet.extend([
                "\nWhat is run stands in ",
                &examples,
                ": read that first.\n",
            ]);
        }
        for block in self.sessions(page) {
            let lines = match &block.kind {
                Kind::Console { terminal, commands } if self.task() == Task::Predict => {
                    open(terminal.is_some(), commands)
                }
                _ => block.fence.lines.clone(),
            };
            sheet.extend(["\n```", &block.fence.info, "\n"]);
            for line in lines {
                sheet.push_str(&self.instead(&line));
                sheet.push('\n');
            }
            sheet.push_str("```\n");
        }
        sheet
    }

    /// The page up to the exercise, with what is on the sheet in the answer's place.
    ///
    /// # Errors
    ///
    /// What is wrong with the sheet: a block that cannot be read, or a command that is not the page's.
    pub fn attempt(&self, page: &str, sheet: &str) -> Result<Attempt, Vec<Fault>> {
        let (blocks, faults) = read(sheet);
        if !faults.is_empty() {
            return Err(faults);
        }
        let ours: Vec<Block> = blocks.into_iter().filter(is_session).collect();
        let theirs = self.sessions(page);
        let differ = ours
            .iter()
            .zip(&theirs)
            .find(|(ours, theirs)| typed(ours) != self.typed_instead(theirs));
        let fault = |line: usize, message: String| Err(vec![Fault { line, message }]);
        if let Some((ours, theirs)) = differ {
            let message = format!(
                "the commands have to stay as they are; on the page they are: {}",
                self.typed_instead(theirs).join("; ")
            );
            return fault(ours.fence.line, message);
        }
        if ours.len() != theirs.len() {
            let message = format!(
                "the page has {} sessions here, and the sheet {}: remove it, and `cargo book exercise {}` makes it anew",
                theirs.len(),
                ours.len(),
                self.number
            );
            return fault(1, message);
        }
        let first = *self.lines.start();
        let before: Vec<Block> = read(page).0.into_iter().filter(is_session).collect();
        let stays = |line: usize| {
            before
                .iter()
                .any(|block| (block.fence.line..=block.fence.last_line).contains(&line))
        };
        let mut lines: Vec<String> = (1..first)
            .zip(page.lines())
            .map(|(number, line)| {
                if stays(number) {
                    line.to_owned()
                } else {
                    String::new()
                }
            })
            .collect();
        let of_page = lines.len();
        let mut of_sheet = Vec::new();
        let mut add = |number: usize, line: String| {
            lines.push(line);
            of_sheet.push(number);
        };
        for block in &ours {
            let fence = &block.fence;
            for (number, line) in (1..).zip(sheet.lines()) {
                if (fence.line..=fence.last_line).contains(&number) {
                    add(number, line.to_owned());
                }
            }
        }
        for directive in self.promises(page) {
            let argument = self.instead(&directive.argument);
            add(1, String::new());
            add(1, format!("{{{{#listing {argument}}}}}"));
        }
        let text = lines.join("\n") + "\n";
        Ok(Attempt {
            text,
            of_page,
            of_sheet,
        })
    }

    /// The sessions of the answer.
    fn sessions(&self, page: &str) -> Vec<Block> {
        let blocks = read(page).0.into_iter();
        blocks
            .filter(|block| is_session(block) && self.lines.contains(&block.fence.line))
            .collect()
    }

    /// The examples that the answer shows before it runs them, from the root of the workspace; none if one is to be written.
    fn examples(&self, page: &str) -> Vec<String> {
        let last = self.sessions(page).last().map(|block| block.fence.line);
        let mut examples: Vec<String> = directives(page)
            .iter()
            .filter(|directive| directive.name == "listing" && self.task() == Task::Predict)
            .filter(|directive| self.lines.contains(&directive.line) && Some(directive.line) < last)
            .filter_map(|directive| Listing::parse(directive).ok())
            .map(|listing| listing.path.trim_start_matches("../").to_owned())
            .filter(|path| path.contains("/examples/"))
            .collect();
        examples.dedup();
        examples
    }

    /// The listings of the answer that say of a program which promise it keeps or breaks.
    fn promises(&self, page: &str) -> Vec<Directive> {
        let says = |directive: &Directive| {
            let listing = Listing::parse(directive).ok();
            let badge = listing.and_then(|listing| listing.badge);
            matches!(badge, Some(Badge::Keeps(_) | Badge::Breaks(_)))
        };
        let directives = directives(page).into_iter();
        directives
            .filter(|directive| self.lines.contains(&directive.line))
            .filter(|directive| directive.name == "listing" && says(directive))
            .collect()
    }

    fn instead(&self, text: &str) -> String {
        let program = self.program.as_ref();
        program.map_or_else(|| text.to_owned(), |program| program.instead(text))
    }

    fn typed_instead(&self, block: &Block) -> Vec<String> {
        let typed = typed(block).into_iter();
        typed.map(|command| self.instead(&command)).collect()
    }
}

/// What is typed in a block, in order.
fn typed(block: &Block) -> Vec<String> {
    let Kind::Console { commands, .. } = &block.kind else {
        return Vec::new();
    };
    commands.iter().map(Command::text).collect()
}

/// A session without what it prints. What a program says that runs on in a terminal of its own stays: by that it is seen to be ready.
fn open(has_terminal: bool, commands: &[Command]) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, command) in (1..).zip(commands) {
        match &command.action {
            Action::Run(typed) => {
                let marks = std::iter::once("$ ").chain(std::iter::repeat("> "));
                lines.extend(marks.zip(typed).map(|(mark, line)| format!("{mark}{line}")));
            }
            Action::Interrupt => lines.push("^C".to_owned()),
            Action::Listen => {}
        }
        let runs_on = has_terminal && at == commands.len();
        if runs_on || command.action == Action::Listen {
            lines.extend(command.output.iter().cloned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::exercise::find;

    const PAGE: &str = "# A\n\n```console\n$ export A=1\n```\n\n```sql,not-run=x\nx\n```\n\n\
        <details class=\"exercise\"><summary>★ What?</summary>\n\nSo.\n\n```console,terminal=shop\n$ serve\nlistening\n```\n\n\
        ```console\n$ ask \\\n> more\n? 1\nno\n$ again\nyes\n```\n</details>\n\n```console\n$ after\n```\n";

    fn exercise(page: &str) -> Exercise {
        let pages = vec![(PathBuf::from("book/ch01-a.md"), page.to_owned())];
        let (mut exercises, faults) = find(&pages);
        assert!(faults.is_empty(), "{faults:?}");
        exercises.remove(0)
    }

    #[test]
    fn what_is_to_be_predicted_is_not_on_the_sheet() {
        let sheet = exercise(PAGE).sheet(PAGE);
        assert!(
            sheet.starts_with("# Exercise 1.1 ★\n\nWhat?\n\nWrite below each command"),
            "{sheet}"
        );
        assert!(
            sheet.ends_with(
                "\n\n```console,terminal=shop\n$ serve\nlistening\n```\n\n```console\n$ ask \\\n> more\n$ again\n```\n"
            ),
            "{sheet}"
        );
    }

    #[test]
    fn the_sheet_says_where_that_stands_which_is_run() {
        let listing =
            |file: &str| format!("{{{{#listing ../chapters-code/ch01-a/{file}.rs:part}}}}\n\n");
        let before = [listing("examples/sold/main"), listing("src/shop")].concat();
        let page = PAGE.replace("So.\n\n", &before);
        let page = page.replace(
            "</details>",
            &format!("\n{}</details>", listing("examples/later")),
        );
        let sheet = exercise(&page).sheet(&page);
        let told = "compares.\n\nWhat is run stands in chapters-code/ch01-a/examples/sold/main.rs: read that first.\n\n```";
        assert!(sheet.contains(told), "{sheet}");
    }

    #[test]
    fn the_sheet_takes_the_place_of_the_answer() {
        let exercise = exercise(PAGE);
        let sheet = exercise
            .sheet(PAGE)
            .replace("> more\n", "> more\n? 1\nmaybe\n");
        let attempt = exercise.attempt(PAGE, &sheet).unwrap();
        assert_eq!(
            attempt.text,
            "\n\n```console\n$ export A=1\n```\n\n\n\n\n\n```console,terminal=shop\n$ serve\nlistening\n```\n\
             ```console\n$ ask \\\n> more\n? 1\nmaybe\n$ again\n```\n"
        );
        assert_eq!(attempt.place(4), Place::Page(4));
        let line = 1 + attempt
            .text
            .lines()
            .position(|line| line == "maybe")
            .unwrap();
        let in_sheet = 1 + sheet.lines().position(|line| line == "maybe").unwrap();
        assert_eq!(attempt.place(line), Place::Sheet(in_sheet));
    }

    #[test]
    fn the_commands_on_the_sheet_stay_the_page_s() {
        let exercise = exercise(PAGE);
        let sheet = exercise.sheet(PAGE);
        let told = |sheet: &str| {
            exercise.attempt(PAGE, sheet).unwrap_err()[0]
                .message
                .clone()
        };
        let message = told(&sheet.replace("$ again", "$ never"));
        assert!(
            message.ends_with("they are: ask \\\nmore; again"),
            "{message}"
        );
        let message = told(sheet.split("```console\n").next().unwrap());
        assert!(
            message.starts_with("the page has 2 sessions here, and the sheet 1"),
            "{message}"
        );
    }

    #[test]
    fn a_program_takes_the_place_of_the_answer_s() {
        let page = "<details class=\"exercise\"><summary>★★ Why?</summary>\n\n\
            {{#listing ../chapters-code/ch01-a/examples/exercise_b.rs:c badge=keeps-P3}}\n\n\
            ```console\n$ cargo run -q -p ch01-a --example exercise_b\nit works\n```\n</details>\n";
        let exercise = exercise(page);
        let sheet = exercise.sheet(page);
        assert!(
            sheet.contains("Write what is missing in chapters-code/ch01-a/examples/your_b.rs."),
            "{sheet}"
        );
        assert!(
            sheet.ends_with("$ cargo run -q -p ch01-a --example your_b\nit works\n```\n"),
            "{sheet}"
        );
        let attempt = exercise.attempt(page, &sheet).unwrap();
        let listing = "{{#listing ../chapters-code/ch01-a/examples/your_b.rs:c badge=keeps-P3}}\n";
        assert!(attempt.text.ends_with(listing), "{}", attempt.text);
    }
}
