//! A listing as the page shows it: caption, step, code.

use std::path::{Path, PathBuf};

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::directive::{Listing, path_and_anchor};
use super::files::Files;
use super::html::{code, escape, line, slug, span};
use super::items::containers;
use super::source::{Excerpt, Source, display};

/// How many lines stay beside a change, and how many at the ends of a listing, so that it keeps its frame.
const CONTEXT: usize = 2;
const FRAME: usize = 1;
/// Fewer unchanged lines than this are not worth folding.
const FOLD: usize = 4;

/// Turns listings into figures.
pub(super) struct Listings<'a> {
    pub(super) files: &'a Files,
    /// The page, relative to the root of the workspace.
    pub(super) page: &'a Path,
    /// The address of the repository, for links.
    pub(super) repository: Option<&'a str>,
    /// The ids given out on this page.
    pub(super) ids: Vec<String>,
}

impl Listings<'_> {
    /// The figure of a listing.
    ///
    /// # Errors
    ///
    /// What keeps it from being shown.
    pub(super) fn figure(&mut self, listing: &Listing) -> Result<String, String> {
        let source = self.files.shown(self.page, &listing.path)?;
        let excerpt = source.excerpt(listing.anchor.as_deref())?;
        let (code, was) = match &listing.after {
            Some(after) => self.step(listing, &source, &excerpt, after)?,
            None => (
                excerpt.html.iter().map(|html| line("", html)).collect(),
                String::new(),
            ),
        };
        let caption = self.caption(listing, &source, &excerpt);
        let id = self.id(&source.path, listing.anchor.as_deref());
        Ok(format!(
            "<figure class=\"listing\" id=\"{id}\"><figcaption>{caption}</figcaption><pre class=\"code\"><code>{code}</code></pre>{was}</figure>"
        ))
    }

    fn id(&mut self, path: &Path, anchor: Option<&str>) -> String {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let base = slug(&format!("listing-{stem}-{}", anchor.unwrap_or_default()));
        let mut id = base.clone();
        for n in 2.. {
            if !self.ids.contains(&id) {
                break;
            }
            id = format!("{base}-{n}");
        }
        self.ids.push(id.clone());
        id
    }

    fn caption(&self, listing: &Listing, source: &Source, excerpt: &Excerpt) -> String {
        let (first, last) = excerpt.range;
        let within = match self.files.crate_of(&source.path) {
            Some(dir) => source.path.strip_prefix(&dir).unwrap_or(&source.path),
            None => &source.path,
        };
        let lines = match &listing.anchor {
            Some(_) => format!("#L{first}-L{last}"),
            None => String::new(),
        };
        let file = code(&display(within));
        let link = self.repository.map(|repository| {
            let url = format!("{repository}/blob/main/{}{lines}", display(&source.path));
            format!("<a href=\"{}\">{file}</a>", escape(&url))
        });
        let mut caption = format!("<span class=\"where\">{}", link.unwrap_or(file));
        for (at, item) in containers(source.items(), first, last).enumerate() {
            let before = if at == 0 { ", in " } else { ", " };
            caption.extend([before, &code(item)]);
        }
        caption.push_str("</span>");
        if let Some(after) = &listing.after {
            let (path, _) = path_and_anchor(after);
            let name = Path::new(path)
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy();
            caption.extend([" <span class=\"step\">after ", &code(&name), "</span>"]);
        }
        if let Some(badge) = &listing.badge {
            caption.extend([
                " ",
                &span(
                    &format!("badge badge-{}", badge.written()),
                    &badge.to_string(),
                ),
            ]);
        }
        caption
    }

    /// The code with its changes marked, and what was there before, folded.
    fn step(
        &self,
        listing: &Listing,
        source: &Source,
        excerpt: &Excerpt,
        after: &str,
    ) -> Result<(String, String), String> {
        let (path, anchor) = path_and_anchor(after);
        let target = if path.contains(['/', '.']) {
            path.to_owned()
        } else {
            let extension = source
                .path
                .extension()
                .unwrap_or_default()
                .to_string_lossy();
            let sibling =
                PathBuf::from(&listing.path).with_file_name(format!("{path}.{extension}"));
            display(&sibling)
        };
        let old_source = self
            .files
            .shown(self.page, &target)
            .map_err(|message| format!("after={after}: {message}"))?;
        let old = old_source
            .excerpt(anchor.or(listing.anchor.as_deref()))
            .map_err(|message| format!("after={after}: {message}"))?;
        let changes = capture_diff_slices(Algorithm::Patience, &old.lines, &excerpt.lines);
        if changes
            .iter()
            .all(|change| matches!(change, DiffOp::Equal { .. }))
        {
            return Err(format!(
                "after={after}: the two listings are the same, so this is no step"
            ));
        }
        Ok((marked(&changes, excerpt), before(&changes, &old)))
    }
}

/// The new lines, with marks.
fn marked(changes: &[DiffOp], new: &Excerpt) -> String {
    let mut code = String::new();
    for (at, change) in changes.iter().enumerate() {
        let (gone, range) = (change.old_range().len(), change.new_range());
        match change {
            DiffOp::Equal { .. } => {
                let head = if at == 0 { FRAME } else { CONTEXT };
                let tail = if at + 1 == changes.len() {
                    FRAME
                } else {
                    CONTEXT
                };
                let hidden = range.len().saturating_sub(head + tail);
                let fold = if hidden < FOLD { 0 } else { hidden };
                for html in
                    &new.html[range.start..range.start + if fold == 0 { range.len() } else { head }]
                {
                    code.push_str(&line("", html));
                }
                if fold > 0 {
                    code.push_str(&line("fold", &format!("… {} as before", lines(fold))));
                    for html in &new.html[range.end - tail..range.end] {
                        code.push_str(&line("", html));
                    }
                }
            }
            DiffOp::Delete { .. } => {
                code.push_str(&line("gone", &format!("{} removed", lines(gone))));
            }
            DiffOp::Insert { .. } | DiffOp::Replace { .. } => {
                if gone > 0 {
                    code.push_str(&line("gone", &format!("{} replaced", lines(gone))));
                }
                let class = if gone > 0 { "replaced" } else { "new" };
                for html in &new.html[range] {
                    code.push_str(&line(class, html));
                }
            }
        }
    }
    code
}

/// The lines that went away, to be unfolded.
fn before(changes: &[DiffOp], old: &Excerpt) -> String {
    let hunks: Vec<String> = changes
        .iter()
        .filter(|change| !matches!(change, DiffOp::Equal { .. }) && !change.old_range().is_empty())
        .map(|change| {
            old.html[change.old_range()]
                .iter()
                .map(|html| line("", html))
                .collect()
        })
        .collect();
    if hunks.is_empty() {
        return String::new();
    }
    let code = hunks.join(&line("fold", "…"));
    format!(
        "<details class=\"was\"><summary>what was here before</summary><pre class=\"code\"><code>{code}</code></pre></details>"
    )
}

fn lines(count: usize) -> String {
    if count == 1 {
        "1 line".to_owned()
    } else {
        format!("{count} lines")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str) -> Excerpt {
        Source::new(PathBuf::from("a.txt"), text.to_owned())
            .excerpt(None)
            .unwrap()
    }

    fn shown(old: &str, new: &str) -> (Vec<String>, String) {
        let (old, new) = (excerpt(old), excerpt(new));
        let changes = capture_diff_slices(Algorithm::Patience, &old.lines, &new.lines);
        let code = marked(&changes, &new);
        let lines = code
            .split("&#10;</span>")
            .filter_map(|line| line.strip_prefix("<span class=\"line"))
            .map(|line| line.trim_start_matches(' ').replace("\">", "|"))
            .collect();
        (lines, before(&changes, &old))
    }

    #[test]
    fn what_is_far_from_a_change_is_folded() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n";
        let (lines, was) = shown(old, "1\n2\n3\n4\n5\n6\n7\nnew\n8\n9\n10\n11\n");
        assert_eq!(
            lines,
            [
                "|1",
                "fold|… 4 lines as before",
                "|6",
                "|7",
                "new|new",
                "|8",
                "|9",
                "|10",
                "|11"
            ]
        );
        assert_eq!(was, "");
    }

    #[test]
    fn what_went_away_is_one_line_and_can_be_unfolded() {
        let (lines, was) = shown("a\nb\nc\nd\ne\n", "a\nx\nd\n");
        assert_eq!(
            lines,
            [
                "|a",
                "gone|2 lines replaced",
                "replaced|x",
                "|d",
                "gone|1 line removed"
            ]
        );
        assert!(was.contains(">b&#10;<") && was.contains(">c&#10;<") && was.contains(">e&#10;<"));
        assert!(!was.contains(">a&#10;<"));
    }
}
