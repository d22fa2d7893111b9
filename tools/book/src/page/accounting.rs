//! Whether Markdown sees the same blocks as we do: no block may be on a page that nobody has accounted for.

use super::prose::Prose;
use crate::session::{Fault, Fence};

/// How many blocks Markdown sees that we cannot read, and what is wrong with them; and blocks that Markdown does not see.
pub(super) fn faults(fences: &[Fence], prose: &Prose) -> (usize, Vec<Fault>) {
    let mut faults = Vec::new();
    let mut unaccounted = 0;
    let mut fault = |line: usize, message: &str| {
        faults.push(Fault {
            line,
            message: message.to_owned(),
        });
    };
    for (line, fenced) in &prose.blocks {
        if !fenced {
            unaccounted += 1;
            fault(
                *line,
                "an indented block is unaccounted for: use a fenced one",
            );
        } else if !fences.iter().any(|fence| fence.line == *line) {
            unaccounted += 1;
            fault(*line, "this block is unaccounted for");
        }
    }
    for fence in fences {
        if !prose.blocks.iter().any(|(line, _)| *line == fence.line) {
            fault(
                fence.line,
                "Markdown does not see this block: is an empty line before it missing?",
            );
        }
    }
    (unaccounted, faults)
}
