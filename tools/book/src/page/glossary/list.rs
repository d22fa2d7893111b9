//! `{{#glossary}}`: each term with its meaning, where it is introduced, and who defines it.

use std::fmt::Write as _;

use super::entries::{Entry, Glossary};
use super::reading::Page;
use super::{address, page_of};
use crate::page::html::{escape, with_code};

/// The glossary as HTML. A term whose page is not there has no link to it; the checks tell of that.
pub(super) fn html(glossary: &Glossary, pages: &[Page]) -> String {
    let mut html = "<dl class=\"glossary\">\n".to_owned();
    for entry in &glossary.entries {
        let _ = writeln!(
            html,
            "<dt id=\"{}\">{}</dt>\n<dd>{} <small>{}</small></dd>",
            entry.id(),
            escape(&entry.term),
            with_code(&entry.meaning),
            whereabouts(entry, pages)
        );
    }
    html.push_str("</dl>\n");
    html
}

/// The page that introduces a term, and the source that defines it.
fn whereabouts(entry: &Entry, pages: &[Page]) -> String {
    let page = page_of(pages, &entry.page).map(|page| {
        let part = page.introduces(&entry.forms());
        let address = address(page, part.and_then(|part| part.id.as_deref()));
        let link = format!("<a href=\"{address}\">{}</a>", escape(&page.title));
        match page.chapter() {
            Some(chapter) => format!("Chapter {chapter}, {link}."),
            None => format!("{link}."),
        }
    });
    let source = entry.source.as_ref().map(|source| {
        format!(
            "Source: <a href=\"{}\">{}</a>.",
            escape(source),
            escape(&name_of(source))
        )
    });
    let parts: Vec<String> = page.into_iter().chain(source).collect();
    parts.join(" ")
}

/// What a source is called: an RFC by its number and section, anything else by its host.
fn name_of(source: &str) -> String {
    let rest = source.trim_start_matches("https://");
    let rest = rest.trim_start_matches("www.");
    let host = rest.split('/').next().unwrap_or(rest);
    let Some(rfc) = rest.strip_prefix("rfc-editor.org/rfc/rfc") else {
        return host.to_owned();
    };
    match rfc.split_once("#section-") {
        Some((number, section)) => format!("RFC {number}, section {section}"),
        None => format!("RFC {rfc}"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{entries, reading};
    use super::*;

    #[test]
    fn each_term_has_an_id_a_meaning_its_place_and_its_source() {
        let glossary = entries::parse(
            "[[entry]]\nterm = 'Dead & <gone>'\npage = 'ch07-poison'\nmeaning = 'What `x < y` is.'\nsource = 'https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1'\n\
             [[entry]]\nterm = 'ledger'\npage = 'preface'\nmeaning = 'A count.'\nsource = 'https://docs.aws.amazon.com/x'\n\
             [[entry]]\nterm = 'lost'\npage = 'nowhere'\nmeaning = 'Gone.'\n",
        )
        .unwrap();
        let page = |path: &str, text: &str| reading::read(Path::new(path), text);
        let pages = [
            page("book/preface.md", "# Preface\n\nA *ledger*.\n"),
            page(
                "book/ch07-poison.md",
                "# One & all\n\n## Put aside\n\nA *dead & \\<gone>*.\n",
            ),
        ];
        assert_eq!(
            html(&glossary, &pages),
            "<dl class=\"glossary\">\n\
             <dt id=\"term-dead-gone\">Dead &amp; &lt;gone&gt;</dt>\n\
             <dd>What <code>x &lt; y</code> is. <small>Chapter 7, <a href=\"ch07-poison.html#put-aside\">One &amp; all</a>. \
             Source: <a href=\"https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1\">RFC 9110, section 13.1.1</a>.</small></dd>\n\
             <dt id=\"term-ledger\">ledger</dt>\n\
             <dd>A count. <small><a href=\"preface.html\">Preface</a>. Source: <a href=\"https://docs.aws.amazon.com/x\">docs.aws.amazon.com</a>.</small></dd>\n\
             <dt id=\"term-lost\">lost</dt>\n<dd>Gone. <small></small></dd>\n</dl>\n"
        );
    }
}
