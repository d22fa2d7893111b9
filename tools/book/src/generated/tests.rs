use std::fmt::Write as _;
use std::fs;

use super::*;
use crate::ledger::{Rung, ThirdParty};
use crate::measured::{Asked, Cell, Column, Declared, Measured, Seen, Table};

mod events;
mod ladders;
mod sizes;

const PARTS: [&str; 6] = [
    "power and room",
    "hardware",
    "kernel",
    "HTTP server",
    "storage engine",
    "shop code",
];

/// A workspace with `rungs` rungs, as twelve chapters might look one day.
fn workspace(rungs: u8) -> (tempfile::TempDir, Workspace) {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("book/measured")).unwrap();
    fs::write(dir.path().join("book.toml"), "").unwrap();
    let workspace = Workspace::at(dir.path()).unwrap();
    fs::copy(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../book/prices.toml"),
        workspace.book().join("prices.toml"),
    )
    .unwrap();
    fs::write(
        workspace.book().join("responsibility.toml"),
        declarations(rungs),
    )
    .unwrap();
    ledger_file(&workspace, rungs)
        .save(&workspace, "ledger")
        .unwrap();
    (dir, workspace)
}

fn declarations(rungs: u8) -> String {
    let mut text = format!("parts = {PARTS:?}\n");
    for rung in 1..=rungs {
        let _ = write!(
            text,
            "[[rung]]\nrung = {rung}\ntitle = \"A bare server\"\nhanded_over = \"The disk & the rest.\"\nmachines = {}\n\
             processes = []\nconfiguration = []\nfixed = [{{ price = \"vps.month\", count = 1, storage = false }}]\ntold = [\"Attention.\"]\n\
             sale = {{ requests = 3, capacity = \"ch01.sales\", bytes = \"ch01.bytes\", egress = \"vps.egress\" }}\n",
            if rung < 4 { 3 - rung.min(3) + 1 } else { 0 }
        );
        for (at, part) in PARTS.iter().enumerate() {
            let applies = if at + 1 < PARTS.len() && at < usize::from(rung) {
                "the hosting company"
            } else {
                "you"
            };
            let _ = write!(
                text,
                "[[rung.part]]\npart = {part:?}\nmends = \"somebody\"\napplies = {applies:?}\nsource = \"https://example.org/x\"\n"
            );
        }
    }
    text
}

fn ledger_file(workspace: &Workspace, rungs: u8) -> Measured {
    let mut file = Measured::begin(workspace, "cargo book measure ledger", &["book.toml"]).unwrap();
    file.rungs = (1..=rungs)
        .map(|rung| Rung {
            rung,
            name: format!("ch{rung:02}-x"),
            code: 1_650 - 115 * u64::from(rung),
            tests: 600,
            configuration: u64::from(rung.saturating_sub(3)) * 70,
            third_party: vec![ThirdParty {
                name: "serde_json".to_owned(),
                version: "1.0.0".to_owned(),
                lines: 12_345,
            }],
            processes: (0..if rung < 5 { rung } else { 0 })
                .map(|at| format!("process {at}"))
                .collect(),
        })
        .collect();
    file
}

fn message(workspace: &Workspace, name: &str, argument: &str) -> String {
    format!("{:#}", render(workspace, name, argument).unwrap_err())
}

#[test]
fn what_does_not_exist_is_answered_with_the_nearest_that_does() {
    let (_dir, workspace) = workspace(1);
    for (name, argument, wanted) in [
        (
            "mesured",
            "x.y",
            "{{#mesured x.y}}: there is no directive `mesured`; the nearest is `measured`",
        ),
        (
            "measured",
            "ledgr.x",
            "there is no measured file book/measured/ledgr.json; the nearest is `ledger`",
        ),
        (
            "price",
            "vps.moth",
            "there is no price `vps.moth` in book/prices.toml; the nearest is `vps.month`",
        ),
        (
            "computed",
            "bill.1.monht",
            "the bill has no `monht`; the nearest is `month`",
        ),
        (
            "computed",
            "ledger.1.cod",
            "the ledger has no `cod`; the nearest is `code`",
        ),
        (
            "computed",
            "bil.1.month",
            "there is no `bil` to compute from",
        ),
        ("ledger", "2", "the ledger has no rung 2; it has: 1"),
        ("ladder", "7", "the ledger has no rung 7"),
        ("head", "one", "`one` is not the number of a rung"),
        (
            "promises",
            "1",
            "there is no measured file book/measured/ch01-promises.json",
        ),
    ] {
        let error = message(&workspace, name, argument);
        assert!(error.contains(wanted), "{error}");
    }
}

#[test]
fn a_figure_says_what_it_is_and_who_measured_it_when() {
    let (_dir, workspace) = workspace(1);
    let mut file = Measured::begin(&workspace, "cargo book measure 1", &["book.toml"]).unwrap();
    file.machine = "a \"fast\" machine".to_owned();
    file.date = "2026-11-24".parse().unwrap();
    file.put("decide_us", 12.3, "µs", "time to decide <once>");
    file.put("fsync_us", 1230.0, "µs", "time to sync");
    file.save(&workspace, "ch01").unwrap();
    assert_eq!(
        render(&workspace, "measured", "ch01.decide_us").unwrap(),
        "<span class=\"measured\" title=\"time to decide &lt;once&gt;. Measured on 2026-11-24 (a &quot;fast&quot; machine) \
         with cargo book measure 1\">12\u{a0}µs</span>"
    );
    let ratio = render(&workspace, "computed", "ratio ch01.fsync_us ch01.decide_us").unwrap();
    assert!(ratio.ends_with(">100</span>"), "{ratio}");
    let price = render(&workspace, "price", "dynamodb.write").unwrap();
    assert!(
        price.ends_with(">$0.625</span>") && price.contains("as of 1 November 2026, not checked"),
        "{price}"
    );
}

#[test]
fn a_table_of_figures_keeps_units_and_tells_the_machine() {
    let (_dir, workspace) = workspace(1);
    let mut file = Measured::begin(&workspace, "cargo book measure 1", &["book.toml"]).unwrap();
    let column = |name: &str, unit: &str| Column {
        name: name.to_owned(),
        unit: unit.to_owned(),
    };
    file.tables.insert(
        "throughput".to_owned(),
        Table {
            what: "Throughput".to_owned(),
            columns: vec![
                column("Server", ""),
                column("Throughput", "requests/s"),
                column("p99", "µs"),
            ],
            rows: vec![
                vec![
                    Cell::Words("ours".to_owned()),
                    Cell::Number(21_437.0),
                    Cell::Number(1_234.0),
                ],
                vec![
                    Cell::Words("another".to_owned()),
                    Cell::Words("–".to_owned()),
                    Cell::Number(5.0),
                ],
            ],
            note: "Two cores.".to_owned(),
        },
    );
    file.save(&workspace, "ch01").unwrap();
    let html = render(&workspace, "table", "ch01.throughput").unwrap();
    assert!(
        html.contains("<th scope=\"col\" class=\"num\">Throughput, requests/s</th>"),
        "{html}"
    );
    let nothing = "<th scope=\"row\">another</th><td class=\"num\">–</td>";
    assert!(html.contains(nothing), "{html}");
    assert!(html.contains("<th scope=\"row\">ours</th><td class=\"num\">21,400</td><td class=\"num\">1.2\u{a0}ms</td>"), "{html}");
    assert!(
        html.contains("<p class=\"small-print\">Two cores. Measured on "),
        "{html}"
    );
}

#[test]
fn promises_are_told_in_order_with_what_was_seen_and_what_changed() {
    let (_dir, workspace) = workspace(2);
    let asked = |promise: &str, declared, seen| Asked {
        promise: promise.to_owned(),
        title: "a pet is never adopted twice".to_owned(),
        declared,
        reason: "there is a lock".to_owned(),
        seen,
        lines: if seen == Seen::NotAsked {
            vec![]
        } else {
            vec!["1 of 50 won.".to_owned()]
        },
    };
    for (rung, p3) in [(1, Declared::Broken), (2, Declared::Kept)] {
        let mut file = Measured::begin(&workspace, "cargo book measure 1", &["book.toml"]).unwrap();
        file.rung = Some(rung);
        let seen = if rung == 1 { Seen::Broken } else { Seen::Kept };
        file.promises = vec![
            asked("P13", Declared::DoesNotArise, Seen::NotAsked),
            asked("P3", p3, seen),
        ];
        file.save(&workspace, &format!("ch{rung:02}-promises"))
            .unwrap();
    }
    let first = render(&workspace, "promises", "1").unwrap();
    assert!(!first.contains("Rung before"), "{first}");
    assert!(
        first.find("P3<").unwrap() < first.find("P13<").unwrap(),
        "{first}"
    );
    assert!(
        first.contains("<span class=\"state state-broken\">broken</span></td><td>1 of 50 won."),
        "{first}"
    );
    let second = render(&workspace, "promises", "2").unwrap();
    assert!(
        second.contains("<td><span class=\"state state-kept\">kept</span></td><td><span class=\"state state-broken\">broken</span></td>"),
        "{second}"
    );
    let (changed, same) = second
        .split_once("<summary>One promise is as on the rung before</summary>")
        .unwrap();
    assert!(
        changed.contains("P3<") && !changed.contains("P13<"),
        "{second}"
    );
    assert!(
        same.contains("does not arise</span></td><td>there is a lock</td>")
            && !same.contains("P3<"),
        "{second}"
    );
}

#[test]
fn a_run_that_contradicts_what_is_declared_is_not_hidden() {
    let (_dir, workspace) = workspace(1);
    let mut file = Measured::begin(&workspace, "promises", &["book.toml"]).unwrap();
    let asked = |declared, seen| Asked {
        promise: "P4".to_owned(),
        title: "writes survive".to_owned(),
        declared,
        reason: "there is a journal".to_owned(),
        seen,
        lines: vec!["One was lost.".to_owned()],
    };
    file.promises = vec![asked(Declared::Kept, Seen::Broken)];
    file.save(&workspace, "ch01-promises").unwrap();
    let html = render(&workspace, "promises", "1").unwrap();
    assert!(
        html.contains("<td><span class=\"state state-broken\">seen to break</span> One was lost."),
        "{html}"
    );
    file.promises = vec![asked(Declared::Broken, Seen::Broken)];
    file.save(&workspace, "ch01-promises").unwrap();
    assert!(
        !render(&workspace, "promises", "1")
            .unwrap()
            .contains("seen to")
    );
}

#[test]
fn the_ledger_shows_the_change_against_the_rung_before() {
    let (_dir, workspace) = workspace(2);
    let first = render(&workspace, "ledger", "1").unwrap();
    assert!(
        first.contains("<th scope=\"row\">Your code, lines</th><td class=\"num\">1,535</td></tr>"),
        "{first}"
    );
    assert!(first.contains("<td class=\"num\">12,345</td>"), "{first}");
    let second = render(&workspace, "ledger", "2").unwrap();
    assert!(
        second.contains(
            "<td class=\"num\">1,420</td><td class=\"num\">1,535</td><td class=\"num\">−115</td>"
        ),
        "{second}"
    );
    assert!(second.contains("<td>the hosting company</td><td>you</td><td><a href=\"https://example.org/x\">example.org</a></td>"), "{second}");
}

#[test]
fn the_bill_adds_up_and_links_its_prices() {
    let (_dir, workspace) = workspace(1);
    let html = render(&workspace, "bill", "1").unwrap();
    assert!(
        html.contains("<td class=\"num\">$5.00</td></tr>\n</tbody><tfoot>"),
        "{html}"
    );
    assert!(
        html.contains("<a href=\"https://docs.aws.amazon.com/lightsail/"),
        "{html}"
    );
    assert!(
        html.contains("<p class=\"small-print\">Attention.</p>"),
        "{html}"
    );
    assert_eq!(
        render(&workspace, "computed", "bill.1.month")
            .unwrap()
            .rsplit_once('>')
            .unwrap()
            .0
            .rsplit_once('>')
            .unwrap()
            .1,
        "$5.00</span"
    );
}

#[test]
fn nothing_generated_holds_a_blank_line_or_the_same_id_twice() {
    let (_dir, workspace) = workspace(3);
    let parts = [
        ("ladder", ""),
        ("head", "2"),
        ("ledger", "2"),
        ("bill", "2"),
    ];
    let page: String = parts
        .iter()
        .map(|(name, argument)| render(&workspace, name, argument).unwrap())
        .collect();
    assert!(!page.contains("\n\n") && !page.contains("\n \n"), "{page}");
    let ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let mut once = ids.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(ids.len(), once.len(), "{ids:?}");
}

#[test]
fn all_rungs_stand_side_by_side() {
    let (_dir, workspace) = workspace(3);
    let ledger = render(&workspace, "ledger", "all").unwrap();
    assert!(
        ledger.contains("<th scope=\"col\" class=\"num\">Rung 3</th>"),
        "{ledger}"
    );
    assert!(ledger.contains("<th scope=\"col\">Rung 3</th>"), "{ledger}");
    let bill = render(&workspace, "bill", "all").unwrap();
    assert_eq!(bill.matches("Rung ").count(), 3, "{bill}");
    assert!(bill.contains("not measured"), "{bill}");
    // No rung has been put to the promises here.
    assert!(render(&workspace, "promises", "all").is_err());
}
