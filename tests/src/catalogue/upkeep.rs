//! What a catalogue is itself held to: that it agrees with the route table and with what was recorded, both ways.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};
use book::nearest;
use serde_json::{Value, json};

use super::{Catalogue, Entry};

impl Catalogue {
    /// Where the catalogue, the rules and the recorded events do not agree; nothing when they do.
    ///
    /// # Errors
    ///
    /// When the folder `golden` of the catalogue cannot be read.
    pub fn problems(&self) -> Result<Vec<String>> {
        let mut problems = self.strangers()?;
        for entry in &self.entries {
            problems.extend(entry.loose_ends());
            problems.extend(self.unknown_functions(entry));
            problems.extend(self.against_the_rules(entry)?);
        }
        problems.extend(self.idle_rules()?);
        Ok(problems)
    }

    /// Recorded events of which the catalogue knows nothing.
    fn strangers(&self) -> Result<Vec<String>> {
        let golden = self.folder.join("golden");
        let unreadable = || format!("{} cannot be read", golden.display());
        let mut strangers = Vec::new();
        for file in fs::read_dir(&golden).with_context(unreadable)? {
            let name = file.with_context(unreadable)?.file_name();
            let name = name.to_string_lossy();
            if !self.events().any(|event| event.file() == name) {
                strangers.push(format!("golden/{name} is of no event of the catalogue"));
            }
        }
        strangers.sort();
        Ok(strangers)
    }

    fn unknown_functions(&self, entry: &Entry) -> Vec<String> {
        let owners = entry.event.owners.iter().map(|name| ("published by", name));
        let consumers = entry.event.consumers.keys().map(|name| ("read by", name));
        let named = owners.chain(consumers);
        let unknown =
            named.filter(|(_, name)| !self.rules.functions().any(|known| known == **name));
        let unknown = unknown.map(|(how, name)| {
            let hint = nearest::hint(name, self.rules.functions());
            let title = entry.event.title();
            format!("{title} is {how} `{name}`, which is no function; {hint}")
        });
        unknown.collect()
    }

    /// Each consumer is called with what was recorded, and each function that is called is a consumer.
    fn against_the_rules(&self, entry: &Entry) -> Result<Vec<String>> {
        let title = entry.event.title();
        let Some(golden) = &entry.golden else {
            let file = entry.event.file();
            return Ok(vec![format!(
                "{title} was never recorded: there is no golden/{file}"
            )]);
        };
        let mut problems = Vec::new();
        let finding = self.check(golden)?;
        if !finding.keeps() || finding.event != title {
            let lines = finding.told(&format!("golden/{}", entry.event.file()));
            problems.push(lines.join("\n"));
        }
        let met = self.rules.met(golden)?;
        for rule in &met {
            if !entry.event.consumers.contains_key(&rule.function) {
                let (rule, function) = (&rule.name, &rule.function);
                problems.push(format!("the rule {rule} calls {function} with {title}, which does not name it as a consumer"));
            }
        }
        for function in entry.event.consumers.keys() {
            if !met.iter().any(|rule| rule.function == *function) {
                problems.push(format!(
                    "no rule calls {function}, a consumer of {title}, with it"
                ));
            }
        }
        Ok(problems)
    }

    /// Rules that no recorded event meets: they look for what nobody publishes.
    fn idle_rules(&self) -> Result<Vec<String>> {
        let mut met = Vec::new();
        for golden in self
            .entries
            .iter()
            .filter_map(|entry| entry.golden.as_ref())
        {
            met.extend(self.rules.met(golden)?);
        }
        let idle = self.rules.all().iter().filter(|rule| !met.contains(rule));
        let idle =
            idle.map(|rule| format!("no event of the catalogue meets the rule {}", rule.name));
        Ok(idle.collect())
    }
}

impl Entry {
    /// What its file does not hold together.
    fn loose_ends(&self) -> Vec<String> {
        let file = self.event.file();
        let mut problems = Vec::new();
        if self.event.schema["properties"]["version"] != json!({ "const": self.event.version }) {
            problems.push(format!(
                "{file}: its schema does not hold `version` to {}",
                self.event.version
            ));
        }
        for place in open_objects(&self.event.schema, "/schema") {
            problems.push(format!(
                "{file}: {place} lets in what nobody knows: `additionalProperties` is not false"
            ));
        }
        for (at, example) in self.event.examples.iter().enumerate() {
            for breach in self.schema.breaches(example) {
                problems.push(format!("{file}: /examples/{at}: {breach}"));
            }
        }
        for consumer in &self.consumers {
            for pointer in &consumer.reads {
                if let Some(step) = pointer.not_required(&self.event.schema) {
                    let name = &consumer.function;
                    problems.push(format!(
                        "{file}: {name} reads {pointer}, and the schema does not require `{step}`"
                    ));
                }
            }
        }
        problems
    }
}

/// The schemas of objects that may have other fields than those they name.
fn open_objects(schema: &Value, place: &str) -> Vec<String> {
    let mut open = Vec::new();
    if let Value::Object(fields) = schema {
        if schema["properties"].is_object() && schema["additionalProperties"] != false {
            open.push(place.to_owned());
        }
        for (name, inside) in fields {
            open.extend(open_objects(inside, &format!("{place}/{name}")));
        }
    }
    open
}

/// The event that was recorded in a file, if there is one.
pub(super) fn golden(path: &Path) -> Result<Option<Value>> {
    let file = || path.display().to_string();
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text).map(Some).with_context(file),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(file),
    }
}
