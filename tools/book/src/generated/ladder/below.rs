//! What somebody else runs: told, not to scale.

use super::layout::{Layout, ROW, float};
use crate::generated::svg::{Anchor, Ink, LETTER, Svg, width_of};
use crate::ledger::Entry;
use crate::responsibility::Part;

/// The dividing line and a row for each part that some rung hands over.
pub fn rows(svg: &mut Svg, layout: &Layout, entries: &[Entry]) {
    svg.rule(0.0, layout.line(), layout.width, "--fg", 1.5);
    svg.text(
        0.0,
        layout.line() + 15.0,
        Anchor::Start,
        Ink::Soft,
        "run by others (not to scale):",
    );
    for (row, part) in layout.rows.iter().enumerate() {
        svg.text(0.0, layout.row(row), Anchor::Start, Ink::Plain, part);
        for (from, to, name) in stretches(&who(entries, part)) {
            let x = layout.left + layout.pitch * float(from) + 1.0;
            let width = width(from, to, layout.pitch);
            svg.band(x, layout.row(row) - ROW + 5.5, width, ROW - 3.0, "--theirs");
            match layout.key.iter().position(|known| known == name) {
                None => svg.text(
                    x + 5.0,
                    layout.row(row),
                    Anchor::Start,
                    Ink::Plain,
                    short(name),
                ),
                Some(at) => {
                    let middle = x + width / 2.0;
                    svg.text(
                        middle,
                        layout.row(row),
                        Anchor::Middle,
                        Ink::Strong,
                        &letter(at),
                    );
                }
            }
        }
    }
    key(svg, layout);
}

/// What the letters stand for.
fn key(svg: &mut Svg, layout: &Layout) {
    for (at, (name, (x, line))) in layout
        .key
        .iter()
        .zip(places(&layout.key, layout.width))
        .enumerate()
    {
        let y = layout.row(layout.rows.len() + line) + 4.0;
        svg.text(x, y, Anchor::Start, Ink::Strong, &letter(at));
        svg.text(x + LETTER, y, Anchor::Start, Ink::Plain, name);
    }
}

/// The names that have no room in one of their bands, in the order in which they are met. Each gets a letter.
pub fn without_room(entries: &[Entry], rows: &[String], pitch: f64) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in rows {
        for (from, to, name) in stretches(&who(entries, part)) {
            let fits = width_of(short(name)) + 8.0 <= width(from, to, pitch);
            if !fits && !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
    }
    names
}

/// Where each of these stands in the key: from the left, and in which line.
pub fn places(key: &[String], width: f64) -> Vec<(f64, usize)> {
    let (mut x, mut line) = (0.0, 0);
    let mut places = Vec::new();
    for name in key {
        let needed = LETTER + width_of(name);
        if x > 0.0 && x + needed > width {
            (x, line) = (0.0, line + 1);
        }
        places.push((x, line));
        x += needed + LETTER;
    }
    places
}

fn letter(at: usize) -> String {
    let letter = u8::try_from(at).ok().and_then(|at| b'a'.checked_add(at));
    char::from(letter.unwrap_or(b'?')).to_string()
}

fn width(from: usize, to: usize, pitch: f64) -> f64 {
    pitch * float(to - from) - 2.0
}

/// A name as it stands in a band.
fn short(name: &str) -> &str {
    name.strip_prefix("the ").unwrap_or(name)
}

/// Who runs this part on each rung, where that is somebody else.
fn who<'a>(entries: &'a [Entry], part: &str) -> Vec<Option<&'a str>> {
    let on_each = entries.iter().map(|entry| entry.declared.part(part));
    on_each.map(others).collect()
}

fn others(part: Option<&Part>) -> Option<&str> {
    part.filter(|part| !part.is_yours())
        .map(|part| part.applies.as_str())
}

/// Neighbouring rungs on which the same somebody runs it: from, to (exclusive), who.
fn stretches<'a>(who: &[Option<&'a str>]) -> Vec<(usize, usize, &'a str)> {
    let mut stretches: Vec<(usize, usize, &str)> = Vec::new();
    for (at, name) in who.iter().enumerate() {
        let Some(name) = *name else { continue };
        match stretches.last_mut() {
            Some((_, to, last)) if *to == at && *last == name => *to = at + 1,
            _ => stretches.push((at, at + 1, name)),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_with_the_same_name_are_one_stretch() {
        let who = [Some("a"), Some("a"), None, Some("a"), Some("b"), Some("b")];
        assert_eq!(stretches(&who), [(0, 2, "a"), (3, 4, "a"), (4, 6, "b")]);
    }

    #[test]
    fn the_key_goes_on_in_the_next_line_where_there_is_no_room() {
        let key = ["the line’s provider", "the hosting company", "the platform"].map(str::to_owned);
        let lines: Vec<usize> = places(&key, 340.0).iter().map(|(_, line)| *line).collect();
        assert_eq!(lines, [0, 0, 1]);
        let last = places(&key, 340.0)[1].0;
        assert!(last + LETTER + width_of(&key[1]) <= 340.0, "{last}");
        assert_eq!((letter(0), letter(2)), ("a".to_owned(), "c".to_owned()));
    }
}
