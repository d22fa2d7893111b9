//! Where the template contradicts the route table, or what the functions do.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::{Map, Value};

use super::{Functions, Grants, Sources, Template};

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
    let mut found = unlike(&there, table, |function| format!("{function:?}"));
    for name in there.keys() {
        if template.is_sent_events(name) != template.given_up(name).is_some() {
            found.push(format!("{name} has to give up where events lead to it"));
        }
    }
    Ok(found)
}

/// What the template has otherwise than the table of sources of what else leads to functions, in words.
///
/// # Errors
///
/// When the template cannot be understood.
pub fn other_sources(template: &Template, table: &Sources) -> Result<Vec<String>> {
    let show = |source: &Map<_, _>| Value::from(source.clone()).to_string();
    Ok(unlike(&template.sources()?, table, show))
}

/// How the template differs in what is here, in words.
pub(super) fn unlike<T: PartialEq>(
    there: &BTreeMap<String, T>,
    here: &BTreeMap<String, T>,
    show: impl Fn(&T) -> String,
) -> Vec<String> {
    let names: BTreeSet<_> = there.keys().chain(here.keys()).collect();
    let found = names
        .into_iter()
        .filter_map(|name| match (there.get(name), here.get(name)) {
            (Some(there), Some(here)) if there == here => None,
            (Some(there), Some(here)) => {
                let (there, here) = (show(there), show(here));
                Some(format!("{name} is {there} in the template, and {here}"))
            }
            (Some(_), _) => Some(format!("{name} is in the template alone")),
            (None, _) => Some(format!("{name} is missing in the template")),
        });
    found.collect()
}

/// What the template lets each function do and none is `seen` to do, and the other way round, in words. What Lambda does for a function that it brings
/// something to, it does with the function's role, and nobody sees it here.
///
/// # Errors
///
/// When the template cannot be understood.
pub fn excesses(template: &Template, seen: &Seen) -> Result<Vec<String>> {
    template.only_rules_send()?;
    template.schedules()?;
    let mut found = vec![];
    let mut due_to_all = Grants::new();
    for name in template.functions()?.into_keys() {
        let mut due = seen.get(&name).cloned().unwrap_or_default();
        due.extend(ALL.map(str::to_owned));
        due.extend(template.due_to_mappings(&name)?);
        if template.is_sent_events(&name) {
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

impl Template<'_> {
    /// What functions would be seen to do if they did all that they may.
    ///
    /// # Errors
    ///
    /// When the template cannot be understood.
    pub fn as_granted(&self) -> Result<Seen> {
        let of_theirs = |mut grants: Grants| {
            grants.retain(|grant| grant.starts_with("dynamodb:") || grant.starts_with("events:"));
            grants
        };
        let functions = self.functions()?.into_keys();
        functions
            .map(|name| Ok((name.clone(), of_theirs(self.grants(&name)?))))
            .collect()
    }
}
