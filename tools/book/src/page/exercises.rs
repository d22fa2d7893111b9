//! The exercises on their pages, which get their numbers there, and in the list of all of them.

use std::path::Path;

use super::layout::Lines;
use super::source::display;
use crate::exercise::{Exercise, Task};
use crate::generated::Directive;
use crate::generated::html::{Cell, Table, escape, small_print};

/// The list of all exercises.
pub(super) const DIRECTIVE: Directive = Directive {
    name: "exercises",
    takes: "nothing",
    inline: false,
};

/// Numbers the exercises of a page, and gives each a place that a link can lead to.
pub(super) fn number(exercises: &[Exercise], page: &Path, lines: &mut Lines) {
    for exercise in exercises.iter().filter(|exercise| exercise.page == page) {
        let line = lines.line(*exercise.lines.start());
        *line = line.replacen(
            "<details class=\"exercise\"><summary>",
            &format!(
                "<details class=\"exercise\" id=\"{}\"><summary><span class=\"exercise-number\">{}</span> ",
                exercise.id(),
                exercise.number
            ),
            1,
        );
    }
}

/// The HTML of `{{#exercises}}`.
///
/// # Errors
///
/// An argument, or a book without exercises.
pub(super) fn list(exercises: &[Exercise], argument: &str) -> Result<String, String> {
    if !argument.is_empty() {
        return Err(format!("{{{{#exercises {argument}}}}}: it takes nothing"));
    }
    if exercises.is_empty() {
        return Err("{{#exercises}}: no page has an exercise".to_owned());
    }
    let head = ["exercise", "stars", "to do", "question"].map(Cell::words);
    let mut table = Table::new("All exercises", head.to_vec());
    for exercise in exercises {
        let page = display(Path::new(exercise.page.file_name().unwrap_or_default()));
        let page = page.trim_end_matches(".md");
        let link = format!(
            "<a href=\"{page}.html#{}\">{}</a>",
            exercise.id(),
            exercise.number
        );
        table.row(vec![
            Cell::html(link),
            Cell::words(&exercise.rank()),
            Cell::words(&exercise.task().to_string()),
            Cell::html(exercise.question.clone()),
        ]);
    }
    let count = |task: Task| {
        exercises
            .iter()
            .filter(|exercise| exercise.task() == task)
            .count()
    };
    let print = format!(
        "{} exercises: for {} a program is to be written, for {} it is to be said what happens.",
        exercises.len(),
        count(Task::Write),
        count(Task::Predict),
    );
    Ok(table.html() + &small_print(&escape(&print)))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::exercise::find;

    const PAGE: &str = "# A\n\n<details class=\"exercise\"><summary>★ Why <code>a</code>?</summary>\n\n```console\n$ ls\n```\n</details>\n";

    #[test]
    fn exercises_have_a_number_and_a_place_on_their_page() {
        let path = PathBuf::from("book/ch02-a.md");
        let (exercises, _) = find(&vec![(path.clone(), PAGE.to_owned())]);
        let mut lines = Lines::new(PAGE);
        number(&exercises, &path, &mut lines);
        assert_eq!(
            lines.line(3),
            "<details class=\"exercise\" id=\"exercise-2-1\"><summary><span class=\"exercise-number\">2.1</span> ★ Why <code>a</code>?</summary>"
        );
        let mut others = Lines::new(PAGE);
        number(&exercises, Path::new("book/ch02-b.md"), &mut others);
        assert_eq!(others.into_markdown(), PAGE);
        let list = list(&exercises, "").unwrap();
        assert!(
            list.contains("<a href=\"ch02-a.html#exercise-2-1\">2.1</a>"),
            "{list}"
        );
        assert!(list.contains("1 exercises: for 0 a program"), "{list}");
    }

    #[test]
    fn a_list_of_nothing_is_an_error() {
        assert!(list(&[], "").is_err());
        assert!(list(&[], "2").is_err());
    }
}
