//! The catalogue of events, `tests/catalogue/`: what who publishes an event and who is called with it are held to.
//!
//! Between functions, the shape of an event is a contract that no compiler sees. A producer that renames a field does
//! not fail, and neither does a consumer that is not called any more. So an event as it was recorded is held to the
//! schema of the catalogue, and to what each consumer reads; who would no longer be called is told by the rules that it
//! meets.

mod finding;
mod pointer;
mod rules;
mod schema;
mod upkeep;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use book::catalogue::{self, Event};
use book::nearest;
use serde_json::Value;

use self::finding::and;
pub use self::finding::{Fate, Finding};
pub use self::pointer::Pointer;
pub use self::rules::{Rule, Rules};
pub use self::schema::Breach;
use self::schema::Schema;

/// Where the route table is, below the workspace's root.
pub const TABLE: &str = "infra/ch04-functions/functions.toml";

/// The events of a catalogue, and the rules by which they are delivered.
pub struct Catalogue {
    folder: PathBuf,
    entries: Vec<Entry>,
    rules: Rules,
}

/// An event of the catalogue, ready to be compared.
#[derive(Debug)]
struct Entry {
    event: Event,
    schema: Schema,
    consumers: Vec<Consumer>,
    /// As it was once recorded, if it was.
    golden: Option<Value>,
}

/// A function that is called with an event, and what it reads of it.
#[derive(Debug)]
struct Consumer {
    function: String,
    reads: Vec<Pointer>,
}

impl Catalogue {
    /// Reads the catalogue in `folder`, and the route table `table`.
    ///
    /// # Errors
    ///
    /// When something is not there or not of its form; the message names the file, and the line or the field.
    pub fn read(folder: &Path, table: &Path) -> Result<Self> {
        let events = catalogue::read(folder)?;
        if events.is_empty() {
            bail!("{} holds no event", folder.display());
        }
        let entries = events.into_iter().map(|event| {
            let path = folder.join(event.file());
            Entry::read(folder, event).with_context(|| path.display().to_string())
        });
        Ok(Self {
            folder: folder.to_owned(),
            entries: entries.collect::<Result<_>>()?,
            rules: Rules::read(table)?,
        })
    }

    /// All events of it.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.entries.iter().map(|entry| &entry.event)
    }

    /// A line for each event: who publishes it, who reads it.
    pub fn told(&self) -> impl Iterator<Item = String> {
        self.events().map(|event| {
            let consumers: Vec<&String> = event.consumers.keys().collect();
            let readers = match consumers.as_slice() {
                [] => "read by nobody".to_owned(),
                consumers => format!("read by {}", and(consumers)),
            };
            let (title, owners) = (event.title(), and(&event.owners));
            format!("{title}, published by {owners}, {readers}")
        })
    }

    /// Holds a recorded envelope to the contract of its event, in its version or else in the latest.
    ///
    /// # Errors
    ///
    /// When it is no envelope of an event.
    pub fn check(&self, envelope: &Value) -> Result<Finding> {
        let Some(name) = envelope["detail-type"].as_str() else {
            bail!("it is no event: it has no `detail-type`");
        };
        if envelope["detail"].is_null() {
            bail!("it is no event: it has no `detail`");
        }
        let version = &envelope["detail"]["version"];
        let mut same = self.versions(name);
        if let Some(entry) = same.find(|entry| *version == entry.event.version) {
            return entry.compare(envelope, &self.rules);
        }
        if let Some(latest) = self.versions(name).next_back() {
            return latest.compare(envelope, &self.rules);
        }
        self.unknown(name, envelope)
    }

    /// Who would be called with an event whose name was changed is told by the nearest name.
    fn unknown(&self, name: &str, envelope: &Value) -> Result<Finding> {
        let known = || self.entries.iter().map(|entry| entry.event.name.as_str());
        let hint = nearest::hint(name, known().collect::<BTreeSet<_>>());
        let nearest = nearest::nearest(name, known());
        let nearest = nearest.and_then(|nearest| self.versions(nearest).next_back());
        let mut finding = match nearest {
            Some(entry) => entry.compare(envelope, &self.rules)?,
            None => Finding::default(),
        };
        name.clone_into(&mut finding.event);
        finding.breaches.insert(0, Breach::NoSuchEvent(hint));
        Ok(finding)
    }

    fn versions(&self, name: &str) -> impl DoubleEndedIterator<Item = &Entry> {
        let entries = self.entries.iter();
        entries.filter(move |entry| entry.event.name == name)
    }
}

impl Entry {
    fn read(folder: &Path, event: Event) -> Result<Self> {
        let schema = Schema::compile(&event.schema)?;
        let consumers = event.consumers.iter().map(|(function, reads)| {
            let reads = reads.iter().map(|pointer| Pointer::parse(pointer));
            let reads = reads
                .collect::<Result<_>>()
                .with_context(|| format!("/consumers/{function}"))?;
            let function = function.clone();
            Ok(Consumer { function, reads })
        });
        Ok(Self {
            schema,
            consumers: consumers.collect::<Result<_>>()?,
            golden: upkeep::golden(&folder.join("golden").join(event.file()))?,
            event,
        })
    }

    /// What is wrong with an envelope, and what becomes of each consumer of it.
    fn compare(&self, envelope: &Value, rules: &Rules) -> Result<Finding> {
        let breaches = self.breaches(envelope);
        let met = rules.met(envelope)?;
        let due = match &self.golden {
            Some(golden) => rules.met(golden)?,
            None => Vec::new(),
        };
        let fates = self.consumers.iter().map(|consumer| {
            let calls = |rules: &[&Rule]| -> Vec<String> {
                let calls = rules
                    .iter()
                    .filter(|rule| consumer.function == rule.function);
                calls.map(|rule| rule.name.clone()).collect()
            };
            let due = calls(&due);
            let fate = if calls(&met).is_empty() && !due.is_empty() {
                Fate::NotCalled(due)
            } else {
                consumer.reads(&envelope["detail"], &breaches)
            };
            (consumer.function.clone(), fate)
        });
        Ok(Finding::new(
            self.event.title(),
            breaches.clone(),
            fates.collect(),
        ))
    }

    fn breaches(&self, envelope: &Value) -> Vec<Breach> {
        let (given, expected) = (&envelope["source"], &self.event.source);
        let elsewhere = (*given != **expected).then(|| Breach::Source {
            given: given.clone(),
            expected: expected.clone(),
        });
        let of_the_detail = self.schema.breaches(&envelope["detail"]);
        elsewhere.into_iter().chain(of_the_detail).collect()
    }
}

impl Consumer {
    /// What it would make of a detail that has these breaches.
    fn reads(&self, detail: &Value, breaches: &[Breach]) -> Fate {
        let (there, missed): (Vec<&Pointer>, Vec<&Pointer>) =
            self.reads.iter().partition(|pointer| pointer.is_in(detail));
        let misread = there.into_iter().filter(|pointer| {
            let mut breaches = breaches.iter();
            breaches
                .any(|breach| matches!(breach, Breach::Value { place, .. } if pointer.reads(place)))
        });
        let misread: Vec<String> = misread.map(ToString::to_string).collect();
        let missed: Vec<String> = missed.into_iter().map(ToString::to_string).collect();
        if missed.is_empty() && misread.is_empty() {
            return Fate::Unharmed;
        }
        Fate::Misled { missed, misread }
    }
}
