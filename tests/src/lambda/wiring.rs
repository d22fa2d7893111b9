//! Where the template contradicts the route table, or what the functions do.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::template::Grants;
use super::{Functions, Template};

/// What functions are seen to do, by their names.
pub type Seen = BTreeMap<String, Grants>;

/// What every function does, and what one does that events lead to.
const ALL: [&str; 2] = ["logs:CreateLogStream Log", "logs:PutLogEvents Log"];
const GIVES_UP: &str = "sqs:SendMessage GivenUp";

/// What the template has of each function otherwise than the route table, in words.
///
/// # Errors
///
/// When the template cannot be understood.
pub fn differences(template: &Template, table: &Functions) -> Result<Vec<String>> {
    let there = template.functions()?;
    let mut found = vec![];
    let names: BTreeSet<_> = there.keys().chain(table.keys()).collect();
    for name in names {
        match (there.get(name), table.get(name)) {
            (Some(there), Some(here)) if there == here => {}
            (Some(there), Some(here)) => {
                found.push(format!("{name} is {there:?} in the template, and {here:?}"));
            }
            (Some(_), _) => found.push(format!("{name} is in the template alone")),
            (None, _) => found.push(format!("{name} is missing in the template")),
        }
    }
    for (name, function) in &there {
        if function.rules.is_empty() == template.given_up(name).is_some() {
            found.push(format!("{name} has to give up where events lead to it"));
        }
    }
    Ok(found)
}

/// What the template lets each function do and none is `seen` to do, and the other way round, in words.
///
/// # Errors
///
/// When the template cannot be understood.
pub fn excesses(template: &Template, seen: &Seen) -> Result<Vec<String>> {
    let mut found = vec![];
    let mut due_to_all = Grants::new();
    for (name, function) in template.functions()? {
        let mut due = seen.get(&name).cloned().unwrap_or_default();
        due.extend(ALL.map(str::to_owned));
        if !function.rules.is_empty() {
            due.insert(GIVES_UP.to_owned());
        }
        let may = template.grants(&name)?;
        let said: Grants = may.union(&template.own_grants(&name)?).cloned().collect();
        let more = said
            .difference(&due)
            .map(|grant| format!("{name} may {grant}, and does not"));
        let less = due
            .difference(&may)
            .map(|grant| format!("{name} does {grant}, and may not"));
        found.extend(more.chain(less));
        due_to_all.extend(due);
    }
    let most = template.boundaries()?;
    let more = most.difference(&due_to_all);
    found.extend(more.map(|grant| format!("the boundary has {grant}, and nobody does it")));
    Ok(found)
}
