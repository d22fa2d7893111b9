//! What stands under a chapter's title.

use anyhow::Result;

use super::html::escape;
use super::ladder;
use crate::ledger::Ledger;
use crate::workspace::Workspace;

/// `{{#head 1}}`
pub fn head(workspace: &Workspace, rung: u8) -> Result<String> {
    let ledger = Ledger::load(workspace)?;
    let entry = ledger.rung(rung)?;
    let line = format!(
        "<p class=\"chapter-line\"><span class=\"chapter-number\">Chapter {rung}</span> {}</p>\n",
        escape(&entry.declared.handed_over)
    );
    Ok(line + &ladder::small(&ledger, rung))
}
