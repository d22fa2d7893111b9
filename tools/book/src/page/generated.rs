//! The directives whose parts come from `book::generated`.

use anyhow::{Result, bail};

use crate::workspace::Workspace;

/// A directive that is answered with a generated part: its name, and whether it stands within a line.
pub(super) const KNOWN: [(&str, bool); 9] = [
    ("measured", true),
    ("price", true),
    ("computed", true),
    ("promises", false),
    ("ledger", false),
    ("bill", false),
    ("table", false),
    ("ladder", false),
    ("head", false),
];

pub(super) fn render(_: &Workspace, name: &str, _: &str) -> Result<String> {
    bail!("`{name}` cannot be generated yet")
}
