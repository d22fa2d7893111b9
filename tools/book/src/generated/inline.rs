//! What stands within a line: a measured figure, a price, something computed.

use anyhow::{Context, Result, bail};

use super::html::escape;
use crate::bill::{Bill, Pace};
use crate::ledger::Ledger;
use crate::measured::{self, Measured};
use crate::nearest;
use crate::prices::Prices;
use crate::workspace::Workspace;

/// `{{#measured ch01.decide_us}}`
pub fn measured(workspace: &Workspace, path: &str) -> Result<String> {
    let (file, value) = measured::figure(workspace, path)?;
    let title = format!("{}. {}", value.what, provenance(&file));
    Ok(span(&title, &measured::human(value.value, &value.unit)))
}

/// `{{#price vps.month}}`
pub fn price(workspace: &Workspace, key: &str) -> Result<String> {
    let prices = Prices::load(workspace)?;
    let price = prices.get(key)?;
    let title = format!("{}: {}, {}", price.what, price.human(), price.provenance());
    Ok(span(&title, &price.amount().human()))
}

/// `{{#computed bill.1.month}}`, `{{#computed ledger.1.code}}`, `{{#computed ratio ch01.a ch01.b}}`; `{{#computed month.2.1/s}}`, what a month
/// costs with so many sales, and `{{#computed crossing.5.2}}`, the pace at which rung 5 begins to cost more than rung 2
pub fn computed(workspace: &Workspace, what: &str) -> Result<String> {
    if let Some(figures) = what.strip_prefix("ratio ") {
        return ratio(workspace, figures);
    }
    let parts: Vec<&str> = what.split('.').collect();
    let [subject, number, key] = parts[..] else {
        bail!(
            "`{what}` is none of bill.RUNG.KEY, ledger.RUNG.KEY, month.RUNG.PACE, crossing.RUNG.RUNG, ratio FILE.KEY FILE.KEY"
        );
    };
    let rung = super::rung(number)?;
    match subject {
        "bill" => bill(workspace, rung, key),
        "ledger" => ledger(workspace, rung, key),
        "month" => month(workspace, rung, key),
        "crossing" => crossing(workspace, rung, super::rung(key)?),
        _ => bail!(
            "there is no `{subject}` to compute from; there are `bill`, `ledger`, `month`, `crossing` and `ratio`"
        ),
    }
}

/// Who measured it when: for the title of a figure and for the print under a table.
pub fn provenance(file: &Measured) -> String {
    format!(
        "Measured on {} ({}) with {}",
        file.date, file.machine, file.command
    )
}

fn span(title: &str, text: &str) -> String {
    format!(
        "<span class=\"measured\" title=\"{}\">{}</span>",
        escape(title),
        escape(text)
    )
}

fn ratio(workspace: &Workspace, figures: &str) -> Result<String> {
    let figures: Vec<&str> = figures.split_whitespace().collect();
    let [above, below] = figures[..] else {
        bail!("a ratio is of two figures: ratio FILE.KEY FILE.KEY");
    };
    let (file, a) = measured::figure(workspace, above)?;
    let (_, b) = measured::figure(workspace, below)?;
    if a.unit != b.unit || b.value == 0.0 {
        bail!(
            "{above} is in {} and {below} is {} {}: there is no ratio of them",
            a.unit,
            b.value,
            b.unit
        );
    }
    let title = format!("{}, over {}. {}", a.what, b.what, provenance(&file));
    Ok(span(
        &title,
        &measured::human_number(a.value / b.value, "×"),
    ))
}

const NOT_MEASURED: &str = "nothing has been measured yet that this could be computed from";

/// What the bill can be asked for.
const BILL: [&str; 8] = [
    "month",
    "sale_quiet",
    "sale_full",
    "sales_full",
    "sale_units",
    "pet_month",
    "pet_nights",
    "elsewhere",
];

fn bill(workspace: &Workspace, rung: u8, key: &str) -> Result<String> {
    let bill = Bill::of(workspace, rung)?;
    let full = || bill.full.as_ref().context(NOT_MEASURED);
    let (what, text) = match key {
        "month" => (
            "what the rung costs in a month whether anybody comes or not",
            bill.month.human(),
        ),
        "sale_units" => (
            "what a sale uses beside the month",
            bill.uses
                .is_some()
                .then(|| bill.used().human())
                .context(NOT_MEASURED)?,
        ),
        "pet_month" => (
            "what it costs to keep a pet for a month",
            bill.kept.as_ref().context(NOT_MEASURED)?.amount.human(),
        ),
        "pet_nights" => (
            "what it costs to look after a pet for a month of nights",
            bill.nights.as_ref().context(NOT_MEASURED)?.amount.human(),
        ),
        "elsewhere" => (
            "what the month would cost at another provider",
            bill.elsewhere
                .first()
                .context("book/responsibility.toml names no other provider")?
                .amount
                .human(),
        ),
        "sale_quiet" => (
            "a sale that is the only one of its month",
            bill.quiet_sale.human(),
        ),
        "sale_full" => (
            "a sale in a shop that sells as fast as it can all month",
            full()?.sale.human(),
        ),
        "sales_full" => (
            "sales of a month at the pace that was measured",
            measured::human_number(float(full()?.sales), "sales/s"),
        ),
        _ => bail!("the bill has no `{key}`; {}", nearest::hint(key, BILL)),
    };
    Ok(span(&format!("{what}; {COMPUTED}"), &text))
}

const COMPUTED: &str = "computed from book/prices.toml and measured figures";

fn month(workspace: &Workspace, rung: u8, pace: &str) -> Result<String> {
    let pace: Pace = pace.parse()?;
    let month = Bill::of(workspace, rung)?.at(pace).context(NOT_MEASURED)?;
    let what = format!(
        "a month on rung {rung} with {} sales",
        measured::count(pace.0)
    );
    Ok(span(&format!("{what}; {COMPUTED}"), &month.amount.short()))
}

fn crossing(workspace: &Workspace, rung: u8, other: u8) -> Result<String> {
    let (own, theirs) = (Bill::of(workspace, rung)?, Bill::of(workspace, other)?);
    let pace = own.dearer_from(&theirs);
    let pace = pace.with_context(|| {
        format!("rung {rung} does not begin somewhere to cost more than rung {other}")
    })?;
    let what = format!(
        "{} sales a month, from which on rung {rung} costs more than rung {other}",
        measured::count(pace.0)
    );
    Ok(span(&format!("{what}; {COMPUTED}"), &pace.human()))
}

fn ledger(workspace: &Workspace, rung: u8, key: &str) -> Result<String> {
    let ledger = Ledger::load(workspace)?;
    let entry = ledger.rung(rung)?;
    let counted = &entry.counted;
    let (what, number) = match key {
        "code" => ("lines of the chapter’s own code that runs", counted.code),
        "tests" => ("lines of the chapter’s own tests", counted.tests),
        "configuration" => ("lines of hand-written configuration", counted.configuration),
        "crates" => (
            "third-party crates in the process",
            counted.third_party.len() as u64,
        ),
        "third_party_lines" => (
            "lines of third-party code in the process",
            counted.third_party_lines(),
        ),
        "processes" => ("processes that must be up", counted.processes.len() as u64),
        "machines" => (
            "machines whose system you keep up to date",
            u64::from(entry.declared.machines),
        ),
        _ => {
            let known = [
                "code",
                "tests",
                "configuration",
                "crates",
                "third_party_lines",
                "processes",
                "machines",
            ];
            bail!("the ledger has no `{key}`; {}", nearest::hint(key, known))
        }
    };
    let title = format!(
        "{what}; counted on {} with {}",
        ledger.file.date, ledger.file.command
    );
    Ok(span(&title, &measured::count(number)))
}

#[allow(clippy::cast_precision_loss, reason = "it is shown with three figures")]
fn float(number: u64) -> f64 {
    number as f64
}
