//! What schedules mean, and which are none.

use ch07_events::schedule::Schedule;
use chrono::{DateTime, Utc};

/// A schedule, a time, and the first time of the schedule after that. 28 November 2026 is
/// a Saturday.
const TIMES: &str = "
rate(1 minute)           | 2026-11-28T12:34:56   | 2026-11-28T12:35:56
rate(5 minutes)          | 2026-11-28T23:58:00   | 2026-11-29T00:03:00
rate(1 hour)             | 2026-12-31T23:30:00   | 2027-01-01T00:30:00
rate(2 days)             | 2026-11-28T12:00:00   | 2026-11-30T12:00:00
rate(2 seconds)          | 2026-11-28T12:00:00   | 2026-11-28T12:00:02
rate(1 second)           | 2026-11-28T12:00:00   | 2026-11-28T12:00:01

# Each day at eight, and not again at the same moment.
cron(0 8 * * ? *)        | 2026-11-28T07:59:59   | 2026-11-28T08:00:00
cron(0 8 * * ? *)        | 2026-11-28T07:59:59.5 | 2026-11-28T08:00:00
cron(0 8 * * ? *)        | 2026-11-28T08:00:00   | 2026-11-29T08:00:00
cron(0 8 * * ? *)        | 2026-11-28T08:00:00.5 | 2026-11-29T08:00:00

# Steps, lists and ranges.
cron(0/15 * * * ? *)     | 2026-11-28T12:01:00   | 2026-11-28T12:15:00
cron(1/10 * * * ? *)     | 2026-11-28T12:02:00   | 2026-11-28T12:11:00
cron(*/20 8-9 * * ? *)   | 2026-11-28T09:40:00   | 2026-11-29T08:00:00
cron(10-20/5 8 * * ? *)  | 2026-11-28T08:15:00   | 2026-11-28T08:20:00
cron(5,35 14 * * ? *)    | 2026-11-28T14:05:00   | 2026-11-28T14:35:00
cron(0 8 1 JAN,JUL ? *)  | 2026-11-28T08:00:00   | 2027-01-01T08:00:00
cron(0 8 1 */6 ? *)      | 2026-11-28T08:00:00   | 2027-01-01T08:00:00
cron(0 8 1 1-3 ? *)      | 2027-01-01T08:00:00   | 2027-02-01T08:00:00

# Sunday is 1.
cron(0 8 ? * 1 *)        | 2026-11-28T12:00:00   | 2026-11-29T08:00:00
cron(0 8 ? * SUN *)      | 2026-11-28T12:00:00   | 2026-11-29T08:00:00
cron(0 8 ? * 7 *)        | 2026-11-28T12:00:00   | 2026-12-05T08:00:00
cron(0 8 ? * 2-6 *)      | 2026-11-28T12:00:00   | 2026-11-30T08:00:00
cron(0 8 ? * MON-FRI *)  | 2026-11-27T12:00:00   | 2026-11-30T08:00:00
cron(0 8 ? * * *)        | 2026-11-28T12:00:00   | 2026-11-29T08:00:00

# The last day, the working day next to the 15th.
cron(0 8 L * ? *)        | 2027-02-01T00:00:00   | 2027-02-28T08:00:00
cron(0 8 15W * ? *)      | 2026-11-01T00:00:00   | 2026-11-16T08:00:00
cron(0 8 1W * ? *)       | 2027-04-30T12:00:00   | 2027-05-03T08:00:00

# The last Friday, the second Tuesday.
cron(15 10 ? * 6L 2026)  | 2026-11-28T00:00:00   | 2026-12-25T10:15:00
cron(0 8 ? * FRIL *)     | 2026-11-27T12:00:00   | 2026-12-25T08:00:00
cron(0 8 ? * 3#2 *)      | 2026-11-28T00:00:00   | 2026-12-08T08:00:00
cron(0 8 ? * TUE#2 *)    | 2026-11-28T00:00:00   | 2026-12-08T08:00:00

# Years.
cron(0 0 29 2 ? *)       | 2026-11-28T00:00:00   | 2028-02-29T00:00:00
cron(0 0 1 1 ? */4)      | 2026-11-28T00:00:00   | 2030-01-01T00:00:00
cron(0 0 1 1 ? 2030)     | 2026-11-28T00:00:00   | 2030-01-01T00:00:00

# Never again.
cron(0 0 1 1 ? 2026)     | 2026-11-28T00:00:00   | never
cron(0 0 30 2 ? *)       | 2026-11-28T00:00:00   | never
cron(0 0 * * ? *)        | 2199-12-31T00:00:00   | never
cron(0 0 * * ? 2190/5)   | 2195-12-31T00:00:00   | never
";

/// What is no schedule, and why.
const REFUSALS: &str = "
                         | a schedule is rate(5 minutes) or cron(0 8 * * ? *)
@daily                   | a schedule is rate(5 minutes) or cron(0 8 * * ? *)
rate(5 minutes           | a schedule is rate(5 minutes) or cron(0 8 * * ? *)
rate(minute)             | a rate is a number, a space and a unit
rate(5 weeks)            | the unit is minutes, hours or days
rate(5  minutes)         | the unit is minutes, hours or days
rate(0 minutes)          | 0 is no whole number from 1 on
rate(-1 minutes)         | -1 is no whole number from 1 on
rate(+5 minutes)         | +5 is no whole number from 1 on
rate(1.5 hours)          | 1.5 is no whole number from 1 on
rate(5000000000 days)    | 5000000000 is no whole number from 1 on
rate(1 minutes)          | 1 goes with minute, all others go with minutes
rate(5 minute)           | 1 goes with minute, all others go with minutes
cron(@daily)             | 6 fields are needed, not 1: minutes hours day-of-month month day-of-week year
cron(0 8 * * ?)          | 6 fields are needed, not 5: minutes hours day-of-month month day-of-week year
cron(0 0 8 * * ? *)      | 6 fields are needed, not 7: minutes hours day-of-month month day-of-week year
cron(0 8 * * * *)        | one of day-of-month and day-of-week must be ?, and not both
cron(0 8 1 * MON *)      | one of day-of-month and day-of-week must be ?, and not both
cron(0 8 ? * ? *)        | one of day-of-month and day-of-week must be ?, and not both
cron(60 8 * * ? *)       | minutes: 60 is none of 0-59
cron(0 24 * * ? *)       | hours: 24 is none of 0-23
cron(? 8 * * ? *)        | minutes: ? is none of 0-59
cron(MON 8 * * ? *)      | minutes: MON is none of 0-59
cron(0/0 8 * * ? *)      | minutes: 0/0 is none of 0-59
cron(0/60 8 * * ? *)     | minutes: 0/60 is none of 0-59
cron(/5 8 * * ? *)       | minutes: /5 is none of 0-59
cron(1,,2 8 * * ? *)     | minutes: 1,,2 is none of 0-59
cron(5-1 8 * * ? *)      | minutes: 5-1 is none of 0-59
cron(0 8 0 * ? *)        | day-of-month: 0 is none of 1-31, ?, L or 15W
cron(0 8 L-3 * ? *)      | day-of-month: L-3 is none of 1-31, ?, L or 15W
cron(0 8 LW * ? *)       | day-of-month: LW is none of 1-31, ?, L or 15W
cron(0 8 32W * ? *)      | day-of-month: 32W is none of 1-31, ?, L or 15W
cron(0 8 1W,15W * ? *)   | day-of-month: 1W,15W is none of 1-31, ?, L or 15W
cron(0 8 1 13 ? *)       | month: 13 is none of 1-12 or JAN-DEC
cron(0 8 1 MON ? *)      | month: MON is none of 1-12 or JAN-DEC
cron(0 8 1 MAR-JAN ? *)  | month: MAR-JAN is none of 1-12 or JAN-DEC
cron(0 8 ? * 0 *)        | day-of-week: 0 is none of 1-7 or SUN-SAT, ?, 6L or 6#2
cron(0 8 ? * 8 *)        | day-of-week: 8 is none of 1-7 or SUN-SAT, ?, 6L or 6#2
cron(0 8 ? * MON/2 *)    | day-of-week: MON/2 is none of 1-7 or SUN-SAT, ?, 6L or 6#2
cron(0 8 ? * L *)        | day-of-week: L is none of 1-7 or SUN-SAT, ?, 6L or 6#2
cron(0 8 ? * MONTUE *)   | day-of-week: MONTUE is none of 1-7 or SUN-SAT, ?, 6L or 6#2
cron(0 8 ? * +MON *)     | day-of-week: +MON is none of 1-7 or SUN-SAT, ?, 6L or 6#2
cron(0 8 ? * JAN *)      | day-of-week: JAN is none of 1-7 or SUN-SAT, ?, 6L or 6#2
cron(0 8 ? * 3#6 *)      | day-of-week: 3#6 is none of 1-7 or SUN-SAT, ?, 6L or 6#2
cron(0 8 ? * 3#1,6#3 *)  | day-of-week: 3#1,6#3 is none of 1-7 or SUN-SAT, ?, 6L or 6#2
cron(0 8 * * ? 1969)     | year: 1969 is none of 1970-2199
cron(0 8 * * ? 2200)     | year: 2200 is none of 1970-2199
";

fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    let rows = table.lines().filter(|row| row.contains(" | "));
    rows.map(|row| row.split(" | ").map(str::trim).collect())
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    (text != "never").then(|| format!("{text}Z").parse().unwrap())
}

#[test]
fn a_schedule_tells_when_it_is_next() {
    for row in rows(TIMES) {
        let &[text, after, expected] = row.as_slice() else {
            panic!("{row:?} has three columns");
        };
        let schedule = Schedule::parse(text).unwrap();
        let next = schedule.next(time(after).unwrap());
        assert_eq!(next, time(expected), "{text} after {after}");
    }
}

#[test]
fn what_aws_does_not_take_is_refused_in_a_line_that_says_why() {
    for row in rows(REFUSALS) {
        let &[text, why] = row.as_slice() else {
            panic!("{row:?} has two columns");
        };
        let refusal = Schedule::parse(text).map_err(|refusal| refusal.to_string());
        assert_eq!(refusal, Err(format!("{text}: {why}")));
    }
}

#[test]
fn a_rate_of_more_days_than_the_calendar_has_is_never_next() {
    let schedule = Schedule::parse("rate(4294967295 days)").unwrap();
    assert_eq!(schedule.next(time("2026-11-28T12:00:00").unwrap()), None);
}
