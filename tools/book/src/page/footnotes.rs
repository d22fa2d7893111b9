//! Footnotes: each reference has a definition, and each definition a reference.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::prose::Prose;
use crate::nearest::or_nearest;
use crate::session::Fault;

/// What is wrong with the footnotes of a page.
pub(super) fn faults(prose: &Prose) -> Vec<Fault> {
    // Markdown leaves a reference without a definition as it stands.
    static UNKNOWN: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\[\^([^\]\s]+)\]").expect("a valid pattern"));
    let mut faults = Vec::new();
    let mut used = BTreeSet::new();
    for run in &prose.runs {
        used.extend(run.notes().map(|(_, name)| name));
        for found in UNKNOWN.captures_iter(&run.text) {
            let hint = or_nearest(&found[1], prose.footnotes.keys().map(String::as_str));
            faults.push(Fault {
                line: run.line(found.get_match().start()),
                message: format!(
                    "the footnote `[^{}]` is defined nowhere on this page{hint}",
                    &found[1]
                ),
            });
        }
    }
    for (name, (line, _)) in prose
        .footnotes
        .iter()
        .filter(|(name, _)| !used.contains(name.as_str()))
    {
        let message = format!("no sentence refers to the footnote `[^{name}]`");
        faults.push(Fault {
            line: *line,
            message,
        });
    }
    faults
}
