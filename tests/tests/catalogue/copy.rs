//! A copy of the catalogue and of the route table, to break one.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use less_to_run_tests::catalogue::Catalogue;
use serde_json::Value;
use tempfile::TempDir;

use crate::{folder, table};

/// The folder with both, which goes away with this.
pub struct Copy {
    folder: TempDir,
}

impl Copy {
    pub fn new() -> Result<Self> {
        let copy = Self {
            folder: TempDir::new()?,
        };
        fs::create_dir(copy.path("golden"))?;
        for inside in ["", "golden"] {
            for file in fs::read_dir(folder().join(inside))? {
                let from = file?.path();
                if from.is_file() {
                    let name = from.file_name().unwrap_or_default();
                    fs::copy(&from, copy.path(inside).join(name))?;
                }
            }
        }
        fs::copy(table(), copy.table())?;
        Ok(copy)
    }

    /// A path in the catalogue.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    /// The route table.
    pub fn table(&self) -> PathBuf {
        self.path("functions.toml")
    }

    /// Changes a JSON file of the catalogue.
    pub fn change(&self, file: &str, how: impl FnOnce(&mut Value)) -> Result<()> {
        let mut value = serde_json::from_slice(&fs::read(self.path(file))?)?;
        how(&mut value);
        Ok(fs::write(self.path(file), value.to_string())?)
    }

    /// Changes the rule `name` of the route table.
    pub fn change_rule(&self, name: &str, how: impl FnOnce(&mut toml::Table)) -> Result<()> {
        let mut table: toml::Table = toml::from_str(&fs::read_to_string(self.table())?)?;
        let mut rules = table["rule"].as_array_mut().into_iter().flatten();
        let rule = rules.find(|rule| rule["name"].as_str() == Some(name));
        how(rule
            .and_then(toml::Value::as_table_mut)
            .expect("a rule of this name"));
        Ok(fs::write(self.table(), toml::to_string(&table)?)?)
    }

    /// What its upkeep finds.
    pub fn problems(&self) -> Result<Vec<String>> {
        self.read()?.problems()
    }

    pub fn read(&self) -> Result<Catalogue> {
        Catalogue::read(self.folder.path(), &self.table())
    }

    /// Why it cannot be read; where the copy is is left out.
    pub fn refused(&self) -> String {
        let error = self.read().err().expect("it cannot be read");
        let here = format!("{}/", self.folder.path().display());
        format!("{error:#}").replace(&here, "")
    }
}
