//! Finding the fenced blocks of a page, line by line, so that a block can be written back where it stood.

use super::Fault;

/// A fenced block as it stands on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// The line of the opening fence, counted from 1.
    pub line: usize,
    /// The line of the closing fence.
    pub last_line: usize,
    /// What stands before the fence on its line, and again before each line of the block: spaces, or the `> ` of a quotation.
    pub prefix: String,
    /// The info string, as in `console,terminal=shop`.
    pub info: String,
    /// The lines between the fences, without `prefix`. The first stands on line `line + 1` of the page.
    pub lines: Vec<String>,
}

/// The fenced blocks of a page, and those that are wrong as blocks.
#[must_use]
pub fn fences(page: &str) -> (Vec<Fence>, Vec<Fault>) {
    let mut found = Vec::new();
    let mut faults = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some((prefix, marks, info)) = opening(line) else {
            if let Some(marks) = in_list(line) {
                faults.push(Fault {
                    line: at + 1,
                    message:
                        "this block is unaccounted for: its fence must stand on a line of its own"
                            .to_owned(),
                });
                lines.find(|(_, line)| closes(line.trim_start(), marks));
            }
            continue;
        };
        let mut fence = Fence {
            line: at + 1,
            last_line: 0,
            prefix: prefix.to_owned(),
            info: info.to_owned(),
            lines: Vec::new(),
        };
        for (at, line) in lines.by_ref() {
            let Some(text) = inside(line, prefix) else {
                faults.push(Fault {
                    line: at + 1,
                    message: format!(
                        "the block that begins on line {} goes on here without the `{prefix}` before it",
                        fence.line
                    ),
                });
                break;
            };
            if closes(text, marks) {
                fence.last_line = at + 1;
                break;
            }
            fence.lines.push(text.to_owned());
        }
        if fence.last_line > 0 {
            found.push(fence);
        } else if !faults.iter().any(|fault| fault.line > fence.line) {
            faults.push(Fault {
                line: fence.line,
                message: "this block is never closed".to_owned(),
            });
        }
    }
    (found, faults)
}

/// `(prefix, marks, info)` of a line that opens a block.
fn opening(line: &str) -> Option<(&str, &str, &str)> {
    let text = line.trim_start_matches([' ', '\t', '>']);
    let prefix = &line[..line.len() - text.len()];
    let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let info = text.trim_start_matches(mark);
    let marks = &text[..text.len() - info.len()];
    if marks.len() < 3 || (mark == '`' && info.contains('`')) {
        return None;
    }
    Some((prefix, marks, info.trim()))
}

/// The marks of a block that opens right behind the mark of a list, as in `- ```console`.
fn in_list(line: &str) -> Option<&str> {
    let text = line.trim_start_matches([' ', '\t', '>']);
    let behind = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let behind = behind.strip_prefix(['-', '*', '+', '.', ')'])?;
    if !behind.starts_with(' ') {
        return None;
    }
    opening(behind).map(|(_, marks, _)| marks)
}

/// The line without the block's prefix; an empty line may lack the spaces at the prefix's end.
fn inside<'a>(line: &'a str, prefix: &str) -> Option<&'a str> {
    line.strip_prefix(prefix).or_else(|| {
        line.trim_end()
            .strip_prefix(prefix.trim_end())
            .filter(|rest| rest.is_empty())
    })
}

fn closes(text: &str, marks: &str) -> bool {
    let text = text.trim_end();
    text.starts_with(marks) && text.chars().all(|c| marks.starts_with(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_knows_its_lines_and_what_stands_before_it() {
        let page = "text\n\n```console\n$ ls\n```\n> ~~~ yaml,not-run=sam\n> a: ```\n>\n> ~~~\nend ``` no\n";
        let (found, faults) = fences(page);
        assert_eq!(faults, []);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].line, found[0].last_line), (3, 5));
        assert_eq!(found[0].info, "console");
        assert_eq!(found[0].lines, ["$ ls"]);
        assert_eq!((found[1].line, found[1].last_line), (6, 9));
        assert_eq!(found[1].prefix, "> ");
        assert_eq!(found[1].info, "yaml,not-run=sam");
        assert_eq!(found[1].lines, ["a: ```", ""]);
    }

    #[test]
    fn a_fence_that_is_never_closed_is_a_fault() {
        let (found, faults) = fences("```console\n$ ls\n");
        assert_eq!(found, []);
        assert_eq!(faults[0].to_string(), "1: this block is never closed");
        let (_, faults) = fences("> ```console\n> $ ls\nout\n");
        assert_eq!(
            faults[0].to_string(),
            "3: the block that begins on line 1 goes on here without the `> ` before it"
        );
    }
}
