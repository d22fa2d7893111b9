//! The bill at four sizes of shop, of twelve rungs that differ in what they take by the month and by the sale.

use super::*;

/// Rungs 5 to 12 cost nothing by the month, take reads for each sale, and have a partition that takes 250 a second; the others have a machine,
/// whose memory is full with some sales.
fn priced() -> (tempfile::TempDir, Workspace) {
    let (dir, workspace) = workspace(12);
    let mut text = String::new();
    for (at, rung) in declarations(12).split("[[rung]]").enumerate() {
        let machine = "fixed = [{ price = \"vps.month\", count = 1, storage = false }]";
        let (fixed, more) = if at >= 5 {
            (
                "fixed = []",
                "units = [{ price = \"dynamodb.read\", measured = \"ch01.reads\" }], partition = \"ch01.writes\"",
            )
        } else {
            (
                machine,
                "larger = { price = \"vps.large_month\", takes = \"ch01.takes\" }, fills = { what = \"memory\", measured = \"ch01.room\", mb = 512, larger_mb = 32_000 }",
            )
        };
        let egress = ", egress = \"vps.egress\" }";
        let rung = rung.replace(machine, fixed);
        text += if at == 0 { "" } else { "[[rung]]" };
        text += &rung.replace(egress, &format!(", egress = \"vps.egress\", {more} }}"));
    }
    fs::write(workspace.book().join("responsibility.toml"), text).unwrap();
    (dir, workspace)
}

fn measured(workspace: &Workspace) {
    let mut file = Measured::begin(workspace, "cargo book measure 1", &["book.toml"]).unwrap();
    for (key, value, unit) in [
        ("sales", 4_000.0, "sales/s"),
        ("bytes", 0.0, "B"),
        ("reads", 80.0, "read request units"),
        ("writes", 4.0, "write request units"),
        ("takes", 2_000.0, "pets/s"),
        ("room", 100.0, "B"),
    ] {
        file.put(key, value, unit, key);
    }
    file.save(workspace, "ch01").unwrap();
}

#[test]
fn what_has_not_been_measured_is_told_so() {
    let (_dir, workspace) = priced();
    let table = render(&workspace, "bill", "sizes").unwrap();
    assert!(table.contains(">not measured</td>"), "{table}");
    let error = render(&workspace, "bill", "curves").unwrap_err();
    assert!(
        format!("{error:#}").contains("nothing has been measured yet"),
        "{error:#}"
    );
}

#[test]
fn a_rung_that_does_not_take_as_many_is_marked_and_says_why() {
    let (_dir, workspace) = priced();
    measured(&workspace);
    let table = render(&workspace, "bill", "sizes").unwrap();
    // A sale takes 80 reads at $0.125 a million: $0.00001.
    let rung = "<td class=\"num\">$0.00</td><td class=\"num\">$0.0073</td><td class=\"num\">$26.30</td>\
                <td class=\"num\"><span class=\"state state-broken\"></span> $26,298</td>";
    assert_eq!(table.matches(rung).count(), 8, "{table}");
    assert!(
        table.contains(
            "Rung 1, 2, 3, 4: its memory is full after 3.7 days; Rung 5, 6, 7, 8, 9, 10, 11, 12: a partition takes 250 a second."
        ),
        "{table}"
    );
    assert!(
        table.contains(
            "At 1,000 a second that of rung 1 and 2 and 3 and 4 is a larger one, $164.00 a month"
        ),
        "{table}"
    );
    assert_eq!(table.matches("none to be had").count(), 4, "{table}");
}

#[test]
fn where_lines_cross_is_told_and_drawn() {
    let (_dir, workspace) = priced();
    measured(&workspace);
    let table = render(&workspace, "bill", "crossings").unwrap();
    // $5 over $0.00001, and one more.
    let crossing = "<td class=\"num\">one every 5.3 seconds</td><td class=\"num\">500,001</td>";
    assert_eq!(table.matches(crossing).count(), 2 * 8, "{table}");
    assert!(!table.contains("4 A bare server"), "{table}");
    let figure = render(&workspace, "bill", "curves").unwrap();
    assert_eq!(figure.matches("<circle").count(), 4, "{figure}");
    // Each of the four lines has a part that is broken.
    assert_eq!(figure.matches("stroke-dasharray").count(), 4, "{figure}");
    for rung in ["2", "3", "5", "11"] {
        let number = format!("font-weight:bold\">{rung}</text>");
        assert!(figure.contains(&number), "{figure}");
    }
    assert!(
        figure.contains("Rung 11, A bare server: no sale $0.00, one an hour $0.0073"),
        "{figure}"
    );
    let words = |what: &str| render(&workspace, "computed", what).unwrap();
    assert!(words("crossing.5.2").ends_with(">one every 5.3 seconds</span>"));
    assert!(words("month.5.1/s").ends_with(">$26.30</span>"));
    let error = render(&workspace, "computed", "crossing.2.5").unwrap_err();
    assert!(
        format!("{error:#}").contains("rung 2 does not begin somewhere to cost more than rung 5"),
        "{error:#}"
    );
}
