//! Numbers with a unit: none may be typed into prose, unless its sentence goes on to name a source.
//!
//! A source is a footnote whose definition has an address, or an author and a year. The footnote follows the number in
//! the same sentence, or stands right behind its full stop. Inline code, the targets of links and what a directive puts
//! in do not count; headings, tables, asides and the texts of drawings do. Days, weeks and years are history, and free.

use std::sync::LazyLock;

use regex::Regex;

use super::prose::{NOTE, NOTE_END, Prose, Run};
use crate::session::Fault;

/// The typed figures of a page.
pub(super) fn faults(prose: &Prose) -> Vec<Fault> {
    let mut faults = Vec::new();
    for run in &prose.runs {
        let cited = |name: &str| prose.footnotes.get(name).is_some_and(|(_, cited)| *cited);
        if run.in_footnote.as_deref().is_some_and(cited) {
            continue;
        }
        for found in FIGURE.captures_iter(&run.text) {
            let (Some(figure), end) = (found.name("figure"), found.get_match().end()) else {
                continue;
            };
            if is_decade(figure.as_str()) || notes_after(run, end).iter().any(|name| cited(name)) {
                continue;
            }
            faults.push(Fault {
                line: run.line(figure.start()),
                message: format!(
                    "`{}` is typed into the prose: a directive reads it from a file ({{{{#measured}}}}, {{{{#price}}}}, \
                     {{{{#computed}}}}), or a footnote in the same sentence names its source",
                    figure.as_str()
                ),
            });
        }
    }
    faults
}

/// A number and a unit, either way round, that is no part of a longer word.
static FIGURE: LazyLock<Regex> = LazyLock::new(|| {
    let number = r"\d+(?:[.,_ ]\d+)*";
    let gap = r"[\s\u{a0}\u{202f}-]?";
    let time = "ns|µs|μs|ms|secs?|min|mins|h|(?:nano|micro|milli)?seconds?|minutes?|hours?";
    let bytes = "B|[kKMGT]i?B|(?:kilo|mega|giga|tera|kibi|mebi|gibi)?bytes?";
    let money = "USD|EUR|dollars?|euros?|cents?";
    let count = "percent|per cent|lines?|requests?|units?";
    let worded = format!(r"{number}{gap}(?:{time}|{bytes}|{money}|{count})\b");
    let short = format!(
        r"{number}(?:us|[\s\u{{a0}}\u{{202f}}]?[%$€]|[\s\u{{a0}}\u{{202f}}]s\b)|\b\d{{1,2}}s\b"
    );
    let before = format!(r"[$€]\s?{number}");
    Regex::new(&format!(
        r"(?:^|[^\w./])(?<figure>{before}|{worded}|{short})"
    ))
    .expect("a valid pattern")
});

/// `1980s` and `90s` name a time, no length of it.
fn is_decade(figure: &str) -> bool {
    figure.ends_with("0s") && figure.len() >= 5
}

/// The footnotes that follow `at` in its sentence.
fn notes_after(run: &Run, at: usize) -> Vec<&str> {
    let end = sentence_end(&run.text, at);
    run.notes()
        .filter(|(place, _)| (at..end).contains(place))
        .map(|(_, name)| name)
        .collect()
}

/// Where the sentence around `at` ends, with the footnotes that stand behind its full stop.
fn sentence_end(text: &str, at: usize) -> usize {
    static STOP: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(
            "[.!?][\"”’)*_]*(?:{NOTE}[^{NOTE_END}]*{NOTE_END})*(?:\\s+[^\\p{{Ll}}\\d\\s]|\\s*$)"
        ))
        .expect("a valid pattern")
    });
    STOP.find_at(text, at).map_or(text.len(), |stop| stop.end())
}

#[cfg(test)]
mod tests {
    use super::super::prose::read;
    use super::*;

    fn typed(page: &str) -> Vec<(usize, String)> {
        faults(&read(page, &[]))
            .into_iter()
            .map(|fault| {
                (
                    fault.line,
                    fault.message.split('`').nth(1).unwrap().to_owned(),
                )
            })
            .collect()
    }

    #[test]
    fn a_typed_figure_is_found_whatever_its_unit() {
        for figure in [
            "12 µs",
            "1.5 ms",
            "10 s",
            "10s",
            "3 min",
            "3 minutes",
            "5 hours",
            "64 KiB",
            "64-KiB",
            "16,384 bytes",
            "2 MB",
            "7 GB",
            "$32",
            "$ 0.20",
            "3 €",
            "3 dollars",
            "12 %",
            "12%",
            "12 percent",
            "120 lines",
            "1 line",
            "9,000 requests",
            "2 units",
            "20 milliseconds",
            "5\u{a0}ms",
            "250us",
        ] {
            assert_eq!(
                typed(&format!("It is\nabout {figure} here.\n")),
                [(2, figure.to_owned())]
            );
        }
    }

    #[test]
    fn what_is_no_figure_is_left_alone() {
        for prose in [
            "50 customers at once, 103 years, chapter 7, in 1985 and 1987.",
            "The 1980s, three 404s, P3 says so, an HTTP/1.1 request, RFC 9110, section 15.5.1.",
            "`12 ms` and [a link](x.md#12-ms), two lines, a second, ten of us.",
            "Port 8080, version 1.95, the 64 threads, 3 months.",
        ] {
            assert_eq!(typed(prose), [], "{prose}");
        }
    }

    #[test]
    fn a_source_in_the_same_sentence_excuses_a_figure() {
        let source = "\n\n[^a]: N. Leveson, *IEEE Computer* 26(7), 1993, in 8 min.\n";
        let link = "\n\n[^a]: [a page](https://example.org)\n";
        let none = "\n\n[^a]: I remember it so.\n";
        for (page, expected) in [
            (format!("It took 8 min.[^a] Well.{source}"), 0),
            (format!("It took 8 min, they say[^a]; well.{link}"), 0),
            (format!("It took 8 min. Well.[^a]{source}"), 1),
            (format!("Well.[^a] It took 8 min.{source}"), 1),
            (format!("It took 8 min.[^a]{none}"), 1),
            ("It took 8 min.[^a]".to_owned(), 1),
        ] {
            assert_eq!(typed(&page).len(), expected, "{page}");
        }
    }

    #[test]
    fn tables_headings_summaries_and_drawings_count() {
        assert_eq!(typed("# In 5 ms\n").len(), 1);
        assert_eq!(typed("| a |\n|---|\n| 5 ms |\n"), [(3, "5 ms".to_owned())]);
        assert_eq!(
            typed("<svg>\n<text>5 ms</text>\n</svg>\n"),
            [(2, "5 ms".to_owned())]
        );
        assert_eq!(
            typed("<details><summary>5 ms?</summary>\n\n</details>\n").len(),
            1
        );
    }
}
