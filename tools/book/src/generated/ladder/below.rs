//! What somebody else runs: told, not to scale.

use super::layout::{Layout, ROW, float};
use super::svg::{Anchor, Ink, Svg, width_of};
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
        let who: Vec<Option<&str>> = entries
            .iter()
            .map(|entry| others(entry.declared.part(part)))
            .collect();
        let mut free = layout.left;
        for (from, to, name) in stretches(&who) {
            let x = layout.left + layout.pitch * float(from) + 1.0;
            let width = layout.pitch * float(to - from) - 2.0;
            svg.band(x, layout.row(row) - ROW + 5.5, width, ROW - 3.0, "--theirs");
            let needed = width_of(name) + 8.0;
            if needed <= width {
                svg.text(x + 5.0, layout.row(row), Anchor::Start, Ink::Plain, name);
            } else if needed <= x - free {
                svg.text(x - 4.0, layout.row(row), Anchor::End, Ink::Plain, name);
            }
            free = x + width;
        }
    }
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
}
