//! What was printed beside what the page expects, in trycmd's grammar.
//!
//! snapbox compares: `...` on a line of its own stands for any lines, `[..]` for anything within a line. A named
//! redaction, `[HOW_MANY]`, stands for what its pattern in `book/redactions.toml` matches, at the place where the page
//! has it and nowhere else.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use book::redactions::{Redaction, is_name};
use regex::Regex;
use snapbox::Data;
use snapbox::filter::NormalizeToExpected;
use snapbox::report::{Palette, write_diff};

/// The named redactions of the book.
pub type Redactions = BTreeMap<String, Redaction>;

/// Something that looks like a named redaction.
static NAMED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\[([A-Z][A-Z0-9_]*)\]").expect("a valid pattern"));

/// Compares outputs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comparer<'a> {
    /// What the names stand for.
    pub redactions: &'a Redactions,
}

impl Comparer<'_> {
    /// Whether `actual` is what `expected` says.
    pub fn matches(self, expected: &[String], actual: &[String]) -> bool {
        self.normalized(expected, actual) == expected
    }

    /// `actual` with the patterns of `expected` wherever they match.
    pub fn normalized(self, expected: &[String], actual: &[String]) -> Vec<String> {
        let patterns: Vec<(Regex, &String)> = expected
            .iter()
            .filter_map(|line| Some((self.pattern(line)?, line)))
            .collect();
        let actual: Vec<String> = actual
            .iter()
            .map(|line| {
                let named = patterns.iter().find(|(pattern, _)| pattern.is_match(line));
                match named {
                    // What stands on the page as it was printed needs no pattern.
                    Some((_, pattern)) if !expected.contains(line) => (*pattern).clone(),
                    _ => line.clone(),
                }
            })
            .collect();
        let wanted = Data::text(joined(expected)).raw();
        let normalize = NormalizeToExpected::new().redact();
        let text = normalize.normalize(Data::text(joined(&actual)).raw(), &wanted);
        split(&text.to_string())
    }

    /// A pattern for a line that holds named redactions.
    fn pattern(self, line: &str) -> Option<Regex> {
        let mut pattern = "^".to_owned();
        let mut rest = 0;
        let mut is_named = false;
        for found in NAMED.captures_iter(line) {
            let Some(redaction) = self.redactions.get(&found[1]) else {
                continue;
            };
            let whole = found.get(0)?;
            pattern += &literal(&line[rest..whole.start()]);
            let _ = write!(pattern, "(?:{})", redaction.regex.as_str());
            rest = whole.end();
            is_named = true;
        }
        pattern += &literal(&line[rest..]);
        pattern += "$";
        is_named.then(|| Regex::new(&pattern).ok()).flatten()
    }

    /// Names in `expected` that nothing is known of, with the number of their line; names that `actual` has too are
    /// plain text.
    pub fn unknown(self, expected: &[String], actual: &[String]) -> Vec<(usize, String)> {
        let mut unknown = Vec::new();
        for (at, line) in expected.iter().enumerate() {
            for found in NAMED.captures_iter(line) {
                let is_plain = actual.iter().any(|line| line.contains(&found[0]));
                if is_name(&found[1]) && !self.redactions.contains_key(&found[1]) && !is_plain {
                    unknown.push((at, found[0].to_owned()));
                }
            }
        }
        unknown
    }
}

/// `text` for a pattern; `[..]` in it stands for anything.
fn literal(text: &str) -> String {
    let parts: Vec<String> = text.split("[..]").map(regex::escape).collect();
    parts.join(".*?")
}

/// Expected and actual, line by line.
pub(super) fn difference(expected: &[String], actual: &[String]) -> String {
    let mut diff = String::new();
    let [page, printed] = ["the page", "the run"];
    let [wanted, got] = [expected, actual].map(|lines| Data::text(joined(lines)).raw());
    // Writing into a string does not fail.
    let _ = write_diff(
        &mut diff,
        &wanted,
        &got,
        Some(&page),
        Some(&printed),
        Palette::plain(),
    );
    diff.trim_matches('\n').to_owned()
}

fn joined(lines: &[String]) -> String {
    lines
        .iter()
        .fold(String::new(), |text, line| text + line + "\n")
}

fn split(text: &str) -> Vec<String> {
    text.split_terminator('\n').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        split(text)
    }

    fn redactions() -> Redactions {
        let redaction = |regex: &str| Redaction {
            regex: Regex::new(regex).unwrap(),
            means: "a number".to_owned(),
        };
        [("HOW_MANY".to_owned(), redaction("[0-9]+"))].into()
    }

    #[test]
    fn patterns_match_what_they_say_and_no_more() {
        let redactions = redactions();
        let comparer = Comparer {
            redactions: &redactions,
        };
        for (expected, actual, matches) in [
            ("", "", true),
            ("a\n", "a\n", true),
            ("a\n", "b\n", false),
            ("a\n", "a\nb\n", false),
            ("a\nb\n", "a\n", false),
            ("a\n\n", "a\n", false),
            ("...\n", "a\nb\n", true),
            ("...\n", "", true),
            ("...\nb\n", "a\nb\n", true),
            ("a[..]c\n", "abc\n", true),
            (
                "50 asked, [HOW_MANY] got it\n",
                "50 asked, 3 got it\n",
                true,
            ),
            (
                "50 asked, [HOW_MANY] got it\n",
                "49 asked, 3 got it\n",
                false,
            ),
            (
                "50 asked, [HOW_MANY] got it\n",
                "50 asked, three got it\n",
                false,
            ),
            ("[HOW_MANY] of [..]\n7 of 50\n", "3 of 50\n7 of 50\n", true),
            ("[HOW_MANY] of [..]\n7 of 50\n", "3 of 50\n8 of 50\n", false),
        ] {
            assert_eq!(
                comparer.matches(&lines(expected), &lines(actual)),
                matches,
                "{expected} {actual}"
            );
        }
    }

    #[test]
    fn patterns_are_kept_where_they_still_match() {
        let redactions = redactions();
        let comparer = Comparer {
            redactions: &redactions,
        };
        let normalized = comparer.normalized(
            &lines("one [HOW_MANY]\ntwo [..]\n...\nlast\n"),
            &lines("one 7\nTWO x\nmore\nmore\nlast\n"),
        );
        assert_eq!(normalized, lines("one [HOW_MANY]\nTWO x\n...\nlast\n"));
    }

    #[test]
    fn a_name_that_nobody_defined_is_found_unless_it_was_printed() {
        let redactions = redactions();
        let comparer = Comparer {
            redactions: &redactions,
        };
        let unknown = comparer.unknown(
            &lines("a\n[HOWMANY] [INFO] error[E0382]\n"),
            &lines("a\n3 [INFO]\n"),
        );
        assert_eq!(unknown, [(1, "[HOWMANY]".to_owned())]);
    }

    #[test]
    fn a_difference_shows_both_sides() {
        let diff = difference(&lines("a\nb\n"), &lines("a\nc\n"));
        assert_eq!(
            diff,
            "---- expected: the page\n++++ actual:   the run\n   1    1 | a\n   2      - b\n        2 + c"
        );
    }
}
