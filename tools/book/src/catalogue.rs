//! The catalogue of events: which there are, who publishes each, and what each consumer reads of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::Value;

use crate::workspace::Workspace;

/// An event in one version, as `tests/catalogue/NAME.vVERSION.json` describes it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Its name, which is the `detail-type` of its envelope.
    pub name: String,
    /// Its version, which is the `version` of its detail: 1, 2, 3 …
    pub version: u32,
    /// The `source` of its envelope.
    pub source: String,
    /// What has happened, in a sentence.
    pub about: String,
    /// The functions that publish it and answer for it.
    pub owners: Vec<String>,
    /// For each function that is called with it, what that reads of the detail: JSON pointers (RFC 6901) in which
    /// `*` stands for each item of an array.
    pub consumers: BTreeMap<String, Vec<String>>,
    /// The detail, as JSON Schema 2020-12.
    pub schema: Value,
    /// Details as they may be.
    pub examples: Vec<Value>,
}

impl Event {
    /// The name of its file, and of the event in `golden/` that was recorded of it.
    #[must_use]
    pub fn file(&self) -> String {
        format!("{}.v{}.json", self.name, self.version)
    }

    /// The event with its version: `PetAdopted 1`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

/// Where the catalogue is kept.
#[must_use]
pub fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root().join("tests/catalogue")
}

/// All events of a catalogue, by name and version.
///
/// # Errors
///
/// When the folder or a file cannot be read, or a file is not of this form; the message names the file, and the line
/// or the field.
pub fn read(folder: &Path) -> Result<Vec<Event>> {
    let unreadable = || format!("{} cannot be read", folder.display());
    let mut events = Vec::new();
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let event = one(&path).with_context(|| path.display().to_string())?;
            events.push(event);
        }
    }
    events.sort_by(|a, b| (&a.name, a.version).cmp(&(&b.name, b.version)));
    Ok(events)
}

fn one(path: &Path) -> Result<Event> {
    let event: Event = serde_json::from_slice(&fs::read(path)?)?;
    ensure!(
        path.file_name().is_some_and(|name| *name == *event.file()),
        "`name` and `version` are those of {}",
        event.file()
    );
    ensure!(!event.about.is_empty(), "`about` is empty");
    ensure!(!event.owners.is_empty(), "`owners` names nobody");
    ensure!(!event.examples.is_empty(), "`examples` has none");
    Ok(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENED: &str = r#"{
  "name": "Opened", "version": 1, "source": "shop", "about": "The shop has opened.", "owners": ["open"],
  "consumers": {"lamp": ["/at"]}, "schema": true, "examples": [{"at": 9}]
}"#;

    /// What is wrong with a catalogue of one file, after the file's name.
    fn refused(file: &str, text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(file), text).unwrap();
        let error = format!("{:#}", read(folder.path()).unwrap_err());
        let (path, what) = error.split_once(": ").unwrap();
        assert!(path.ends_with(file), "{path}");
        what.to_owned()
    }

    #[test]
    fn events_are_read_in_order() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("golden")).unwrap();
        for (file, version) in [("Opened.v10.json", "10"), ("Opened.v2.json", "2")] {
            let text = OPENED.replace("\"version\": 1", &format!("\"version\": {version}"));
            fs::write(folder.path().join(file), text).unwrap();
        }
        let events = read(folder.path()).unwrap();
        let titles: Vec<String> = events.iter().map(Event::title).collect();
        assert_eq!(titles, ["Opened 2", "Opened 10"]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_file_and_place() {
        let with = |old: &str, new: &str| refused("Opened.v1.json", &OPENED.replace(old, new));
        assert_eq!(
            refused("Opened.v2.json", OPENED),
            "`name` and `version` are those of Opened.v1.json"
        );
        assert_eq!(with("The shop has opened.", ""), "`about` is empty");
        assert_eq!(with("[\"open\"]", "[]"), "`owners` names nobody");
        assert_eq!(with("[{\"at\": 9}]", "[]"), "`examples` has none");
        assert_eq!(
            with("\"source\": \"shop\", ", ""),
            "missing field `source` at line 4 column 1"
        );
        assert!(
            with("owners", "owner").starts_with("unknown field `owner`, expected one of"),
            "the field is named"
        );
    }
}
