//! The rules of a route table: which function is called with which event.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use quamina::Quamina;
use serde::Deserialize;
use serde_json::Value;

/// What a route table says of functions and rules. The host reads the rest of it, and refuses what is wrong.
pub struct Rules {
    functions: Vec<String>,
    all: Vec<Rule>,
    patterns: Quamina<usize>,
}

/// Which function is called with an event that meets its pattern.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// The function.
    pub function: String,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    function: Vec<Function>,
    #[serde(default)]
    rule: Vec<Written>,
}

#[derive(Deserialize)]
struct Function {
    name: String,
}

#[derive(Deserialize)]
struct Written {
    #[serde(flatten)]
    rule: Rule,
    pattern: Value,
}

impl Rules {
    /// Reads a `functions.toml`.
    ///
    /// # Errors
    ///
    /// When it cannot be read or a pattern is none; the message names the file and the line or the rule.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> Result<Self> {
        let file: File = toml::from_str(text)?;
        ensure!(!file.function.is_empty(), "it has no [[function]]");
        let mut rules = Vec::new();
        let mut patterns = Quamina::new();
        for (at, written) in file.rule.into_iter().enumerate() {
            patterns
                .add_pattern(at, &written.pattern.to_string())
                .with_context(|| format!("the pattern of the rule `{}`", written.rule.name))?;
            rules.push(written.rule);
        }
        let functions = file.function.into_iter().map(|function| function.name);
        Ok(Self {
            functions: functions.collect(),
            all: rules,
            patterns,
        })
    }

    /// The names of all functions, in the order of the file.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.functions.iter().map(String::as_str)
    }

    /// All rules, in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[Rule] {
        &self.all
    }

    /// The rules that an envelope meets, in the order of the file.
    ///
    /// # Errors
    ///
    /// When it cannot be told.
    pub fn met(&self, envelope: &Value) -> Result<Vec<&Rule>> {
        let mut met = self
            .patterns
            .matches_for_event(envelope.to_string().as_bytes())?;
        met.sort_unstable();
        met.dedup();
        Ok(met.into_iter().map(|at| &self.all[at]).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TABLE: &str = r#"
[[function]]
name = "lamp"
program = "somewhere"
[[rule]]
name = "light"
pattern = { detail-type = ["Opened"], detail = { at = [{ numeric = [">", 17] }] } }
function = "lamp"
[[rule]]
name = "dim"
pattern = { detail-type = ["Opened"], detail = { at = [{ exists = false }] } }
function = "lamp"
"#;

    #[test]
    fn an_event_meets_the_rules_whose_patterns_it_has() {
        let rules = Rules::parse(TABLE).unwrap();
        let met = |detail: Value| -> Vec<String> {
            let envelope = json!({"detail-type": "Opened", "detail": detail});
            let met = rules.met(&envelope).unwrap();
            met.into_iter().map(|rule| rule.name.clone()).collect()
        };
        assert_eq!(met(json!({"at": 18})), ["light"]);
        assert_eq!(met(json!({"at": 9})), [""; 0]);
        assert_eq!(met(json!({})), ["dim"]);
    }

    #[test]
    fn a_table_that_is_none_is_refused_with_the_place() {
        let refused = |text: &str| format!("{:#}", Rules::parse(text).err().unwrap());
        assert!(refused("function = 1").contains("line 1"), "the line");
        assert_eq!(refused(""), "it has no [[function]]");
        let wrong = TABLE.replace("[\"Opened\"]", "\"Opened\"");
        assert!(
            refused(&wrong).starts_with("the pattern of the rule `light`: "),
            "{}",
            refused(&wrong)
        );
    }
}
