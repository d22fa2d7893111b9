//! The files that a page takes its listings from.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use super::highlight::Colours;
use super::items::{Item, items};
use crate::nearest::or_nearest;

/// A file, with the parts that its `ANCHOR` comments name.
pub(super) struct Source {
    /// Relative to the root of the workspace.
    pub(super) path: PathBuf,
    text: String,
    /// The lines, as ranges of the text, without their ends.
    lines: Vec<Range<usize>>,
    /// For each line, whether it is an anchor's comment.
    marks: Vec<bool>,
    anchors: BTreeMap<String, Anchor>,
    colours: OnceCell<Colours>,
    tree: OnceCell<Option<syn::File>>,
    items: OnceCell<Vec<Item>>,
}

#[derive(Debug, Default)]
struct Anchor {
    /// The lines of the comments that open it and close it, counted from 0.
    opened: Vec<usize>,
    closed: Vec<usize>,
}

/// Some lines of a source, as a listing shows them.
#[derive(Debug)]
pub(super) struct Excerpt {
    /// The numbers of its first and last line in the file, counted from 1.
    pub(super) range: (usize, usize),
    /// The lines, without the indentation that all of them have.
    pub(super) lines: Vec<String>,
    /// The same, as HTML.
    pub(super) html: Vec<String>,
}

impl Source {
    pub(super) fn new(path: PathBuf, text: String) -> Self {
        let mut lines = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            lines.push(start..start + line.trim_end_matches(['\n', '\r']).len());
            start += line.len();
        }
        let mut source = Self {
            path,
            marks: vec![false; lines.len()],
            lines,
            text,
            anchors: BTreeMap::new(),
            colours: OnceCell::new(),
            tree: OnceCell::new(),
            items: OnceCell::new(),
        };
        source.find_anchors();
        source
    }

    pub(super) fn is_rust(&self) -> bool {
        self.path
            .extension()
            .is_some_and(|extension| extension == "rs")
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The file as Rust; `None` if it is not.
    pub(super) fn tree(&self) -> Option<&syn::File> {
        self.tree
            .get_or_init(|| syn::parse_file(&self.text).ok())
            .as_ref()
    }

    /// What a Rust file consists of; nothing for any other file.
    pub(super) fn items(&self) -> &[Item] {
        self.items.get_or_init(|| {
            let tree = self.is_rust().then(|| self.tree()).flatten();
            tree.map(items).unwrap_or_default()
        })
    }

    fn find_anchors(&mut self) {
        static ANCHOR: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(
                r"^\s*(?://|#|;|--|<!--)\s*ANCHOR(?<end>_END)?:\s*(?<name>[\w-]+)\s*(?:-->)?\s*$",
            )
            .expect("a valid pattern")
        });
        for (at, line) in self.lines.iter().enumerate() {
            let Some(found) = ANCHOR.captures(&self.text[line.clone()]) else {
                continue;
            };
            self.marks[at] = true;
            let anchor = self.anchors.entry(found["name"].to_owned()).or_default();
            match found.name("end") {
                Some(_) => anchor.closed.push(at),
                None => anchor.opened.push(at),
            }
        }
    }

    /// The lines that `anchor` names, or all of them.
    ///
    /// # Errors
    ///
    /// What is wrong with the anchor, and where.
    pub(super) fn excerpt(&self, anchor: Option<&str>) -> Result<Excerpt, String> {
        let range = match anchor {
            Some(name) => self.anchored(name)?,
            None => 0..self.lines.len(),
        };
        let shown: Vec<usize> = range.filter(|at| !self.marks[*at]).collect();
        let text = |at: usize| &self.text[self.lines[at].clone()];
        let is_blank = |at: &usize| text(*at).trim().is_empty();
        let first = shown.iter().position(|at| !is_blank(at));
        let last = shown.iter().rposition(|at| !is_blank(at));
        let (Some(first), Some(last)) = (first, last) else {
            return Err(format!("{} has no line to show", self.name_of(anchor)));
        };
        let shown = &shown[first..=last];
        let indent = shown
            .iter()
            .filter(|at| !is_blank(at))
            .map(|at| text(*at).len() - text(*at).trim_start().len())
            .min()
            .unwrap_or(0);
        let colours = self
            .colours
            .get_or_init(|| Colours::of_file(&self.path, &self.text));
        let dedented = |at: &usize| {
            let line = self.lines[*at].clone();
            (line.start + indent).min(line.end)..line.end
        };
        Ok(Excerpt {
            range: (shown[0] + 1, shown[shown.len() - 1] + 1),
            lines: shown
                .iter()
                .map(|at| self.text[dedented(at)].to_owned())
                .collect(),
            html: shown
                .iter()
                .map(|at| colours.html(&self.text, dedented(at)))
                .collect(),
        })
    }

    fn name_of(&self, anchor: Option<&str>) -> String {
        let path = display(&self.path);
        anchor.map_or_else(
            || format!("`{path}`"),
            |anchor| format!("anchor `{anchor}` of `{path}`"),
        )
    }

    /// The lines between an anchor's comments.
    fn anchored(&self, name: &str) -> Result<Range<usize>, String> {
        let path = display(&self.path);
        let Some(anchor) = self.anchors.get(name) else {
            let hint = or_nearest(name, self.anchors.keys().map(String::as_str));
            return Err(format!("`{path}` has no anchor `{name}`{hint}"));
        };
        let at = |line: usize| format!("{path}:{}", line + 1);
        match (anchor.opened.as_slice(), anchor.closed.as_slice()) {
            ([opened], [closed]) if opened < closed => Ok(opened + 1..*closed),
            ([], [closed, ..]) => Err(format!(
                "{}: anchor `{name}` is closed and was never opened",
                at(*closed)
            )),
            ([first, again, ..], _) => Err(format!(
                "{}: anchor `{name}` is opened again; it was opened on line {}",
                at(*again),
                first + 1
            )),
            ([opened], []) => Err(format!("{}: anchor `{name}` is never closed", at(*opened))),
            ([_], [_, again, ..]) => {
                Err(format!("{}: anchor `{name}` is closed again", at(*again)))
            }
            ([opened], [_]) => Err(format!(
                "{}: anchor `{name}` is closed before it is opened",
                at(*opened)
            )),
            ([], []) => unreachable!("an anchor is found by one of its comments"),
        }
    }
}

/// A path as people and addresses write it, with `/`.
pub(super) fn display(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::new(PathBuf::from("src/a.rs"), text.to_owned())
    }

    #[test]
    fn anchors_may_nest_and_overlap_and_are_never_shown() {
        let source = source(
            "// ANCHOR: all\nfn a() {\n    // ANCHOR: in\n    let x = 1;\n\n        // ANCHOR_END: all\n    let y = 2;\n    // ANCHOR_END: in\n}\n",
        );
        let inner = source.excerpt(Some("in")).unwrap();
        assert_eq!(inner.lines, ["let x = 1;", "", "let y = 2;"]);
        assert_eq!(inner.range, (4, 7));
        assert_eq!(
            inner.html[0],
            "<span class=\"k\">let</span> x = <span class=\"n\">1</span>;"
        );
        assert_eq!(
            source.excerpt(Some("all")).unwrap().lines,
            ["fn a() {", "    let x = 1;"]
        );
        let whole = source.excerpt(None).unwrap();
        assert_eq!(
            whole.lines,
            ["fn a() {", "    let x = 1;", "", "    let y = 2;", "}"]
        );
    }

    #[test]
    fn an_anchor_that_is_not_one_part_is_an_error() {
        for (text, message) in [
            (
                "// ANCHOR: apend\nx\n// ANCHOR_END: apend\n",
                "`src/a.rs` has no anchor `append`; the nearest is `apend`",
            ),
            (
                "// ANCHOR: append\nx\n",
                "src/a.rs:1: anchor `append` is never closed",
            ),
            (
                "// ANCHOR_END: append\n",
                "src/a.rs:1: anchor `append` is closed and was never opened",
            ),
            (
                "// ANCHOR_END: append\n// ANCHOR: append\n",
                "src/a.rs:2: anchor `append` is closed before it is opened",
            ),
            (
                "// ANCHOR: append\n// ANCHOR: append\n// ANCHOR_END: append\n",
                "src/a.rs:2: anchor `append` is opened again; it was opened on line 1",
            ),
            (
                "// ANCHOR: append\nx\n// ANCHOR_END: append\n# ANCHOR_END: append\n",
                "src/a.rs:4: anchor `append` is closed again",
            ),
            (
                "// ANCHOR: append\n\n// ANCHOR_END: append\n",
                "anchor `append` of `src/a.rs` has no line to show",
            ),
        ] {
            assert_eq!(source(text).excerpt(Some("append")).unwrap_err(), message);
        }
    }
}
