//! The parts of a page that are generated when the book is built: figures, prices, tables, the ladder.

mod beside;
mod bill;
mod curves;
mod events;
mod head;
pub(crate) mod html;
mod inline;
pub mod ladder;
mod ledger;
mod promises;
mod sizes;
mod svg;
mod table;

use anyhow::{Context, Result, anyhow, bail};

use crate::nearest;
use crate::workspace::Workspace;

/// The directives that [`render`] knows, each with what it takes and whether it stands within a line.
pub const DIRECTIVES: [Directive; 10] = [
    Directive::new("measured", "FILE.KEY", true),
    Directive::new("price", "GROUP.KEY", true),
    Directive::new("computed", "WHAT", true),
    Directive::new("promises", "RUNG or all", false),
    Directive::new("ledger", "RUNG or all", false),
    Directive::new("bill", "RUNG, all, sizes, curves or crossings", false),
    Directive::new("table", "FILE.KEY", false),
    Directive::new("events", "nothing", false),
    Directive::new("ladder", "[RUNG]", false),
    Directive::new("head", "RUNG", false),
];

/// A directive for a generated part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Directive {
    /// `measured` in `{{#measured ch01.decide_us}}`.
    pub name: &'static str,
    /// What it takes, as a usage line shows it.
    pub takes: &'static str,
    /// Whether it stands within a line of prose; others stand alone.
    pub inline: bool,
}

impl Directive {
    const fn new(name: &'static str, takes: &'static str, inline: bool) -> Self {
        Self {
            name,
            takes,
            inline,
        }
    }
}

/// The HTML of `{{#NAME ARGUMENT}}`. It holds no blank line, so that Markdown passes it through whole.
///
/// # Errors
///
/// When no such directive, figure, price, table or rung exists; the message gives the nearest that does.
pub fn render(workspace: &Workspace, name: &str, argument: &str) -> Result<String> {
    let argument = argument.trim();
    let html = match name {
        "measured" => inline::measured(workspace, argument),
        "price" => inline::price(workspace, argument),
        "computed" => inline::computed(workspace, argument),
        "promises" if argument == "all" => beside::promises(workspace),
        "ledger" if argument == "all" => beside::ledger(workspace),
        "bill" if argument == "all" => beside::bill(workspace),
        "bill" if argument == "sizes" => sizes::table(workspace),
        "bill" if argument == "curves" => curves::figure(workspace),
        "bill" if argument == "crossings" => sizes::crossings(workspace),
        "promises" => promises::table(workspace, rung(argument)?),
        "ledger" => ledger::tables(workspace, rung(argument)?),
        "bill" => bill::table(workspace, rung(argument)?),
        "table" => table::measured(workspace, argument),
        "events" if argument.is_empty() => events::table(workspace),
        "events" => Err(anyhow!("it takes nothing")),
        "ladder" if argument.is_empty() => ladder::full(workspace, None),
        "ladder" => ladder::full(workspace, Some(rung(argument)?)),
        "head" => head::head(workspace, rung(argument)?),
        _ => Err(anyhow!(
            "there is no directive `{name}`; {}",
            nearest::hint(name, DIRECTIVES.iter().map(|directive| directive.name))
        )),
    };
    html.with_context(|| format!("{{{{#{name} {argument}}}}}"))
}

fn rung(argument: &str) -> Result<u8> {
    match argument.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => bail!("`{argument}` is not the number of a rung"),
    }
}

#[cfg(test)]
mod tests;
