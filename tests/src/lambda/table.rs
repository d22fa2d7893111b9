//! The route table of the function host.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{Chapter, Function, Functions, Tables};

/// What every function has at Lambda without being given it:
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
const GIVEN: [&str; 4] = [
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

/// What is of use away from AWS only: where a database is that is none of AWS's, and that nobody need ask for credentials
/// in a network which is not there.
const ELSEWHERE: [&str; 2] = ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_EC2_METADATA_DISABLED"];

/// The variable with the table of a function.
const TABLE: &str = "TABLE";

/// The table as it is written.
#[derive(Debug, Clone, Deserialize)]
pub struct Table {
    #[serde(default)]
    defaults: Settings,
    #[serde(rename = "function")]
    functions: Vec<Settings>,
    #[serde(rename = "route")]
    routes: Vec<Route>,
    #[serde(default, rename = "rule")]
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Settings {
    #[serde(default)]
    name: String,
    handler: Option<String>,
    program: Option<String>,
    timeout: Option<u64>,
    memory: Option<u64>,
    told: Option<Vec<String>>,
    environment: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Clone, Deserialize)]
struct Route {
    route: String,
    function: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Rule {
    name: String,
    pattern: serde_json::Value,
    function: String,
}

impl Table {
    /// The text of the one with the functions that a chapter deploys.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn text(chapter: &Chapter) -> Result<String> {
        let file = chapter.file("functions.toml");
        fs::read_to_string(&file).with_context(|| file.display().to_string())
    }

    /// What this table says of each function, where there are these tables of a database.
    ///
    /// # Errors
    ///
    /// When it is no such table.
    pub fn functions(text: &str, tables: Tables) -> Result<Functions> {
        let table: Self = toml::from_str(text)?;
        let functions = table.functions.iter();
        Ok(functions
            .map(|settings| (settings.name.clone(), table.function(settings, tables)))
            .collect())
    }

    fn function(&self, own: &Settings, tables: Tables) -> Function {
        let (name, defaults) = (&own.name, &self.defaults);
        let program = own.program.as_ref().or(defaults.program.as_ref());
        let program = program.map(String::as_str).unwrap_or_default();
        let told = [&defaults.told, &own.told];
        let set = own.environment.as_ref().or(defaults.environment.as_ref());
        let set = set.cloned().unwrap_or_default();
        let without =
            |name: &&String| !GIVEN.contains(&name.as_str()) && !ELSEWHERE.contains(&name.as_str());
        let variables: BTreeSet<_> = told
            .into_iter()
            .flatten()
            .flatten()
            .chain(set.keys())
            .filter(without)
            .cloned()
            .collect();
        let routes = self.routes.iter().filter(|route| route.function == *name);
        let rules = self.rules.iter().filter(|rule| rule.function == *name);
        Function {
            program: program.to_owned(),
            handler: own.handler.as_ref().unwrap_or(name).clone(),
            timeout: own.timeout.or(defaults.timeout).unwrap_or(3),
            memory: own.memory.or(defaults.memory).unwrap_or(128),
            tables: named(&variables, &set, tables),
            variables,
            routes: routes.map(|route| route.route.clone()).collect(),
            rules: rules
                .map(|rule| (rule.name.clone(), rule.pattern.clone()))
                .collect(),
        }
    }
}

/// Which variables name which table. What is set for a function goes before what the host was told.
fn named(
    variables: &BTreeSet<String>,
    set: &BTreeMap<String, String>,
    tables: Tables,
) -> BTreeMap<String, String> {
    let first = tables.first().filter(|_| variables.contains(TABLE));
    let mut values: BTreeMap<&str, &str> =
        first.map(|(_, here)| (TABLE, *here)).into_iter().collect();
    values.extend(
        set.iter()
            .map(|(variable, value)| (variable.as_str(), value.as_str())),
    );
    let named = values.into_iter().filter_map(|(variable, value)| {
        let (id, _) = tables.iter().find(|(_, here)| *here == value)?;
        Some((variable.to_owned(), (*id).to_owned()))
    });
    named.collect()
}
