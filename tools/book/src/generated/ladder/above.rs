//! What you run: bars of lines, blocks of machines and processes.

use super::layout::{BLOCK_ROW, Layout, float, long, titled};
use crate::generated::svg::{Anchor, Ink, Svg, width_of};
use crate::ledger::Entry;
use crate::measured::count;

const BLOCK: f64 = 8.0;
const BLOCK_PITCH: f64 = 11.0;

/// What the two kinds of bar mean.
pub fn legend(svg: &mut Svg) {
    svg.block(0.0, 4.0, 9.0, 9.0, "--yours-code");
    svg.text(13.0, 12.0, Anchor::Start, Ink::Plain, "your code");
    svg.hatched(84.5, 4.5, 8.0, 8.0, "--yours-config");
    svg.text(
        97.0,
        12.0,
        Anchor::Start,
        Ink::Plain,
        "your configuration, in lines",
    );
}

/// The scale of the bars, and what the rows of blocks are called.
pub fn axis(svg: &mut Svg, layout: &Layout) {
    let step = step(layout);
    let mut lines = 0;
    while long(lines) * layout.scale <= layout.ground - layout.top + 0.5 {
        let y = layout.ground - long(lines) * layout.scale;
        svg.rule(layout.left, y, layout.plot(), "--rule", 1.0);
        svg.text(
            layout.left - 6.0,
            y + 4.0,
            Anchor::End,
            Ink::Soft,
            &count(lines),
        );
        lines += step;
    }
    for (row, name) in ["processes", "machines"].iter().enumerate() {
        svg.text(
            0.0,
            block_row(layout, row) + BLOCK,
            Anchor::Start,
            Ink::Plain,
            name,
        );
    }
}

/// Marks a column by a ground and an outline.
pub fn mark(svg: &mut Svg, layout: &Layout, column: usize, entry: &Entry) {
    let wanted = width_of(&label(layout, entry)) + 8.0;
    let width = (layout.pitch - 2.0).min(wanted.max(layout.bar + 12.0));
    let x = layout.middle(column) - width / 2.0;
    let top = layout.top - if layout.full { 18.0 } else { 4.0 };
    let bottom = layout.numbers() + 4.0;
    svg.block(x, top, width, bottom - top, "--new-bg");
    svg.outline(x, top, width, bottom - top, "--accent");
}

/// The columns.
pub fn columns(svg: &mut Svg, layout: &Layout, entries: &[Entry], marked: Option<u8>) {
    for (column, entry) in entries.iter().enumerate() {
        bar(svg, layout, column, entry);
        let ink = if marked == Some(entry.counted.rung) {
            Ink::Strong
        } else {
            Ink::Plain
        };
        svg.text(
            layout.middle(column),
            layout.numbers(),
            Anchor::Middle,
            ink,
            &label(layout, entry),
        );
        if layout.full {
            blocks(svg, layout, column, 0, entry.counted.processes.len());
            blocks(svg, layout, column, 1, entry.declared.machines as usize);
        }
    }
}

/// The number of a rung, with its title where there is room for all of them.
fn label(layout: &Layout, entry: &Entry) -> String {
    if layout.titles {
        titled(entry)
    } else {
        entry.counted.rung.to_string()
    }
}

fn bar(svg: &mut Svg, layout: &Layout, column: usize, entry: &Entry) {
    let x = layout.middle(column) - layout.bar / 2.0;
    let code = long(entry.counted.code) * layout.scale;
    let configuration = long(entry.counted.configuration) * layout.scale;
    svg.block(x, layout.ground - code, layout.bar, code, "--yours-code");
    if entry.counted.configuration > 0 {
        svg.hatched(
            x + 0.5,
            layout.ground - code - configuration,
            layout.bar - 1.0,
            configuration,
            "--yours-config",
        );
    }
    let total = count(entry.counted.code + entry.counted.configuration);
    if layout.totals {
        let y = layout.ground - code - configuration - 5.5;
        svg.text(
            layout.middle(column),
            y,
            Anchor::Middle,
            Ink::Haloed,
            &total,
        );
    }
}

fn blocks(svg: &mut Svg, layout: &Layout, column: usize, row: usize, number: usize) {
    let y = block_row(layout, row);
    let middle = layout.middle(column);
    let fit = float(number) * BLOCK_PITCH < layout.pitch;
    let width = if fit {
        float(number) * BLOCK_PITCH - (BLOCK_PITCH - BLOCK)
    } else {
        BLOCK
    };
    let left = if fit {
        middle - width / 2.0
    } else {
        middle - BLOCK
    };
    for at in 0..if fit { number } else { 1 } {
        let x = left + float(at) * BLOCK_PITCH;
        if row == 1 {
            svg.block(x, y, BLOCK, BLOCK, "--yours-machine");
        } else {
            svg.outline(
                x + 0.75,
                y + 0.75,
                BLOCK - 1.5,
                BLOCK - 1.5,
                "--yours-machine",
            );
        }
    }
    if number == 0 {
        svg.text(middle, y + BLOCK, Anchor::Middle, Ink::Soft, "0");
    } else if !fit {
        svg.text(
            middle + 1.5,
            y + BLOCK,
            Anchor::Start,
            Ink::Plain,
            &number.to_string(),
        );
    }
}

fn block_row(layout: &Layout, row: usize) -> f64 {
    layout.ground + 6.0 + BLOCK_ROW * float(row)
}

/// A round number of lines that gives two to five steps.
fn step(layout: &Layout) -> u64 {
    let lines = (layout.ground - layout.top) / layout.scale;
    let steps = (0..).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power)));
    steps
        .take(60)
        .find(|&step| lines / long(step) < 5.0)
        .unwrap_or(1)
        .max(1)
}

#[cfg(test)]
mod tests {
    use super::super::layout::longest;
    use super::*;

    #[test]
    fn the_scale_has_two_to_five_steps() {
        for lines in [1.0, 7.0, 99.0, 100.0, 1021.0, 2600.0, 123_456.0] {
            let mut layout = Layout::full(&[]);
            layout.scale = (layout.ground - layout.top) / lines;
            let steps = lines / long(step(&layout));
            assert!(
                (0.9..5.0).contains(&steps),
                "{lines} lines give {steps} steps"
            );
        }
        assert!((longest(&[]) - 1.0).abs() < f64::EPSILON);
    }
}
