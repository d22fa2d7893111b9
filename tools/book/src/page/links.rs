//! Links within the book: the page, the file and the place they lead to must exist.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use pulldown_cmark::{Event, Tag, TagEnd};
use regex::Regex;

use super::files::{Files, resolve};
use super::prose::parser;
use super::source::display;
use crate::nearest::or_nearest;

/// The ids on each page, by its path from the root of the workspace.
pub(super) type Ids = BTreeMap<PathBuf, BTreeSet<String>>;

/// What is wrong with a link on a page; `None` if nothing is, or it leads out into the world.
pub(super) fn fault(files: &Files, ids: &Ids, page: &Path, link: &str) -> Option<String> {
    static SCHEME: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^(?:[a-zA-Z][a-zA-Z0-9+.-]*:|//)").expect("a valid pattern"));
    if SCHEME.is_match(link) {
        return None;
    }
    let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() {
        page.to_owned()
    } else {
        match place(files, ids, page, path) {
            Ok(target) => target,
            Err(message) => return Some(format!("the link to `{link}` is dead: {message}")),
        }
    };
    let known = ids.get(&target)?;
    if fragment.is_empty() || known.contains(fragment) {
        return None;
    }
    let hint = or_nearest(fragment, known.iter().map(String::as_str));
    Some(format!(
        "the link to `{link}` is dead: `{}` has no `#{fragment}`{hint}",
        display(&target)
    ))
}

/// The page or file that a link leads to.
fn place(files: &Files, ids: &Ids, page: &Path, path: &str) -> Result<PathBuf, String> {
    let folder = page.parent().unwrap_or(Path::new(""));
    let target = resolve(folder, path)
        .filter(|target| !path.starts_with('/') && target.starts_with("book"))
        .ok_or("it leads out of `book/`, and the site is nothing but that")?;
    let as_page = match target.extension().and_then(|extension| extension.to_str()) {
        Some("html" | "md") => target.with_extension("md"),
        _ => target.clone(),
    };
    if ids.contains_key(&as_page) {
        return Ok(as_page);
    }
    if as_page
        .extension()
        .is_some_and(|extension| extension == "md")
    {
        let pages: Vec<String> = ids.keys().map(|page| display(page)).collect();
        let hint = or_nearest(&display(&as_page), pages.iter().map(String::as_str));
        return Err(format!(
            "the book has no page `{}`{hint}",
            display(&as_page)
        ));
    }
    if files.exists(&target) {
        return Ok(target);
    }
    Err(format!(
        "there is no `{}`{}",
        display(&target),
        files.nearest(&target)
    ))
}

/// The ids of a page after rendering: those of its headings as mdBook makes them, and those written as `id="…"`.
pub(super) fn ids(markdown: &str) -> BTreeSet<String> {
    static ID: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"\sid="([^"]+)""#).expect("a valid pattern"));
    let mut ids: BTreeSet<String> = ID
        .captures_iter(markdown)
        .map(|found| found[1].to_owned())
        .collect();
    let mut used = HashSet::new();
    let mut heading: Option<(Option<String>, String)> = None;
    for event in parser(markdown) {
        match event {
            Event::Start(Tag::Heading { id, .. }) => {
                heading = Some((id.map(|id| id.to_string()), String::new()));
            }
            Event::Start(Tag::DefinitionListTitle) => heading = Some((None, String::new())),
            Event::Start(Tag::FootnoteDefinition(name)) => {
                ids.insert(format!("footnote-{name}"));
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some((_, heading)) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_) | TagEnd::DefinitionListTitle) => {
                if let Some((id, text)) = heading.take() {
                    ids.insert(id.unwrap_or_else(|| unique(&of_heading(&text), &mut used)));
                }
            }
            _ => {}
        }
    }
    ids
}

/// mdBook's rule for the id of a heading.
pub(super) fn of_heading(text: &str) -> String {
    let kept = text.trim().to_lowercase();
    kept.chars()
        .filter_map(|c| match c {
            c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c),
            c if c.is_whitespace() => Some('-'),
            _ => None,
        })
        .collect()
}

/// mdBook's rule for a second heading of the same name.
pub(super) fn unique(id: &str, used: &mut HashSet<String>) -> String {
    let numbered = (1..).map(|n| format!("{id}-{n}"));
    let mut names = std::iter::once(id.to_owned()).chain(numbered);
    names
        .find(|name| used.insert(name.clone()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_have_the_ids_that_mdbook_gives() {
        let ids = ids(
            "# A \"bare\" `server`\n\n## It's -- so\n\n## Twice\n\n## Twice\n\n## Own {#own}\n\n<b id=\"raw\">x</b>\n\n[^n]: x\n\n[^n]\n",
        );
        let expected = [
            "a-bare-server",
            "footnote-n",
            "its--so",
            "own",
            "raw",
            "twice",
            "twice-1",
        ];
        assert_eq!(ids.into_iter().collect::<Vec<_>>(), expected);
    }
}
