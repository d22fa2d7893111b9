//! When something is to happen, in the words of `EventBridge` Scheduler, in UTC:
//! <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>
//!
//! The days are found by `croner`, which knows `L`, `W` and `#`, and can count the days of
//! a week as AWS does. In `cron` the three are still to come:
//! <https://github.com/zslayton/cron/pull/138>

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

/// AWS has no later one.
const LAST_YEAR: i32 = 2199;

/// When something is to happen, again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// Each time that this has passed.
    Rate(TimeDelta),
    /// At these times of these days.
    Cron(Box<Cron>),
}

/// What is wrong with the text of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}: {why}")]
pub struct Invalid {
    text: String,
    why: String,
}

impl Schedule {
    // ANCHOR: parse
    /// Reads `rate(5 minutes)` or `cron(0 8 * * ? *)`. What AWS does not show there is
    /// refused, so that what is taken here is taken there, but for one thing: seconds, as
    /// in `rate(2 seconds)`, are for trying out. The shortest rate of AWS is a minute.
    ///
    /// # Errors
    ///
    /// One line that names the text, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let inside = |name| text.strip_prefix(name)?.strip_suffix(')');
        let parsed = if let Some(rate) = inside("rate(") {
            parse_rate(rate).map(Self::Rate)
        } else if let Some(cron) = inside("cron(") {
            parse_cron(cron).map(|cron| Self::Cron(Box::new(cron)))
        } else {
            Err("a schedule is rate(5 minutes) or cron(0 8 * * ? *)".into())
        };
        let text = text.into();
        parsed.map_err(|why| Invalid { text, why })
    }
    // ANCHOR_END: parse

    /// The first time after this one; `None`: never again. A rate counts from the time
    /// that is given, so give it the last one that it gave, and no later one: otherwise
    /// what the work takes is added each time.
    #[must_use]
    pub fn next(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Rate(every) => after.checked_add_signed(*every),
            Self::Cron(cron) => {
                let next = cron.find_next_occurrence(&after, false).ok()?;
                (next.year() <= LAST_YEAR).then_some(next)
            }
        }
    }
}

// ANCHOR: rate
fn parse_rate(rate: &str) -> Result<TimeDelta, String> {
    let (number, unit) = rate
        .split_once(' ')
        .ok_or("a rate is a number, a space and a unit")?;
    let (one, seconds) = match unit.strip_suffix('s').unwrap_or(unit) {
        "second" => ("second", 1),
        "minute" => ("minute", 60),
        "hour" => ("hour", 60 * 60),
        "day" => ("day", 24 * 60 * 60),
        _ => return Err("the unit is minutes, hours or days".into()),
    };
    let number = digits(number)
        .filter(|number| *number > 0)
        .ok_or_else(|| format!("{number} is no whole number from 1 on"))?;
    if (number == 1) != (unit == one) {
        return Err(format!("1 goes with {one}, all others go with {one}s"));
    }
    Ok(TimeDelta::seconds(i64::from(number) * seconds))
}
// ANCHOR_END: rate

// ANCHOR: fields
/// A field of a cron expression: its name, its least and its largest number, the names
/// that its numbers have, and what all that comes to.
type Field = (
    &'static str,
    u32,
    u32,
    &'static [&'static str],
    &'static str,
);

const FIELDS: [Field; 6] = [
    ("minutes", 0, 59, &[], "0-59"),
    ("hours", 0, 23, &[], "0-23"),
    ("day-of-month", 1, 31, &[], "1-31, ?, L or 15W"),
    ("month", 1, 12, &MONTHS, "1-12 or JAN-DEC"),
    ("day-of-week", 1, 7, &DAYS, "1-7 or SUN-SAT, ?, 6L or 6#2"),
    ("year", 1970, 2199, &[], "1970-2199"),
];

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];

const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
// ANCHOR_END: fields

// ANCHOR: cron
/// `croner` takes more than AWS does, so each field is looked at before.
fn parse_cron(cron: &str) -> Result<Cron, String> {
    let given: Vec<&str> = cron.split_whitespace().collect();
    let &[minutes, hours, day, month, weekday, year] = given.as_slice() else {
        let (given, names) = (given.len(), FIELDS.map(|(name, ..)| name).join(" "));
        return Err(format!("6 fields are needed, not {given}: {names}"));
    };
    for (given, field) in given.iter().zip(FIELDS) {
        if !fits(given, field) {
            let (name, .., all) = field;
            return Err(format!("{name}: {given} is none of {all}"));
        }
    }
    if (day == "?") == (weekday == "?") {
        return Err("one of day-of-month and day-of-week must be ?, and not both".into());
    }
    let years = year.replace('*', "1970-2199");
    let parser = CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Required)
        .alternative_weekdays(true) // Sunday is 1.
        .sloppy_ranges(true) // 0/15 is every quarter of an hour.
        .build();
    let pattern = format!("0 {minutes} {hours} {day} {month} {weekday} {years}");
    parser.parse(&pattern).map_err(|error| error.to_string())
}
// ANCHOR_END: cron

/// Whether AWS has that in this field. `L`, `W` and `#` stand alone, as it shows them.
fn fits(given: &str, field: Field) -> bool {
    let (name, least, most, names, _) = field;
    let number = |value: &str| {
        let mut all = (least..).zip(names);
        let called = all.find(|(_, name)| **name == value);
        let number = called.map_or_else(|| digits(value), |(number, _)| Some(number))?;
        (least..=most).contains(&number).then_some(number)
    };
    let is = |value: &str| number(value).is_some();
    match name {
        "day-of-month" if matches!(given, "?" | "L") => return true,
        "day-of-month" if given.strip_suffix('W').is_some_and(is) => return true,
        "day-of-week" if given == "?" => return true,
        "day-of-week" if given.strip_suffix('L').is_some_and(is) => return true,
        "day-of-week" if given.contains('/') => return false,
        _ => {}
    }
    if let ("day-of-week", Some((day, nth))) = (name, given.split_once('#')) {
        return is(day) && digits(nth).is_some_and(|nth| (1..=5).contains(&nth));
    }
    given.split(',').all(|part| {
        let (range, step) = part.split_once('/').unwrap_or((part, "1"));
        let range = match range.split_once('-') {
            Some((from, to)) => number(from).is_some() && number(from) <= number(to),
            None => range == "*" || is(range),
        };
        range && digits(step).is_some_and(|step| (1..=most).contains(&step))
    })
}

/// `+5` is no number here.
fn digits(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}
