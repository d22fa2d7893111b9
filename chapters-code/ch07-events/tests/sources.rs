//! What is wrong with a table of sources is said at once, with its place.

use std::path::Path;

use anyhow::{Context, Result};
use ch04_functions::table::{Faults, Table};
use ch07_events::sources::Sources;

const QUEUE: &str = "[[queue]]\nname = \"letters\"\n";

/// What is said of a text.
fn said(text: &str) -> Vec<String> {
    match Sources::parse(text, Path::new("sources.toml")) {
        Ok(_) => vec![],
        Err(Faults(faults)) => faults,
    }
}

#[test]
fn the_shops_own_are_read() -> Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/ch07-events/sources.toml");
    let sources = Sources::read(&file)?;
    assert_eq!(sources.functions(), ["teller", "thanks", "recount"]);
    assert_eq!(sources.queues.len(), 3);
    let outbox = sources.streams.first().context("it has a stream")?;
    assert!(outbox.policy.bisects && outbox.policy.partial);
    Ok(())
}

#[test]
fn each_fault_is_told_with_its_line() {
    for (text, due) in [
        (
            "[[stream]]\nname = \"a\"",
            "sources.toml:1: [[stream]]: missing field `function`",
        ),
        (
            "[[stream]]\nname = \"a\"\nfunction = \"f\"\nbatch = 0",
            "sources.toml:4: batch = 0: it is 1 to 10000",
        ),
        (
            "[[stream]]\nname = \"a\"\nfunction = \"f\"\nfailed = \"nowhere\"",
            "sources.toml:4: failed = \"nowhere\": there is no such queue",
        ),
        (
            "[[queue]]\nname = \"a\"\nreceives = 3",
            "sources.toml:2: name = \"a\": receives and dead go together",
        ),
        (
            "[[queue]]\nname = \"a\"\n[[queue]]\nname = \"a\"",
            "sources.toml:4: name = \"a\": something else has this name",
        ),
        (
            "[[poll]]\nqueue = \"a\"\nfunction = \"f\"",
            "sources.toml:2: queue = \"a\": there is no such queue",
        ),
        (
            "[[schedule]]\nname = \"a\"\nwhen = \"daily\"\nfunction = \"f\"",
            "sources.toml:3: when = \"daily\": daily: a schedule is rate(5 minutes) or cron(0 8 * * ? *)",
        ),
    ] {
        assert_eq!(said(text), [due]);
    }
    let odd = said(&format!("{QUEUE}retain = 7"));
    assert!(
        odd.len() == 1 && odd[0].starts_with("sources.toml:3: retain = 7: unknown field"),
        "{odd:?}"
    );
    let pattern = said(&format!(
        "{QUEUE}[[rule]]\nname = \"a\"\nqueue = \"letters\"\npattern = {{ source = \"shop\" }}"
    ));
    assert!(
        pattern.len() == 1 && pattern[0].starts_with("sources.toml:6: pattern = "),
        "{pattern:?}"
    );
}

#[test]
fn a_function_that_is_not_in_the_other_table_is_told_with_its_line() -> Result<()> {
    let text = format!("{QUEUE}[[poll]]\nqueue = \"letters\"\nfunction = \"thank\"");
    let sources = Sources::parse(&text, Path::new("sources.toml"))?;
    let Err(Faults(faults)) = sources.check(&Table::default()) else {
        panic!("there is no function thank");
    };
    assert_eq!(
        faults,
        ["sources.toml:5: function = \"thank\": there is no such function"]
    );
    Ok(())
}
