//! Rewriting what a page says was printed, and nothing else of it.

use book::session::Fence;

use super::report::Failure;

/// Lines of a page, and what is to stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rewrite {
    /// The first line, counted from 1.
    pub at: usize,
    /// How many lines there are now.
    pub count: usize,
    /// What stands before each line: the spaces or the `> ` of the block.
    pub prefix: String,
    /// The new lines.
    pub lines: Vec<String>,
}

impl Rewrite {
    /// Of `count` lines from line `at`, within `fence`.
    pub fn new(fence: &Fence, at: usize, count: usize, lines: Vec<String>) -> Self {
        let prefix = fence.prefix.clone();
        Self {
            at,
            count,
            prefix,
            lines,
        }
    }

    /// Whether the new lines would be read as what they are; `in_session` if commands may follow.
    pub fn check(&self, in_session: bool) -> Result<(), Failure> {
        let (first, rest) = (self.lines.first(), &self.lines[..]);
        let is_typed = |line: &&String| line.starts_with("$ ") || *line == "^C";
        let is_fence = |line: &&String| {
            let line = line.trim_start();
            line.starts_with("```") || line.starts_with("~~~")
        };
        let misread = rest
            .iter()
            .find(is_fence)
            .or_else(|| rest.iter().find(|line| in_session && is_typed(line)))
            .or_else(|| {
                first
                    .filter(|line| in_session && (line.starts_with("> ") || line.starts_with("? ")))
            });
        match misread {
            None => Ok(()),
            Some(line) => Err(Failure::new(
                self.at,
                format!(
                    "`{line}` was printed, which would be read as something else on the page; let the command leave it out"
                ),
            )),
        }
    }
}

/// The page with all rewrites made. They may come in any order and must not overlap.
pub(super) fn rewritten(page: &str, mut rewrites: Vec<Rewrite>) -> String {
    let mut lines: Vec<String> = page.split_inclusive('\n').map(str::to_owned).collect();
    rewrites.sort_by_key(|rewrite| std::cmp::Reverse(rewrite.at));
    for Rewrite {
        at,
        count,
        prefix,
        lines: new,
    } in rewrites
    {
        let new = new.into_iter().map(|line| {
            let line = prefix.clone() + &line;
            // A line of the block that is empty keeps no spaces at its end.
            let line = if line.len() == prefix.len() {
                line.trim_end()
            } else {
                &line
            };
            format!("{line}\n")
        });
        lines.splice(at - 1..at - 1 + count, new);
    }
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewrite(at: usize, count: usize, prefix: &str, lines: &[&str]) -> Rewrite {
        Rewrite {
            at,
            count,
            prefix: prefix.to_owned(),
            lines: lines.iter().map(|&line| line.to_owned()).collect(),
        }
    }

    #[test]
    fn only_the_lines_in_question_change() {
        let page = "a\n> b\nc\n\nd";
        let rewrites = vec![
            rewrite(2, 1, "> ", &["x", "", "y"]),
            rewrite(4, 0, "", &["z"]),
        ];
        assert_eq!(rewritten(page, rewrites), "a\n> x\n>\n> y\nc\nz\n\nd");
    }

    #[test]
    fn lines_that_would_be_read_as_something_else_are_refused() {
        for (lines, is_fine) in [
            (&["> a"] as &[_], false),
            (&["a", "> a", "? 1"], true),
            (&["? 1"], false),
            (&["a", "$ b"], false),
            (&["a", "```"], false),
            (&["^C"], false),
        ] {
            assert_eq!(
                rewrite(1, 0, "", lines).check(true).is_ok(),
                is_fine,
                "{lines:?}"
            );
        }
        assert!(rewrite(1, 0, "", &["$ 1"]).check(false).is_ok());
    }
}
