//! The engine within mdBook: what arrives in the built site.

use std::fs;

use book::page::Engine;
use mdbook_driver::MDBook;

use crate::fixture::{EXAMPLES, Fixture, JOURNAL};

/// Builds the book; the page of chapter 1, or what mdBook said.
fn built(fixture: &Fixture) -> Result<String, String> {
    let mut mdbook = MDBook::load(fixture.root()).map_err(|error| format!("{error:#}"))?;
    mdbook.with_preprocessor(Engine::new(&fixture.workspace()));
    mdbook.build().map_err(|error| format!("{error:#}"))?;
    let page = fixture.root().join("target/book/ch01-bare-server.html");
    fs::read_to_string(page).map_err(|error| error.to_string())
}

#[test]
fn a_listing_arrives_whole() {
    let html = built(&Fixture::with_page(&format!(
        "{{{{#listing {JOURNAL}:append badge=passes}}}}\nafter\n"
    )))
    .unwrap();
    let figure = "<figure class=\"listing\" id=\"listing-journal-append\"><figcaption><span class=\"where\">\
        <a href=\"https://example.org/shop/blob/main/chapters-code/ch01-bare-server/src/journal.rs#L6-L12\"><code>src/journal.rs</code></a>, \
        in <code>impl Journal</code></span> <span class=\"badge badge-passes\">passes its tests</span></figcaption>";
    assert!(html.contains(figure), "{html}");
    assert!(
        html.contains("<span class=\"line\"><span class=\"c\">/// Adds a line.</span>\n</span>"),
        "{html}"
    );
    assert!(!html.contains("ANCHOR") && !html.contains("{{#"), "{html}");
    assert!(html.contains("<p>after</p>"), "{html}");
    assert!(!html.contains("language-"), "{html}");
}

#[test]
fn a_step_arrives_with_its_marks() {
    let page = format!(
        "{{{{#listing {EXAMPLES}/one_winner.rs:adopt after=two_customers badge=keeps-P3}}}}\n"
    );
    let html = built(&Fixture::with_page(&page)).unwrap();
    for part in [
        "<span class=\"step\">after <code>two_customers</code></span> <span class=\"badge badge-keeps-P3\">keeps P3</span>",
        "<span class=\"line gone\">2 lines replaced\n</span>",
        "<span class=\"line replaced\" style=\"--i:4\">    <span class=\"k\">let</span> guard",
        "<details class=\"was\"><summary>what was here before</summary>",
    ] {
        assert!(html.contains(part), "{part}\n{html}");
    }
}

#[test]
fn asides_exercises_and_tables_keep_their_markdown() {
    let page = format!(
        "> [!ASIDE] A *title*\n> Some *prose*.\n>\n> ```console\n> $ ls\n>\n> a\n> ```\n\n\
         <details class=\"exercise\"><summary>★★ Why?</summary>\n\n{{{{#listing {JOURNAL}:body}}}}\n\n```console\n$ ls\n\na\n```\n\nBecause *so*.\n</details>\n\n\
         | rung | lines |\n|---|--:|\n| 1 | 2 |\n\n- one\n\n  {{{{#listing {JOURNAL}:body}}}}\n- two\n"
    );
    let html = built(&Fixture::with_page(&page)).unwrap();
    let flat = html.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "<aside class=\"boxed\" role=\"note\"> <p class=\"aside-title\">A *title*</p> <p>Some <em>prose</em>.</p> <figure class=\"session\">",
        "</figure> </aside>",
        "<details class=\"exercise\" id=\"exercise-1-1\"><summary><span class=\"exercise-number\">1.1</span> ★★ Why?</summary> \
         <figure class=\"listing\" id=\"listing-journal-body\">",
        "<p>Because <em>so</em>.</p> </details>",
        "<div class=\"table-scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table 1: rung, lines\"> <div class=\"table-wrapper\"> <table>",
        "id=\"listing-journal-body-2\"",
        "</li> <li> <p>two</p> </li>",
    ] {
        assert!(flat.contains(part), "{part}\n{flat}");
    }
}

#[test]
fn a_build_fails_on_every_problem_with_page_and_line() {
    let fixture = Fixture::with_page("{{#include x}}\n\n5 ms\n");
    let message = built(&fixture).unwrap_err();
    assert!(
        message.contains("book/ch01-bare-server.md:3: `{{#include}}` is mdBook's")
            && message.contains("book/ch01-bare-server.md:5: `5 ms`"),
        "{message}"
    );
}

#[test]
fn the_search_index_holds_prose_and_code_once() {
    let fixture = Fixture::with_page(&format!(
        "Quokkas are prose.\n\n{{{{#listing {JOURNAL}:append}}}}\n"
    ));
    built(&fixture).unwrap();
    let index = fs::read_dir(fixture.root().join("target/book"))
        .unwrap()
        .flatten()
        .find(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .starts_with("searchindex")
        })
        .map(|entry| fs::read_to_string(entry.path()).unwrap())
        .unwrap();
    let bodies: Vec<&str> = index
        .split("\"body\":\"")
        .skip(1)
        .map(|body| body.split('"').next().unwrap())
        .collect();
    let body = bodies.iter().find(|body| body.contains("Quokkas")).unwrap();
    assert_eq!(body.matches("Adds a line.").count(), 1, "{body}");
    assert!(!body.contains("span class"), "{body}");
}
