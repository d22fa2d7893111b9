//! Who notices that a template is not what it was.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{
    Chapter, Functions, Idle, Plan, Seen, Sources, Table, Template, alarms, differences, excesses,
    idle, other_sources, outlives, parameters, planned, sources,
};

/// What the template of a chapter is held against by the tests, without running any function: that what functions do is what their
/// roles say, and that a release makes the tables that are planned, is tested elsewhere.
#[derive(Debug)]
pub struct Checks<'a> {
    chapter: &'a Chapter,
    functions: Functions,
    sources: Sources,
    seen: Seen,
    tables: Plan,
    idle: Idle,
}

impl<'a> Checks<'a> {
    /// Of a chapter with a table of sources, whose template is `long` in its long form.
    ///
    /// # Errors
    ///
    /// When the template is not what it is held against.
    pub fn of(chapter: &'a Chapter, long: &Value) -> Result<Self> {
        let file = chapter.sources().context("it has no table of sources")?;
        let template = Template::new(long)?;
        let checks = Self {
            chapter,
            functions: Table::functions(&Table::text(chapter)?, chapter.tables)?,
            sources: sources(&fs::read_to_string(file)?)?,
            seen: template.as_granted()?,
            tables: planned(long)?,
            idle: idle(long)?,
        };
        let noticed = checks.noticed(long);
        ensure!(
            noticed.is_none(),
            "the template is not well as it is: {noticed:?}"
        );
        Ok(checks)
    }

    /// What a template in its long form is not well held against; `None` if nothing is noticed.
    #[must_use]
    pub fn noticed(&self, long: &Value) -> Option<&'static str> {
        let of_sources = |check: fn(&Value, &Sources) -> Result<()>| check(long, &self.sources);
        let checks: [(&str, Result<()>); 7] = [
            (
                "functions.toml, which the host reads",
                Template::new(long).and_then(|it| none(&differences(&it, &self.functions)?)),
            ),
            (
                "sources.toml, which the host reads",
                Template::new(long).and_then(|it| none(&other_sources(&it, &self.sources)?)),
            ),
            (
                "what functions are seen to do at the tables",
                Template::new(long).and_then(|it| none(&excesses(&it, &self.seen)?)),
            ),
            (
                "the tables that a release makes",
                planned(long).and_then(|tables| {
                    ensure!(tables == self.tables, "other tables");
                    outlives(self.chapter, long)
                }),
            ),
            (
                "the bill of an idle month",
                idle(long).and_then(|idle| {
                    ensure!(idle == self.idle, "another bill");
                    Ok(())
                }),
            ),
            (
                "whoever is to be told",
                of_sources(alarms::of_what_is_given_up)
                    .and_then(|()| of_sources(alarms::of_a_late_stream)),
            ),
            (
                "what the functions take for a key",
                [
                    parameters::digest,
                    parameters::cursors,
                    parameters::names,
                    parameters::secret,
                    parameters::provider,
                ]
                .into_iter()
                .try_for_each(|check| check(self.chapter, long)),
            ),
        ];
        let mut checks = checks.into_iter();
        checks.find_map(|(who, check)| check.is_err().then_some(who))
    }
}

fn none(found: &[String]) -> Result<()> {
    ensure!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}
