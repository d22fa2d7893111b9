use super::*;
use crate::ledger::Ledger;
use crate::responsibility::Responsibilities;

#[test]
fn the_ladder_draws_the_rungs_that_there_are_and_no_other() {
    for rungs in [1, 3, 7, 12] {
        let (_dir, workspace) = workspace(rungs);
        let html = render(&workspace, "ladder", "").unwrap();
        // A bar of code and the swatch of the legend.
        assert_eq!(
            html.matches("fill:var(--yours-code)").count(),
            usize::from(rungs) + 1
        );
        assert!(
            html.contains(&format!("Rung {rungs}, A bare server: you run ")),
            "{html}"
        );
        assert!(!html.contains(&format!("Rung {}, ", rungs + 1)), "{html}");
        for position in numbers_after(&html, " x=\"")
            .into_iter()
            .chain(numbers_after(&html, " y=\""))
        {
            assert!(
                (0.0..=600.0).contains(&position),
                "{position} is outside of the picture"
            );
        }
        let head = render(&workspace, "head", "1").unwrap();
        assert!(head.starts_with("<p class=\"chapter-line\"><span class=\"chapter-number\">Chapter 1</span> The disk &amp; the rest.</p>"));
        assert_eq!(
            head.matches("stroke:var(--accent)").count(),
            1,
            "one rung is marked"
        );
    }
}

#[test]
fn bars_are_to_scale() {
    let (_dir, workspace) = workspace(12);
    let ledger = Ledger::load(&workspace).unwrap();
    let html = render(&workspace, "ladder", "").unwrap();
    let bars: Vec<f64> = html
        .split("<rect ")
        .filter(|rect| rect.contains("fill:var(--yours-code)"))
        .skip(1)
        .map(|rect| numbers_after(rect, " height=\"")[0])
        .collect();
    for (entry, bar) in ledger.entries.iter().zip(&bars) {
        let lines = f64::from(u32::try_from(entry.counted.code).unwrap());
        let wanted =
            bars[0] * lines / f64::from(u32::try_from(ledger.entries[0].counted.code).unwrap());
        assert!(
            (bar - wanted).abs() < 0.11,
            "rung {}: {bar} and not {wanted}",
            entry.counted.rung
        );
    }
}

/// Writes pages with ladders of several heights to `target/ladders/`, to be looked at.
#[test]
#[ignore = "nothing is asserted: for eyes"]
fn ladders_to_look_at() {
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/ladders");
    fs::create_dir_all(target).unwrap();
    for rungs in [1, 3, 7, 12] {
        let ledger = {
            let (_dir, workspace) = workspace(rungs);
            let all = Responsibilities::load(&workspace).unwrap();
            Ledger::of(ledger_file(&workspace, rungs), &all).unwrap()
        };
        let page = ladder::small(&ledger, 1) + &ladder::full_figure(&ledger, Some(rungs));
        let path = format!("{target}/{rungs}.html");
        fs::write(&path, page).unwrap();
        assert!(fs::metadata(&path).unwrap().len() > 1_000);
    }
}

fn numbers_after(html: &str, before: &str) -> Vec<f64> {
    let rests = html.split(before).skip(1);
    rests
        .filter_map(|rest| rest.split('"').next()?.parse().ok())
        .collect()
}
