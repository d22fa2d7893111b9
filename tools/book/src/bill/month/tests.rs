use super::*;
use crate::bill::tests::PRICES;
use crate::bill::{Larger, Limits, Used};
use crate::prices::Prices;

/// Beside those of the bill.
const MORE: &str = r#"
[large.month]
what = "a larger machine"
includes = { amount = 7000, unit = "GB", of = "vps.egress" }
amount = "164"
currency = "USD"
per = 1
unit = "month"
source = "https://example.org/"
as_of = "2026-01-01"
checked = true
[vps.disk]
what = "a disk"
amount = "0.10"
currency = "USD"
per = 1
unit = "GB-month"
source = "https://example.org/"
as_of = "2026-01-01"
checked = true
"#;

fn price(key: &str) -> Price {
    Prices::parse(&format!("{PRICES}{MORE}"))
        .unwrap()
        .get(key)
        .unwrap()
        .clone()
}

/// A month for $5, and so much for each sale.
fn bill(sale: &str, limits: Limits) -> Bill {
    Bill {
        rung: 1,
        title: "A rung".to_owned(),
        fixed: vec![],
        month: "5".parse().unwrap(),
        elsewhere: vec![],
        requests: 3,
        uses: Some(vec![Used {
            price: price("vps.egress"),
            units: 1.0,
            called: None,
            amount: sale.parse().unwrap(),
        }]),
        kept: None,
        nights: None,
        quiet_sale: Money::ZERO,
        full: None,
        limits,
        told: vec![],
    }
}

fn machine(bytes_kept: f64, more: Option<&str>) -> Bill {
    let limits = Limits {
        bytes: Some(1_000.0),
        egress: Some(("vps.egress".to_owned(), price("vps.egress"))),
        larger: Some(Larger {
            price: price("large.month"),
            takes: 2_000.0,
        }),
        fills: Some(Fills {
            what: "disk".to_owned(),
            bytes: bytes_kept,
            small: 20e9,
            large: 640e9,
            more: more.map(price),
        }),
        ..Limits::default()
    };
    bill("0", limits)
}

fn table(sale: &str, units: f64) -> Bill {
    let limits = Limits {
        bytes: Some(0.0),
        partition: Some(units),
        ..Limits::default()
    };
    bill(sale, limits)
}

fn at(bill: &Bill, pace: &str) -> Month {
    bill.at(pace.parse().unwrap()).unwrap()
}

#[test]
fn a_pace_is_read_and_told() {
    for (text, sales, told) in [
        ("0", 0, "none"),
        ("500/month", 500, "one every 1.5 hours"),
        ("20/day", 608, "one every 1.2 hours"),
        ("1/h", 730, "one every hour"),
        ("1/s", MONTH, "1 a second"),
        ("1000/s", 1_000 * MONTH, "1,000 a second"),
    ] {
        let pace: Pace = text.parse().unwrap();
        assert_eq!((pace.0, pace.human().as_str()), (sales, told), "{text}");
    }
    for text in [
        "",
        "often",
        "1/x",
        "-1/s",
        "1.5/s",
        "1000001/s",
        "99999999999999999999",
    ] {
        assert!(text.parse::<Pace>().is_err(), "{text}");
    }
}

#[test]
fn a_shop_that_grows_moves_to_the_larger_machine() {
    let bill = machine(100.0, Some("vps.disk"));
    // 20 a second is a hundredth of what the larger machine takes; 52.6 GB are sent, none of it included, and 5.3 GB kept.
    let small = at(&bill, "20/s");
    assert_eq!(
        (small.is_larger, small.amount.human()),
        (false, "$9.73".to_owned())
    );
    let large = at(&bill, "21/s");
    assert_eq!(
        (large.is_larger, large.amount.human()),
        (true, "$164.00".to_owned())
    );
    assert_eq!(large.stop, None);
    assert_eq!(at(&bill, "2001/s").stop, Some(Stop::Machine(2_000.0)));
}

#[test]
fn what_is_sent_beyond_what_is_included_is_paid_for_to_the_byte() {
    // 5,259.6 GB are sent, of which the machine includes 7,000, and then 7,889.4.
    let bill = machine(1.0, Some("vps.disk"));
    assert_eq!(at(&bill, "2000/s").amount.human(), "$164.00");
    let mut bill = machine(1.0, Some("vps.disk"));
    bill.limits.bytes = Some(1_500.0);
    assert_eq!(at(&bill, "2000/s").amount.human(), "$244.05");
}

#[test]
fn a_disk_can_be_added_to_and_memory_cannot() {
    // 1,000 a second leave 2,629.8 GB in a month.
    let disk = machine(1_000.0, Some("vps.disk"));
    let month = at(&disk, "1000/s");
    assert_eq!(month.stop, None);
    assert_eq!(month.amount.human(), "$362.98");
    assert_eq!(month.more.human(), "$262.98");
    let memory = machine(1_000.0, None);
    let stop = at(&memory, "1000/s").stop.unwrap();
    assert_eq!(stop.to_string(), "its disk is full after 7.4 days");
    // What fills the small machine within a month needs the larger one, however slow it comes.
    assert!(at(&memory, "8/s").is_larger && !at(&memory, "7/s").is_larger);
}

#[test]
fn a_partition_takes_a_thousand_units_a_second() {
    let bill = table("0.00001", 4.0);
    assert_eq!(at(&bill, "250/s").stop, None);
    assert_eq!(
        at(&bill, "251/s").stop.unwrap().to_string(),
        "a partition takes 250 a second"
    );
}

#[test]
fn what_is_kept_is_looked_after_each_night() {
    let mut bill = table("0.00001", 1.0);
    let night = |amount: &str| {
        Some(Used {
            price: price("vps.disk"),
            units: 1.0,
            called: None,
            amount: amount.parse().unwrap(),
        })
    };
    (bill.kept, bill.nights) = (night("0.000002"), night("0.00003"));
    let month = at(&bill, "100000/month");
    // $5, $1 for what is used, and $3.20 for what was sold; the next month as much again.
    assert_eq!(
        (month.amount.human(), month.more.human()),
        ("$9.20".to_owned(), "$3.20".to_owned())
    );
}

#[test]
fn processes_take_what_they_took_in_the_measurement() {
    let mut bill = table("0", 2.0);
    bill.limits.processes = Some(404.0);
    let stop = at(&bill, "500/s").stop.unwrap();
    assert_eq!(stop.to_string(), "here it took 404 a second");
    bill.limits.processes = Some(3_000.0);
    assert!(matches!(at(&bill, "501/s").stop, Some(Stop::Partition(_))));
}

#[test]
fn where_one_begins_to_cost_more_is_found_to_the_sale() {
    let mut cheap = machine(1.0, Some("vps.disk"));
    cheap.limits.bytes = Some(0.0);
    let mut dear = table("0.00001", 1.0);
    dear.month = "1".parse().unwrap();
    // $4 over $0.00001, and one more.
    let from = dear.dearer_from(&cheap).unwrap();
    assert_eq!(
        (from.0, from.human().as_str()),
        (400_001, "one every 6.6 seconds")
    );
    assert_eq!(
        cheap.dearer_from(&dear),
        None,
        "it is dearer from the first"
    );
    assert_eq!(dear.dearer_from(&dear), None, "it never is");
}

#[test]
fn without_a_measurement_there_is_no_month() {
    let mut bill = machine(1.0, None);
    bill.limits.is_open = true;
    assert!(bill.at(Pace(0)).is_none());
}
