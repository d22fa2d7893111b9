//! `{{#index}}`: by term, with the pages that speak of it, and by feature, with its page and its files.

use std::fmt::Write as _;

use super::entries::{Entry, Glossary};
use super::features::{Feature, Features};
use super::reading::{Page, Part};
use super::{address, page_of};
use crate::page::html::{code, escape, slug, with_code};

/// Each term with the pages whose prose has it, in the order of the book; the one that introduces it is first and bold.
pub(super) fn by_term(glossary: &Glossary, pages: &[&Page]) -> String {
    let mut html = "<h3 id=\"index-by-term\">By term</h3>\n<ul class=\"index\">\n".to_owned();
    for entry in &glossary.entries {
        let term = format!("<a href=\"#{}\">{}</a>", entry.id(), escape(&entry.term));
        let _ = writeln!(html, "<li>{term}: {}</li>", places(entry, pages));
    }
    html.push_str("</ul>\n");
    html
}

/// Links to the pages, those of a chapter side by side behind its number.
fn places(entry: &Entry, pages: &[&Page]) -> String {
    let mut html = String::new();
    let mut last = None;
    for (page, part, introduces) in found(entry, pages) {
        let chapter = page.chapter();
        let is_next = chapter.is_some() && last == Some(chapter);
        html.push_str(match last {
            None => "",
            Some(_) if is_next => ", ",
            Some(_) => "; ",
        });
        if let (Some(number), false) = (chapter, is_next) {
            let _ = write!(html, "{number}&#160;");
        }
        let link = link(page, part.id.as_deref());
        if introduces {
            let _ = write!(html, "<strong>{link}</strong>");
        } else {
            html.push_str(&link);
        }
        last = Some(chapter);
    }
    html
}

/// The pages that have a term, each with the first part that does; first the one that introduces it, which is marked.
fn found<'a>(entry: &Entry, pages: &[&'a Page]) -> Vec<(&'a Page, &'a Part, bool)> {
    let forms = entry.forms();
    let (introducing, others): (Vec<&Page>, Vec<&Page>) =
        pages.iter().partition(|page| page.stem() == entry.page);
    let introducing = introducing
        .into_iter()
        .filter_map(|page| Some((page, page.introduces(&forms)?, true)));
    let is_wanted = |page: &&Page| {
        let only_on = entry.only_on.as_ref();
        only_on.is_none_or(|stems| stems.iter().any(|stem| stem == page.stem()))
    };
    let others = others
        .into_iter()
        .filter(is_wanted)
        .filter_map(|page| Some((page, page.speaks_of(&forms)?, false)));
    introducing.chain(others).collect()
}

fn link(page: &Page, id: Option<&str>) -> String {
    let address = address(page, id);
    format!("<a href=\"{address}\">{}</a>", escape(&page.title))
}

/// The features in their groups. `repository` is where links to files lead, as those of listings do.
pub(super) fn by_feature(features: &Features, pages: &[Page], repository: Option<&str>) -> String {
    let mut html = "<h3 id=\"index-by-feature\">By feature</h3>\n".to_owned();
    for group in &features.groups {
        let _ = writeln!(
            html,
            "<h4 id=\"features-{}\">{}</h4>\n<ul class=\"index\">",
            slug(&group.title),
            escape(&group.title)
        );
        for feature in &group.features {
            let _ = writeln!(html, "<li>{}</li>", row(feature, pages, repository));
        }
        html.push_str("</ul>\n");
    }
    html
}

fn row(feature: &Feature, pages: &[Page], repository: Option<&str>) -> String {
    let page = page_of(pages, &feature.page).map(|page| {
        let link = link(page, feature.heading.as_deref());
        match page.chapter() {
            Some(chapter) => format!("{chapter}&#160;{link}"),
            None => link,
        }
    });
    let files = std::iter::once(&feature.file).chain(&feature.infra);
    let files = files.map(|file| match repository {
        Some(repository) => {
            let url = format!("{repository}/blob/main/{file}");
            format!("<a href=\"{}\">{}</a>", escape(&url), code(file))
        }
        None => code(file),
    });
    let links: Vec<String> = page.into_iter().chain(files).collect();
    format!("{}: {}", with_code(&feature.name), links.join(", "))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{entries, features, reading};
    use super::*;

    fn page(path: &str, text: &str) -> Page {
        reading::read(Path::new(path), text)
    }

    fn pages() -> [Page; 5] {
        [
            page(
                "book/preface.md",
                "# Preface\n\nNo outboxes yet. Look at the view.\n",
            ),
            page(
                "book/ch06-state.md",
                "# State\n\n## Later\n\nIt will be an outbox.\n",
            ),
            page(
                "book/ch07-events.md",
                "# Events\n\n## One write\n\nAn *outbox* and a *view*.\n",
            ),
            page("book/ch07-twice.md", "# Twice\n\nThe view of\nan outbox.\n"),
            page("book/what-it-costs.md", "# What it costs\n\nAn outbox.\n"),
        ]
    }

    #[test]
    fn a_term_leads_to_every_page_that_speaks_of_it_and_first_to_the_one_that_introduces_it() {
        let glossary = entries::parse(
            "[[entry]]\nterm = 'outbox'\npage = 'ch07-events'\nmeaning = 'A place.'\n\
             [[entry]]\nterm = 'view'\npage = 'ch07-events'\nonly-on = ['ch07-twice']\nmeaning = 'Rows.'\n",
        )
        .unwrap();
        let pages = pages();
        let pages: Vec<&Page> = pages.iter().collect();
        assert_eq!(
            by_term(&glossary, &pages),
            "<h3 id=\"index-by-term\">By term</h3>\n<ul class=\"index\">\n\
             <li><a href=\"#term-outbox\">outbox</a>: 7&#160;<strong><a href=\"ch07-events.html#one-write\">Events</a></strong>; \
             6&#160;<a href=\"ch06-state.html#later\">State</a>; 7&#160;<a href=\"ch07-twice.html\">Twice</a>; <a href=\"what-it-costs.html\">What it costs</a></li>\n\
             <li><a href=\"#term-view\">view</a>: 7&#160;<strong><a href=\"ch07-events.html#one-write\">Events</a></strong>, \
             <a href=\"ch07-twice.html\">Twice</a></li>\n</ul>\n"
        );
    }

    #[test]
    fn a_feature_leads_to_its_page_and_to_its_files() {
        let features = features::parse(
            "[[group]]\ntitle = 'Sales & more'\n[[group.feature]]\nfeature = 'a `sale`'\npage = 'ch07-events#one-write'\nfile = 'a/b.rs'\n\
             [[group.feature]]\nfeature = 'a look'\npage = 'preface'\nfile = 'c.rs'\ninfra = 'd.yaml'\n",
        )
        .unwrap();
        let html = by_feature(&features, &pages(), Some("https://example.org/shop"));
        assert_eq!(
            html,
            "<h3 id=\"index-by-feature\">By feature</h3>\n<h4 id=\"features-sales-more\">Sales &amp; more</h4>\n<ul class=\"index\">\n\
             <li>a <code>sale</code>: 7&#160;<a href=\"ch07-events.html#one-write\">Events</a>, <a href=\"https://example.org/shop/blob/main/a/b.rs\"><code>a/b.rs</code></a></li>\n\
             <li>a look: <a href=\"preface.html\">Preface</a>, <a href=\"https://example.org/shop/blob/main/c.rs\"><code>c.rs</code></a>, \
             <a href=\"https://example.org/shop/blob/main/d.yaml\"><code>d.yaml</code></a></li>\n</ul>\n"
        );
        let html = by_feature(&features, &pages(), None);
        assert!(
            html.contains("<a href=\"preface.html\">Preface</a>, <code>c.rs</code>"),
            "{html}"
        );
    }
}
