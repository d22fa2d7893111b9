//! What a month costs by the number of sales, as lines: `{{#bill curves}}`.

use anyhow::{Context, Result, ensure};

use super::svg::Ink;
use super::svg::{Anchor, Svg};
use crate::bill::{Bill, Pace, SIZES};
use crate::measured::count;
use crate::workspace::Workspace;

/// The rungs whose bills are of different kinds: a machine, a platform, functions, and all that was built on them.
const LINES: [u8; 4] = [2, 3, 5, 11];
/// Those that are paid by the month, and those that are paid by the sale: where their lines cross is marked.
const BY_THE_MONTH: usize = 2;

/// Powers of ten of sales a month, from left to right.
const SALES: (f64, f64) = (1.0, 9.7);
/// Powers of ten of dollars, from the ground up.
const DOLLARS: (i32, i32) = (-1, 6);

const WIDTH: f64 = 340.0;
/// Room for the dollars at the left, and for the rungs' numbers at the right.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 22.0;
const TOP: f64 = 24.0;
const HEIGHT: f64 = 210.0;
const GROUND: f64 = TOP + HEIGHT;
/// Points of a line.
const POINTS: u32 = 240;

/// The figure.
pub fn figure(workspace: &Workspace) -> Result<String> {
    let bills = Bill::all(workspace)?;
    let lines = LINES.map(|rung| bills.iter().find(|bill| bill.rung == rung));
    let lines: Vec<&Bill> = lines.into_iter().flatten().collect();
    ensure!(
        lines.len() == LINES.len(),
        "not all of rungs {LINES:?} are there"
    );
    let mut svg = Svg::new("curves", WIDTH, GROUND + 36.0);
    axes(&mut svg);
    for bill in &lines {
        line(&mut svg, bill)?;
    }
    let (lower, upper) = lines.split_at(BY_THE_MONTH);
    for bill in upper {
        for other in lower {
            if let Some(pace) = bill.dearer_from(other) {
                let month = bill.at(pace).context(NOT_MEASURED)?;
                svg.dot(x(float(pace.0)), y(month.amount.dollars()), "--accent");
            }
        }
    }
    let svg = svg.html(
        "What a month costs, by the number of sales",
        &description(&lines)?,
    );
    let names: Vec<String> = lines
        .iter()
        .map(|bill| format!("{} ({})", bill.rung, bill.title))
        .collect();
    Ok(format!(
        "<figure>{svg}<figcaption>What a month costs, by the number of sales; each step of either scale is ten times the one before. \
         The lines are those of rung {}. A dot is where one begins to cost more than another. A line is broken where the rung does not take as many as it is built.\
         </figcaption></figure>\n",
        names.join(", ")
    ))
}

const NOT_MEASURED: &str = "nothing has been measured yet that a line could be drawn from";

fn axes(svg: &mut Svg) {
    for power in DOLLARS.0..=DOLLARS.1 {
        let dollars = 10_f64.powi(power);
        svg.rule(LEFT, y(dollars), WIDTH - LEFT - RIGHT, "--rule", 1.0);
        let told = match power {
            6 => "$1 million".to_owned(),
            power if power < 0 => "$0.10".to_owned(),
            power => format!("${}", count(10_u64.pow(power.unsigned_abs()))),
        };
        svg.text(LEFT - 6.0, y(dollars) + 4.0, Anchor::End, Ink::Soft, &told);
    }
    for (name, pace) in SIZES.iter().filter(|(_, pace)| pace.0 > 0) {
        let x = x(float(pace.0));
        svg.upright(x, TOP, HEIGHT, "--other");
        let is_last = *pace == SIZES[SIZES.len() - 1].1;
        let (x, anchor) = if is_last {
            (WIDTH, Anchor::End)
        } else {
            (x, Anchor::Middle)
        };
        let name = name.replace("one ", "1 ");
        svg.text(x, TOP - 8.0, anchor, Ink::Plain, &name);
    }
    for (power, told) in [(2, "100"), (5, "100,000"), (8, "100 million")] {
        let x = x(10_f64.powi(power));
        svg.text(x, GROUND + 16.0, Anchor::Middle, Ink::Soft, told);
    }
    svg.text(
        LEFT,
        GROUND + 32.0,
        Anchor::Start,
        Ink::Soft,
        "sales a month",
    );
}

fn line(svg: &mut Svg, bill: &Bill) -> Result<()> {
    let (from, to) = SALES;
    let mut parts: [Vec<(f64, f64)>; 2] = [vec![], vec![]];
    for point in 0..=POINTS {
        let power = from + (to - from) * f64::from(point) / f64::from(POINTS);
        let pace = pace(power);
        let month = bill.at(pace).context(NOT_MEASURED)?;
        let there = (x(float(pace.0)), y(month.amount.dollars()));
        let is_broken = usize::from(month.stop.is_some());
        if is_broken == 1 && parts[1].is_empty() {
            // The broken part goes on where the other ends.
            parts[1].extend(parts[0].last().copied());
        }
        parts[is_broken].push(there);
    }
    let [solid, broken] = parts;
    let end = broken.last().or(solid.last()).copied();
    svg.line(&solid, "--fg", false);
    svg.line(&broken, "--fg", true);
    if let Some((x, y)) = end {
        svg.text(
            x + 5.0,
            y + 4.0,
            Anchor::Start,
            Ink::Strong,
            &bill.rung.to_string(),
        );
    }
    Ok(())
}

/// The picture in words.
fn description(lines: &[&Bill]) -> Result<String> {
    let mut told = vec![];
    for bill in lines {
        let mut sizes = vec![];
        for (name, pace) in SIZES {
            let month = bill.at(pace).context(NOT_MEASURED)?;
            sizes.push(format!("{name} {}", month.amount.short()));
        }
        told.push(format!(
            "Rung {}, {}: {}.",
            bill.rung,
            bill.title,
            sizes.join(", ")
        ));
    }
    Ok(told.join(" "))
}

fn x(sales: f64) -> f64 {
    let (from, to) = SALES;
    LEFT + (sales.max(1.0).log10() - from) / (to - from) * (WIDTH - LEFT - RIGHT)
}

fn y(dollars: f64) -> f64 {
    let (from, to) = (f64::from(DOLLARS.0), f64::from(DOLLARS.1));
    GROUND - (dollars.log10() - from) / (to - from) * HEIGHT
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the powers are those of SALES"
)]
fn pace(power: f64) -> Pace {
    Pace(10_f64.powf(power).round() as u64)
}

#[allow(clippy::cast_precision_loss, reason = "a point needs no more")]
fn float(number: u64) -> f64 {
    number as f64
}
