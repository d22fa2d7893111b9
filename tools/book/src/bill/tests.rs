use super::*;
use std::fs;

const PRICES: &str = r#"
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

#[test]
fn an_idle_month_is_the_fixed_cost_beyond_storage() {
    let (_dir, workspace) = workspace(RUNG);
    assert_eq!(idle_month(&workspace, 1).unwrap().human(), "$5.00");
    let bill = Bill::of(&workspace, 1).unwrap();
    // 730 hours, two addresses.
    assert_eq!(bill.month.human(), "$12.30");
    assert_eq!(bill.quiet_sale, bill.month);
    assert!(bill.full.is_none(), "nothing has been measured");
}

#[test]
fn a_rung_without_fixed_costs_is_idle_for_nothing() {
    let (_dir, workspace) = workspace(&RUNG.replace("storage = false", "storage = true"));
    assert!(idle_month(&workspace, 1).unwrap().is_zero());
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
    assert_eq!(full.egress.human(), "$28.35");
    assert_eq!(full.sale.human(), "$0.000000155");
}

#[test]
fn a_price_that_is_not_by_the_month_is_no_fixed_cost() {
    let (_dir, workspace) = workspace(&RUNG.replace("\"ipv4.hour\"", "\"vps.egress\""));
    let error = format!("{:#}", Bill::of(&workspace, 1).unwrap_err());
    assert!(error.contains("`vps.egress` is a price per GB"), "{error}");
}
