//! Waiting for changes of what the book is made from.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use notify_debouncer_mini::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_mini::{DebounceEventResult, Debouncer, new_debouncer};

use crate::workspace::Workspace;

/// Files and folders that a page is made from, below the root. One that does not exist may come.
const SOURCES: &[&str] = &[
    "book",
    "book.toml",
    "chapters-code",
    "infra",
    "tests/catalogue",
];

/// Long enough for an editor to have written all of a file, short enough not to be felt.
const SETTLED: Duration = Duration::from_millis(80);

/// The changes of the sources, one after the other.
pub(super) struct Changes {
    root: PathBuf,
    /// What the last rebuild has seen. The system also reports that a file was *read*, and so would every
    /// rebuild cause the next; only what differs from this is a change.
    seen: Snapshot,
    watched: Vec<PathBuf>,
    events: Receiver<DebounceEventResult>,
    watcher: Debouncer<RecommendedWatcher>,
}

type Snapshot = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

impl Changes {
    /// Begins to watch; what changes from now on is a change.
    pub fn of(workspace: &Workspace) -> Result<Self> {
        let (sender, events) = channel();
        let mut changes = Self {
            root: workspace.root().to_owned(),
            seen: snapshot(workspace.root()),
            watched: Vec::new(),
            events,
            watcher: new_debouncer(SETTLED, sender).context("files cannot be watched here")?,
        };
        // The root itself, because an editor may replace book.toml, and a source may come to be.
        let root = changes.root.clone();
        changes.watch(&root, RecursiveMode::NonRecursive)?;
        changes.watch_folders()?;
        Ok(changes)
    }

    /// Waits for the next change and says what has changed. `None` when nothing is watched any more.
    pub fn next(&mut self) -> Option<String> {
        loop {
            let event = self.events.recv().ok()?;
            if let Err(error) = event
                .map_err(anyhow::Error::from)
                .and_then(|_| self.watch_folders())
            {
                eprintln!("error: {error:#}");
            }
            let now = snapshot(&self.root);
            let changed = difference(&self.seen, &now);
            self.seen = now;
            if let Some(first) = changed.first() {
                let first = first.strip_prefix(&self.root).unwrap_or(first).display();
                return Some(match changed.len() {
                    1 => first.to_string(),
                    more => format!("{first} and {} more", more - 1),
                });
            }
        }
    }

    /// A folder that went away and came back is watched again.
    fn watch_folders(&mut self) -> Result<()> {
        self.watched.retain(|folder| folder.is_dir());
        for source in SOURCES {
            let folder = self.root.join(source);
            if folder.is_dir() && !self.watched.contains(&folder) {
                self.watch(&folder, RecursiveMode::Recursive)?;
            }
        }
        Ok(())
    }

    fn watch(&mut self, folder: &Path, mode: RecursiveMode) -> Result<()> {
        self.watcher
            .watcher()
            .watch(folder, mode)
            .with_context(|| format!("{} cannot be watched", folder.display()))?;
        self.watched.push(folder.to_owned());
        Ok(())
    }
}

fn snapshot(root: &Path) -> Snapshot {
    let mut snapshot = Snapshot::new();
    for source in SOURCES {
        record(&root.join(source), &mut snapshot);
    }
    snapshot
}

/// A file that vanishes meanwhile is not recorded, and so is a change.
fn record(path: &Path, snapshot: &mut Snapshot) {
    let Ok(meta) = path.symlink_metadata() else {
        return;
    };
    if meta.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            record(&entry.path(), snapshot);
        }
    } else {
        snapshot.insert(path.to_owned(), (meta.modified().ok(), meta.len()));
    }
}

fn difference(before: &Snapshot, after: &Snapshot) -> Vec<PathBuf> {
    let changed = after
        .iter()
        .filter(|(path, state)| before.get(*path) != Some(state));
    let gone = before.keys().filter(|path| !after.contains_key(*path));
    changed.map(|(path, _)| path).chain(gone).cloned().collect()
}
