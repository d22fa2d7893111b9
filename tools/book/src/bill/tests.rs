use super::*;
use std::fs;

pub(super) const PRICES: &str = r#"
[vps.month]
what = "a server"
amount = "5.00"
currency = "USD"
per = 1
unit = "month"
source = "https://example.org/"
as_of = "2026-01-01"
checked = true
includes = { amount = 1000, unit = "GB", of = "vps.egress" }
[vps.egress]
what = "egress"
amount = "0.09"
currency = "USD"
per = 1
unit = "GB"
source = "https://example.org/"
as_of = "2026-01-01"
checked = true
[ipv4.hour]
what = "an address"
amount = "0.005"
currency = "USD"
per = 1
unit = "hour"
source = "https://example.org/"
as_of = "2026-01-01"
checked = true
"#;

const RUNG: &str = r#"
parts = []
[[rung]]
rung = 1
title = "Bare"
handed_over = "nothing"
machines = 1
processes = ["shop"]
configuration = []
fixed = [{ price = "vps.month", count = 1, storage = false }, { price = "ipv4.hour", count = 2, storage = true }]
told = ["attention"]
sale = { requests = 3, capacity = "ch01.sales", bytes = "ch01.bytes", egress = "vps.egress" }
part = []
"#;

fn workspace(rung: &str) -> (tempfile::TempDir, Workspace) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("book.toml"), "").unwrap();
    fs::create_dir(dir.path().join("book")).unwrap();
    fs::write(dir.path().join("book/prices.toml"), PRICES).unwrap();
    fs::write(dir.path().join("book/responsibility.toml"), rung).unwrap();
    let workspace = Workspace::at(dir.path()).unwrap();
    (dir, workspace)
}

const TABLE: &str = r#"
[dynamodb.read]
what = "reads"
amount = "0.125"
currency = "USD"
per = 1_000_000
unit = "read request units"
source = "https://example.org/"
as_of = "2026-01-01"
checked = true
[dynamodb.storage]
what = "storage"
amount = "0.25"
currency = "USD"
per = 1
unit = "GB-month"
source = "https://example.org/"
as_of = "2026-01-01"
checked = true
"#;

/// A rung that is paid for by the piece as well.
fn by_the_piece() -> String {
    let sale = "capacity = \"ch01.sales\", bytes = \"ch01.bytes\", \
                units = [{ price = \"dynamodb.read\", measured = \"ch01.reads\" }], \
                kept = { price = \"dynamodb.storage\", measured = \"ch01.pet\" } }";
    let (before, _) = RUNG.split_once("capacity").unwrap();
    format!("{before}{sale}\npart = []\n")
}

fn measure(workspace: &Workspace, reads_in: &str) {
    let mut file = measured::Measured::begin(workspace, "measure", &["book.toml"]).unwrap();
    file.put("sales", 100.0, "sales/s", "sales");
    file.put("bytes", 5000.0, "B", "bytes");
    file.put("reads", 2.5, reads_in, "reads");
    file.put("pet", 400.0, "B", "a pet");
    file.save(workspace, "ch01").unwrap();
}

#[test]
fn what_is_used_by_the_piece_is_paid_with_each_sale() {
    let (_dir, workspace) = workspace(&by_the_piece());
    also_priced(&workspace, TABLE);
    let unknown = Bill::of(&workspace, 1).unwrap();
    assert!(unknown.uses.is_none() && unknown.kept.is_none() && unknown.full.is_none());
    measure(&workspace, "read request units");
    let bill = Bill::of(&workspace, 1).unwrap();
    // 2.5 × $0.125 / 1,000,000, and 400 B of a GB at $0.25.
    assert_eq!(bill.used().human(), "$0.000000313");
    assert_eq!(bill.kept.unwrap().amount.human(), "$0.0000001");
    assert_eq!(
        bill.quiet_sale,
        bill.month + "0.0000003125".parse().unwrap()
    );
    let full = bill.full.unwrap();
    assert!(full.egress.is_none(), "the list has no price for it");
    // $12.30 over 262,980,000 sales, and what each uses.
    assert_eq!(full.sale.human(), "$0.000000359");
    assert_eq!(idle_month(&workspace, 1).unwrap().waiting.human(), "$5.00");
}

/// Adds prices to the list.
fn also_priced(workspace: &Workspace, more: &str) {
    let prices = workspace.book().join("prices.toml");
    fs::write(&prices, PRICES.to_owned() + more).unwrap();
}

const LAMBDA: &str = r#"
[lambda.gb_second]
what = "time"
amount = "0.0000133334"
currency = "USD"
per = 1
unit = "GB-second"
source = "https://example.org/"
as_of = "2026-01-01"
checked = true
[cloudwatch.logs]
what = "logs"
amount = "0.50"
currency = "USD"
per = 1
unit = "GB"
source = "https://example.org/"
as_of = "2026-01-01"
checked = true
[cloudwatch.alarm]
what = "an alarm"
amount = "0.10"
currency = "USD"
per = 1
unit = "month"
source = "https://example.org/"
as_of = "2026-01-01"
checked = true
"#;

/// A rung that is paid for by the millisecond, and watched.
#[test]
fn a_part_of_a_second_and_a_few_bytes_of_a_gigabyte_have_a_price() {
    let units = "units = [{ price = \"lambda.gb_second\", measured = \"ch01.time\" }, \
                 { price = \"cloudwatch.logs\", measured = \"ch01.logs\", called = \"of logs\" }] }";
    let (before, _) = RUNG.split_once(", egress").unwrap();
    let (_dir, workspace) = workspace(&format!("{before}, {units}\npart = []\n"));
    also_priced(&workspace, LAMBDA);
    let mut file = measured::Measured::begin(&workspace, "measure", &["book.toml"]).unwrap();
    file.put("sales", 100.0, "sales/s", "sales");
    file.put("bytes", 5000.0, "B", "bytes");
    file.put("time", 0.003, "GB-second", "time");
    file.put("logs", 1400.0, "B", "logs");
    file.save(&workspace, "ch01").unwrap();
    let uses = Bill::of(&workspace, 1).unwrap().uses.unwrap();
    // 0.003 × $0.0000133334, and 1,400 B of a GB at $0.50.
    assert_eq!(uses[0].amount, "0.000000040000".parse().unwrap());
    assert_eq!(uses[1].amount, "0.0000007".parse().unwrap());
    let table = crate::generated::render(&workspace, "bill", "1").unwrap();
    assert!(table.contains("1.4\u{a0}KiB of logs"), "{table}");
}

#[test]
fn what_watches_over_an_idle_shop_is_told_apart_from_what_waits() {
    let watched = RUNG.replace(
        "\"ipv4.hour\", count = 2, storage = true",
        "\"cloudwatch.alarm\", count = 4, storage = false, watch = true",
    );
    let (_dir, workspace) = workspace(&watched);
    also_priced(&workspace, LAMBDA);
    let month = idle_month(&workspace, 1).unwrap();
    assert_eq!(
        (month.waiting.human(), month.watch.human()),
        ("$5.00".to_owned(), "$0.40".to_owned())
    );
    assert_eq!(Bill::of(&workspace, 1).unwrap().month.human(), "$5.40");
}

#[test]
fn a_figure_in_another_unit_than_its_price_is_refused() {
    let (_dir, workspace) = workspace(&by_the_piece());
    also_priced(&workspace, TABLE);
    measure(&workspace, "write request units");
    let error = format!("{:#}", Bill::of(&workspace, 1).unwrap_err());
    assert!(
        error.contains("ch01.reads is in write request units, and the price dynamodb.read is per"),
        "{error}"
    );
}

#[test]
fn the_same_elsewhere_is_told_and_not_added() {
    let rung = RUNG.replace(
        "told =",
        "elsewhere = [{ price = \"vps.month\", count = 3, storage = false }]\ntold =",
    );
    let (_dir, workspace) = workspace(&rung);
    let bill = Bill::of(&workspace, 1).unwrap();
    assert_eq!(bill.elsewhere[0].amount.human(), "$15.00");
    assert_eq!(bill.month.human(), "$12.30");
}

#[test]
fn an_idle_month_is_the_fixed_cost_beyond_storage() {
    let (_dir, workspace) = workspace(RUNG);
    assert_eq!(idle_month(&workspace, 1).unwrap().waiting.human(), "$5.00");
    let bill = Bill::of(&workspace, 1).unwrap();
    // 730 hours, two addresses.
    assert_eq!(bill.month.human(), "$12.30");
    assert_eq!(bill.quiet_sale, bill.month);
    assert!(bill.full.is_none(), "nothing has been measured");
}

#[test]
fn a_rung_without_fixed_costs_is_idle_for_nothing() {
    let (_dir, workspace) = workspace(&RUNG.replace("storage = false", "storage = true"));
    assert_eq!(idle_month(&workspace, 1).unwrap(), IdleMonth::default());
}

#[test]
fn a_full_shop_pays_for_what_it_sends_beyond_what_is_included() {
    let (_dir, workspace) = workspace(RUNG);
    let mut measured = measured::Measured::begin(&workspace, "measure", &["book.toml"]).unwrap();
    measured.put("sales", 100.0, "sales/s", "sales");
    measured.put("bytes", 5000.0, "B", "bytes");
    measured.save(&workspace, "ch01").unwrap();
    let full = Bill::of(&workspace, 1).unwrap().full.unwrap();
    assert_eq!(full.sales, 262_980_000);
    // 1,315 GB are sent, of which 1,000 are included.
    assert_eq!(full.egress.unwrap().human(), "$28.35");
    assert_eq!(full.sale.human(), "$0.000000155");
}

#[test]
fn a_price_that_is_not_by_the_month_is_no_fixed_cost() {
    let (_dir, workspace) = workspace(&RUNG.replace("\"ipv4.hour\"", "\"vps.egress\""));
    let error = format!("{:#}", Bill::of(&workspace, 1).unwrap_err());
    assert!(error.contains("`vps.egress` is a price per GB"), "{error}");
}

#[test]
fn what_is_done_all_the_time_is_paid_as_often_as_that() {
    let each =
        "{ price = \"dynamodb.read\", count = 43_200, each = \"ch01.reads\", storage = false }";
    let rung = by_the_piece().replace("fixed = [", &format!("fixed = [{each}, "));
    let (_dir, workspace) = workspace(&rung);
    also_priced(&workspace, TABLE);
    let unknown = Bill::of(&workspace, 1).unwrap_err();
    assert!(format!("{unknown:#}").contains("ch01.reads has not been measured"));
    measure(&workspace, "read request units");
    let bill = Bill::of(&workspace, 1).unwrap();
    let line = &bill.fixed[0];
    assert_eq!((line.count, line.is_measured), (108_000, true));
    // 43,200 times 2.5 at $0.125 a million.
    assert_eq!(line.amount.human(), "$0.0135");
    measure(&workspace, "B");
    let wrong = Bill::of(&workspace, 1).unwrap_err();
    assert!(
        format!("{wrong:#}").contains("ch01.reads is in B"),
        "{wrong:#}"
    );
}
