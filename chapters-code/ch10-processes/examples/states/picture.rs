//! A picture of the states: the pet goes down, the money goes across.

use std::collections::BTreeSet;
use std::fmt::Write;

use ch10_processes::checkout::states::{Kind, Way};
use ch10_processes::checkout::{Hold, Payment};

const ROWS: [Hold; 6] = [
    Hold::Reserving,
    Hold::Reserved,
    Hold::Confirming,
    Hold::Releasing,
    Hold::Adopted,
    Hold::Released,
];

const COLUMNS: [(Payment, &str); 6] = [
    (Payment::NotAsked, "not asked"),
    (Payment::Unclear, "unclear"),
    (Payment::NotCharged, "not charged"),
    (Payment::Charged, "charged"),
    (Payment::Refunding, "refunding"),
    (Payment::Refunded, "refunded"),
];

/// Of the picture.
const WIDTH: i32 = 340;
const HEIGHT: i32 = 300;
/// Where the first column and the first row are, and how far apart they are.
const LEFT: i32 = 94;
const TOP: i32 = 50;
const ACROSS: i32 = 43;
const DOWN: i32 = 46;
/// Of a state.
const RADIUS: f64 = 6.0;

/// What there is, in numbers.
pub fn sum(ways: &BTreeSet<Way>) -> String {
    let states: BTreeSet<Kind> = ways.iter().map(|way| way.to).collect();
    format!(
        "{} states, {} of them ends; {} ways",
        states.len(),
        ends(ways).len(),
        ways.len()
    )
}

/// Where all is done.
fn ends(ways: &BTreeSet<Way>) -> BTreeSet<Kind> {
    let ends = ways.iter().filter(|way| way.ends);
    ends.map(|way| way.to).collect()
}

/// The picture.
pub fn draw(ways: &BTreeSet<Way>) -> String {
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"476\" role=\"img\" \
         aria-labelledby=\"states-title states-desc\">\n\
         <title id=\"states-title\">The states of a checkout</title>\n\
         <desc id=\"states-desc\">{}. Downwards it goes on with the pet, to the right with the \
         money. Circles with a dot are ends: the pet is adopted and the card charged, or the pet is \
         released and the card was not asked, not charged, or refunded.</desc>\n",
        sum(ways)
    );
    let pairs: BTreeSet<(Kind, Kind)> = ways.iter().map(|way| (way.from, way.to)).collect();
    let (forward, back): (Vec<_>, Vec<_>) = pairs.iter().partition(|pair| is_forward(pair.1));
    svg += &arrows("var(--accent)", &forward);
    svg += &arrows("var(--fg)", &back);
    svg += &circles(ways);
    svg += &labels();
    svg + "</svg>\n"
}

/// Whether nothing has gone wrong so far.
fn is_forward(kind: Kind) -> bool {
    kind.is_some_and(|(hold, _)| !matches!(hold, Hold::Releasing | Hold::Released))
}

fn arrows(colour: &str, pairs: &[&(Kind, Kind)]) -> String {
    let mut group = format!("<g fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.1\">");
    for (from, to) in pairs {
        if let (Some(from), Some(to)) = (place(*from), place(*to)) {
            group += &arrow(from, to);
        }
    }
    group + "</g>\n"
}

/// Where a state is.
fn place(kind: Kind) -> Option<(f64, f64)> {
    let (hold, payment) = kind?;
    let row = ROWS.iter().position(|row| *row == hold)?;
    let column = COLUMNS.iter().position(|(column, _)| *column == payment)?;
    let at = |start: i32, step: i32, number: usize| {
        let number = i32::try_from(number).unwrap_or_default();
        f64::from(start + step * number)
    };
    Some((at(LEFT, ACROSS, column), at(TOP, DOWN, row)))
}

/// From circle to circle. A long one is bent, so that it goes round what is between.
fn arrow((x, y): (f64, f64), (to_x, to_y): (f64, f64)) -> String {
    let (dx, dy) = (to_x - x, to_y - y);
    let length = dx.hypot(dy);
    let is_long = dx.abs() > f64::from(ACROSS) + 1.0 || dy.abs() > f64::from(DOWN) + 1.0;
    let bend = if is_long { length * 0.16 } else { 0.0 };
    let (bend_x, bend_y) = (
        x + dx / 2.0 + dy / length * bend,
        y + dy / 2.0 - dx / length * bend,
    );
    let (x, y) = towards((x, y), (bend_x, bend_y), RADIUS);
    let (tip_x, tip_y) = towards((to_x, to_y), (bend_x, bend_y), RADIUS + 1.0);
    let mut path =
        format!("<path d=\"M{x:.0} {y:.0}Q{bend_x:.0} {bend_y:.0} {tip_x:.0} {tip_y:.0}");
    // The two sides of its head.
    let angle = (bend_y - tip_y).atan2(bend_x - tip_x);
    for side in [-0.5, 0.5] {
        let (head_x, head_y) = (
            tip_x + 6.0 * (angle + side).cos(),
            tip_y + 6.0 * (angle + side).sin(),
        );
        let _ = write!(path, "M{tip_x:.0} {tip_y:.0}L{head_x:.1} {head_y:.1}");
    }
    path + "\"/>"
}

/// So far from a point towards another.
fn towards((x, y): (f64, f64), (to_x, to_y): (f64, f64), far: f64) -> (f64, f64) {
    let length = (to_x - x).hypot(to_y - y);
    (x + (to_x - x) / length * far, y + (to_y - y) / length * far)
}

fn circles(ways: &BTreeSet<Way>) -> String {
    let kinds: BTreeSet<Kind> = ways.iter().map(|way| way.to).collect();
    let ends = ends(ways);
    let mut circles = "<g fill=\"none\" stroke=\"var(--fg)\" stroke-width=\"1.1\">".to_owned();
    let mut dots = "<g fill=\"var(--fg)\">".to_owned();
    for kind in kinds {
        let Some((x, y)) = place(kind) else {
            continue;
        };
        let _ = write!(circles, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{RADIUS}\"/>");
        if ends.contains(&kind) {
            let _ = write!(dots, "<circle cx=\"{x}\" cy=\"{y}\" r=\"3\"/>");
        }
    }
    format!("{circles}</g>\n{dots}</g>\n")
}

fn labels() -> String {
    let mut rows = "<g fill=\"var(--fg)\" font-size=\"12\">".to_owned();
    for (number, hold) in (0..).zip(ROWS) {
        let name = format!("{hold:?}").to_lowercase();
        let _ = write!(
            rows,
            "<text x=\"2\" y=\"{}\">{name}</text>",
            TOP + DOWN * number + 4
        );
    }
    // Every other one stands higher, since they are wider than their columns.
    let mut columns = "<g class=\"soft\" font-size=\"12\" text-anchor=\"middle\">".to_owned();
    for (number, (_, name)) in (0..).zip(COLUMNS) {
        let (x, y) = (LEFT + ACROSS * number, 32 - 16 * (number % 2));
        let _ = write!(columns, "<text x=\"{x}\" y=\"{y}\">{name}</text>");
    }
    format!("{rows}</g>\n{columns}</g>\n")
}
