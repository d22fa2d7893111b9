//! The directives of a page: `{{#name arguments}}`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Badge;
use crate::nearest::or_nearest;
use crate::session::{Fault, fences};

/// A directive as it stands on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The line of the page, counted from 1.
    pub line: usize,
    /// Where it stands in that line, in bytes.
    pub columns: Range<usize>,
    /// `listing` for `{{#listing …}}`.
    pub name: String,
    /// What follows the name, without the spaces around it.
    pub argument: String,
    /// Whether it stands alone on its line, spaces and `> ` aside.
    pub alone: bool,
}

/// What `{{#listing …}}` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The line of the page, counted from 1.
    pub line: usize,
    /// The file, as written: relative to the page.
    pub path: String,
    /// The part of the file; `None` is the whole.
    pub anchor: Option<String>,
    /// The listing that this one follows, as written: a stem, a path, or a path with an anchor.
    pub after: Option<String>,
    /// What is claimed of it.
    pub badge: Option<Badge>,
}

impl Listing {
    /// The example that the listing is from (`one_winner` for `…/examples/one_winner.rs`), and its package,
    /// which is the name of the folder that `examples/` stands in.
    #[must_use]
    pub fn example(&self) -> Option<(&str, &str)> {
        let (folder, file) = self.path.rsplit_once("/examples/")?;
        let package = folder.rsplit('/').next()?;
        let example = file
            .strip_suffix("/main.rs")
            .or_else(|| file.strip_suffix(".rs"))?;
        (!example.contains('/')).then_some((package, example))
    }

    /// Reads the argument of a listing.
    ///
    /// # Errors
    ///
    /// An unknown or doubled attribute, a badge that is none.
    pub fn parse(directive: &Directive) -> Result<Self, Fault> {
        let fault = |message| Fault {
            line: directive.line,
            message,
        };
        let mut words = directive.argument.split_whitespace();
        let Some(target) = words.next() else {
            return Err(fault(
                "a listing needs a file: {{#listing PATH:ANCHOR}}".to_owned(),
            ));
        };
        let (path, anchor) = path_and_anchor(target);
        let mut listing = Self {
            line: directive.line,
            path: path.to_owned(),
            anchor: anchor.map(str::to_owned),
            after: None,
            badge: None,
        };
        for word in words {
            match word.split_once('=') {
                Some(("after", value)) if listing.after.is_none() && !value.is_empty() => {
                    listing.after = Some(value.to_owned());
                }
                Some(("badge", value)) if listing.badge.is_none() => {
                    listing.badge = Some(value.parse().map_err(fault)?);
                }
                Some((key @ ("after" | "badge"), _)) => {
                    return Err(fault(format!("`{key}=` is said twice, or says nothing")));
                }
                _ => {
                    let key = word.split('=').next().unwrap_or(word);
                    let hint = or_nearest(key, ["after", "badge"]);
                    return Err(fault(format!(
                        "unknown attribute `{key}` in {{{{#listing}}}}{hint}"
                    )));
                }
            }
        }
        Ok(listing)
    }
}

/// The two parts of `src/journal.rs:append`.
pub(super) fn path_and_anchor(target: &str) -> (&str, Option<&str>) {
    match target.rsplit_once(':') {
        Some((path, anchor)) if !anchor.is_empty() && !anchor.contains('/') => (path, Some(anchor)),
        _ => (target, None),
    }
}

/// All directives of a page, in order; what stands in a fenced block or in inline code is none.
#[must_use]
pub fn directives(page: &str) -> Vec<Directive> {
    static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\{\{#\s*(?<name>[A-Za-z_-]*)(?<argument>[^}]*)\}\}").expect("a valid pattern")
    });
    let (fences, _) = fences(page);
    let mut found = Vec::new();
    for (line, text) in (1..).zip(page.lines()) {
        if fences
            .iter()
            .any(|fence| (fence.line..=fence.last_line).contains(&line))
        {
            continue;
        }
        let code = inline_code(text);
        for captures in DIRECTIVE.captures_iter(text) {
            let columns = captures.get_match().range();
            if code.iter().any(|code| code.contains(&columns.start)) {
                continue;
            }
            let before = text[..columns.start].trim_matches([' ', '\t', '>']);
            let after = text[columns.end..].trim();
            found.push(Directive {
                line,
                alone: before.is_empty() && after.is_empty(),
                name: captures["name"].to_owned(),
                argument: captures["argument"].trim().to_owned(),
                columns,
            });
        }
    }
    found
}

/// The parts of a line between backticks.
fn inline_code(line: &str) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut at = 0;
    while let Some(start) = line[at..].find('`').map(|found| at + found) {
        let length = line[start..].bytes().take_while(|b| *b == b'`').count();
        runs.push((start, length));
        at = start + length;
    }
    let mut parts = Vec::new();
    let mut rest = runs.as_slice();
    while let Some(((start, length), others)) = rest.split_first() {
        match others.iter().position(|(_, other)| other == length) {
            Some(end) => {
                parts.push(*start..others[end].0 + length);
                rest = &others[end + 1..];
            }
            None => rest = others,
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(argument: &str) -> Result<Listing, String> {
        let page = format!("# T\n\n{{{{#listing {argument}}}}}\n");
        Listing::parse(&directives(&page)[0]).map_err(|fault| fault.to_string())
    }

    #[test]
    fn directives_are_found_outside_of_code() {
        let page = "a {{#price vps.month}} b `{{#no}}` c\n> {{#promises 1}}\n```console\n$ {{#no}}\n```\n``a`{{#no}}``\n";
        let found = directives(page);
        let names: Vec<_> = found
            .iter()
            .map(|d| (d.line, d.name.as_str(), d.argument.as_str(), d.alone))
            .collect();
        assert_eq!(
            names,
            [(1, "price", "vps.month", false), (2, "promises", "1", true)]
        );
        assert_eq!(&page[found[0].columns.clone()], "{{#price vps.month}}");
    }

    #[test]
    fn a_listing_says_file_anchor_step_and_badge() {
        let read = listing("../chapters-code/ch01-bare-server/examples/one_winner.rs:adopt after=two_customers badge=keeps-P3").unwrap();
        assert_eq!(read.anchor.as_deref(), Some("adopt"));
        assert_eq!(read.after.as_deref(), Some("two_customers"));
        assert_eq!(read.badge, Some(Badge::Keeps("P3".to_owned())));
        assert_eq!(read.example(), Some(("ch01-bare-server", "one_winner")));
        assert_eq!(listing("../a/src/lib.rs").unwrap().example(), None);
    }

    #[test]
    fn a_misspelled_attribute_of_a_listing_is_named() {
        assert_eq!(
            listing("a.rs aftr=b").unwrap_err(),
            "3: unknown attribute `aftr` in {{#listing}}; the nearest is `after`"
        );
        assert_eq!(
            listing("a.rs badge=rnus").unwrap_err(),
            "3: `rnus` is no badge; there are `runs`, `passes`, `fails`, an error's code as `E0382`, `breaks-P3`, `keeps-P3`"
        );
        assert_eq!(
            listing("a.rs after=b after=c").unwrap_err(),
            "3: `after=` is said twice, or says nothing"
        );
        assert_eq!(
            listing("").unwrap_err(),
            "3: a listing needs a file: {{#listing PATH:ANCHOR}}"
        );
    }
}
