//! Numbers as people read them: two to three figures, a unit of the right size, thousands apart.

const TIMES: [(&str, f64); 4] = [("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)];
const SIZES: [(&str, f64); 4] = [
    ("B", 1.0),
    ("KiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
];

/// A figure with its unit, joined by a no-break space: `12 µs`, `3.4 MiB`; a rate in words:
/// `21,400 requests a second`.
///
/// Times and sizes change to the unit in which they have one to three digits before the point. What
/// is measured is rounded to two figures below 100 and to three from there; a whole number of things
/// (`lines`, `crates`) is given exactly.
#[must_use]
pub fn human(value: f64, unit: &str) -> String {
    let (value, unit) = of_the_right_size(value, unit);
    let number = human_number(value, unit);
    match unit {
        "" => number,
        "%" | "×" => format!("{number}{unit}"),
        _ => match unit.strip_suffix("/s") {
            Some(what) if !what.is_empty() => format!("{number}\u{a0}{what} a second"),
            _ => format!("{number}\u{a0}{unit}"),
        },
    }
}

/// The number alone, rounded as `unit` asks and without a change of unit.
#[must_use]
pub fn human_number(value: f64, unit: &str) -> String {
    let counted = value.fract() == 0.0 && !is_measured(unit);
    if counted {
        fixed(value, 0)
    } else {
        rounded(value)
    }
}

/// Whether the unit belongs in a column's heading: `requests/s` does, `µs`, `KiB` and `%` stay with the number.
#[must_use]
pub fn splits_unit_off(unit: &str) -> bool {
    !unit.is_empty() && unit != "%" && unit != "×" && factor(unit).is_none()
}

/// A count with its thousands apart: `21,400`.
#[must_use]
pub fn count(number: u64) -> String {
    thousands(&number.to_string())
}

fn is_measured(unit: &str) -> bool {
    factor(unit).is_some() || unit.ends_with("/s") || unit == "%" || unit == "×"
}

fn factor(unit: &str) -> Option<(&'static [(&'static str, f64)], f64)> {
    [&TIMES[..], &SIZES[..]].into_iter().find_map(|family| {
        let unit = family.iter().find(|(name, _)| *name == unit)?;
        Some((family, unit.1))
    })
}

fn of_the_right_size(value: f64, unit: &str) -> (f64, &str) {
    let Some((family, factor)) = factor(unit) else {
        return (value, unit);
    };
    let smallest = value * factor;
    let fits = |&&(_, factor): &&(&str, f64)| two_or_three_figures(smallest.abs() / factor) >= 1.0;
    let &(unit, factor) = family.iter().rev().find(fits).unwrap_or(&family[0]);
    (smallest / factor, unit)
}

fn rounded(value: f64) -> String {
    let value = two_or_three_figures(value);
    let decimals = match value.abs() {
        0.0 => 0,
        v if v >= 10.0 => 0,
        v if v >= 1.0 => 1,
        v if v >= 0.1 => 2,
        v if v >= 0.01 => 3,
        _ => 4,
    };
    let text = fixed(value, decimals);
    match text.split_once('.') {
        Some((whole, rest)) if rest.bytes().all(|digit| digit == b'0') => whole.to_owned(),
        _ => text,
    }
}

fn two_or_three_figures(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let figures = if value.abs() >= 99.5 { 3 } else { 2 };
    let step = 10_f64.powi(order_of(value) - figures + 1);
    (value / step).round() * step
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the order of a finite number is below 309"
)]
fn order_of(value: f64) -> i32 {
    value.abs().log10().floor() as i32
}

fn fixed(value: f64, decimals: usize) -> String {
    thousands(&format!("{value:.decimals$}"))
}

fn thousands(digits: &str) -> String {
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", digits), |rest| ("−", rest));
    let (whole, rest) = match digits.split_once('.') {
        Some((whole, rest)) => (whole, format!(".{rest}")),
        None => (digits, String::new()),
    };
    let mut apart = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(digit);
    }
    format!("{sign}{apart}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_two_to_three_digits_and_a_unit_of_its_size() {
        for (value, unit, text) in [
            (12.34, "µs", "12 µs"),
            (1234.0, "µs", "1.2 ms"),
            (0.456, "µs", "456 ns"),
            (9.96, "ms", "10 ms"),
            (999.7, "ms", "1 s"),
            (345.6, "ms", "346 ms"),
            (5400.0, "s", "5,400 s"),
            (3_400.0, "KiB", "3.3 MiB"),
            (21_437.2, "requests/s", "21,400 requests a second"),
            (21_437.0, "requests/s", "21,400 requests a second"),
            (21_437.0, "lines", "21,437 lines"),
            (1.0, "process", "1 process"),
            (0.0, "µs", "0 ns"),
            (0.034, "", "0.034"),
            (1.05, "×", "1.1×"),
            (99.6, "%", "100%"),
            (-3.0, "degrees", "−3 degrees"),
        ] {
            assert_eq!(
                human(value, unit).replace('\u{a0}', " "),
                text,
                "{value} {unit}"
            );
        }
    }
}
