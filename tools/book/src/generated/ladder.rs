//! The ladder, the book's emblem: for every rung a column. Above the line what you run, drawn to scale;
//! below it what somebody else runs, told and not drawn to scale.
//!
//! Two scales stand above the line, because lines and machines do not add up: the bars are lines of your code
//! and your configuration on one scale, and under them each machine and each process is one block. Only rungs
//! that were counted are drawn.

mod above;
mod below;
mod layout;

use std::fs;

use anyhow::{Context, Result};

use self::layout::Layout;
use super::svg::Svg;
use crate::ledger::{Entry, Ledger};
use crate::measured::count;
use crate::workspace::Workspace;

/// `{{#ladder}}`, `{{#ladder 1}}` with a rung marked.
///
/// # Errors
///
/// When the ledger cannot be read, or has no such rung.
pub fn full(workspace: &Workspace, marked: Option<u8>) -> Result<String> {
    let ledger = Ledger::load(workspace)?;
    if let Some(rung) = marked {
        ledger.rung(rung)?;
    }
    Ok(full_figure(&ledger, marked))
}

pub(super) fn full_figure(ledger: &Ledger, marked: Option<u8>) -> String {
    let (svg, description) = full_svg(ledger, marked);
    let caption = format!(
        "What you run on each rung: lines of code and configuration to scale, each machine and process a block. \
         Under the line, what others run, not to scale. Counted on <time>{}</time>.",
        ledger.file.date
    );
    figure("ladder", &svg.html(TITLE, &description), &caption)
}

/// The ladder as a file of its own, for places that have no theme: the README.
///
/// # Errors
///
/// When the ledger or the theme's colours cannot be read.
pub fn standalone(workspace: &Workspace) -> Result<String> {
    let (svg, description) = full_svg(&Ledger::load(workspace)?, None);
    let path = workspace.book().join("theme/css/variables.css");
    let theme = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Ok(svg.standalone(TITLE, &description, &colours(&theme)))
}

/// The theme's variables that have a light and a dark colour, as a style sheet that old readers of SVG understand.
fn colours(theme: &str) -> String {
    let (mut light, mut dark) = (String::new(), String::new());
    for line in theme.lines() {
        let pair = line
            .trim()
            .split_once(": light-dark(")
            .and_then(|(name, rest)| Some((name, rest.strip_suffix(");")?.split_once(", ")?)));
        if let Some((name, (by_day, by_night))) = pair {
            light.extend([name, ":", by_day, ";"]);
            dark.extend([name, ":", by_night, ";"]);
        }
    }
    format!(":root{{{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}")
}

const TITLE: &str = "What you run on each rung";

fn full_svg(ledger: &Ledger, marked: Option<u8>) -> (Svg, String) {
    let layout = Layout::full(&ledger.entries);
    let mut svg = Svg::new("ladder", layout.width, layout.height());
    above::legend(&mut svg);
    above::axis(&mut svg, &layout);
    if let Some(at) = place(ledger, marked) {
        above::mark(&mut svg, &layout, at, &ledger.entries[at]);
    }
    above::columns(&mut svg, &layout, &ledger.entries, marked);
    below::rows(&mut svg, &layout, &ledger.entries);
    (svg, description(&ledger.entries))
}

/// The small ladder under a chapter's title, with this rung marked.
pub fn small(ledger: &Ledger, rung: u8) -> String {
    let layout = Layout::small(&ledger.entries);
    let mut svg = Svg::new("ladder-small", layout.width, layout.height());
    if let Some(at) = place(ledger, Some(rung)) {
        above::mark(&mut svg, &layout, at, &ledger.entries[at]);
    }
    above::columns(&mut svg, &layout, &ledger.entries, Some(rung));
    let entry = ledger
        .entries
        .iter()
        .find(|entry| entry.counted.rung == rung);
    let caption = entry.map_or_else(String::new, |entry| {
        format!("You run {}.", what_you_run(entry))
    });
    let title = format!("Rung {rung} on the ladder");
    figure(
        "ladder ladder-small",
        &svg.html(&title, &description(&ledger.entries)),
        &caption,
    )
}

fn place(ledger: &Ledger, rung: Option<u8>) -> Option<usize> {
    ledger
        .entries
        .iter()
        .position(|entry| Some(entry.counted.rung) == rung)
}

fn figure(class: &str, svg: &str, caption: &str) -> String {
    format!("<figure class=\"{class}\">{svg}<figcaption>{caption}</figcaption></figure>\n")
}

/// The whole picture in words.
fn description(entries: &[Entry]) -> String {
    let sentences = entries.iter().map(|entry| {
        format!(
            "Rung {}, {}: you run {}; others run {}.",
            entry.counted.rung,
            entry.declared.title,
            what_you_run(entry),
            what_others_run(entry)
        )
    });
    sentences.collect::<Vec<_>>().join(" ")
}

fn what_you_run(entry: &Entry) -> String {
    let counted = &entry.counted;
    format!(
        "{} of code, {} of configuration, {} and {}",
        some(counted.code, "line", "lines"),
        some(counted.configuration, "line", "lines"),
        some(counted.processes.len() as u64, "process", "processes"),
        some(u64::from(entry.declared.machines), "machine", "machines"),
    )
}

fn what_others_run(entry: &Entry) -> String {
    let theirs = entry.declared.parts.iter().filter(|part| !part.is_yours());
    let told: Vec<String> = theirs
        .map(|part| format!("{} ({})", part.part, part.applies))
        .collect();
    if told.is_empty() {
        "nothing".to_owned()
    } else {
        told.join(", ")
    }
}

fn some(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}
