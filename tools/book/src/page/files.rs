//! The files of the workspace, read once.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use super::source::{Source, display};
use super::targets;
use crate::nearest::nearest;
use crate::workspace::Workspace;

/// The workspace's files as the pages see them. Paths are relative to its root.
pub(super) struct Files {
    root: PathBuf,
    sources: RefCell<HashMap<PathBuf, Option<Rc<Source>>>>,
    compiled: RefCell<HashMap<PathBuf, Rc<BTreeSet<PathBuf>>>>,
    crates: OnceCell<Vec<PathBuf>>,
    packages: OnceCell<BTreeSet<String>>,
    below: RefCell<HashMap<PathBuf, Rc<Vec<PathBuf>>>>,
}

impl Files {
    pub(super) fn new(workspace: &Workspace) -> Self {
        Self {
            root: workspace.root().to_owned(),
            sources: RefCell::default(),
            compiled: RefCell::default(),
            crates: OnceCell::new(),
            packages: OnceCell::new(),
            below: RefCell::default(),
        }
    }

    /// The file at `path`; `None` if there is none, or it is not text.
    pub(super) fn read(&self, path: &Path) -> Option<Rc<Source>> {
        if let Some(known) = self.sources.borrow().get(path) {
            return known.clone();
        }
        let source = std::fs::read_to_string(self.root.join(path))
            .ok()
            .map(|text| Rc::new(Source::new(path.to_owned(), text)));
        self.sources
            .borrow_mut()
            .insert(path.to_owned(), source.clone());
        source
    }

    /// What stands in a folder, sorted; nothing if there is none.
    pub(super) fn list(&self, dir: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.root.join(dir)).into_iter().flatten();
        let mut list: Vec<_> = entries
            .flatten()
            .map(|entry| dir.join(entry.file_name()))
            .collect();
        list.sort();
        list
    }

    pub(super) fn exists(&self, path: &Path) -> bool {
        self.root.join(path).exists()
    }

    pub(super) fn is_dir(&self, path: &Path) -> bool {
        self.root.join(path).is_dir()
    }

    /// The folder of the crate that a file belongs to; `None` for a file outside of every crate.
    pub(super) fn crate_of(&self, path: &Path) -> Option<PathBuf> {
        path.ancestors()
            .skip(1)
            .filter(|dir| !dir.as_os_str().is_empty())
            .find(|dir| self.exists(&dir.join("Cargo.toml")))
            .map(Path::to_owned)
    }

    /// The folders of the workspace's crates, from the `members` of its `Cargo.toml`.
    pub(super) fn crates(&self) -> &[PathBuf] {
        self.crates.get_or_init(|| self.find_crates())
    }

    fn find_crates(&self) -> Vec<PathBuf> {
        let manifest = self
            .read(Path::new("Cargo.toml"))
            .and_then(|source| source.text().parse::<toml::Table>().ok());
        let members = manifest
            .as_ref()
            .and_then(|manifest| manifest.get("workspace")?.get("members")?.as_array());
        let mut crates = Vec::new();
        for member in members
            .into_iter()
            .flatten()
            .filter_map(toml::Value::as_str)
        {
            match member.strip_suffix("/*") {
                Some(dir) => crates.extend(self.list(Path::new(dir))),
                None => crates.push(PathBuf::from(member)),
            }
        }
        crates.retain(|dir| self.exists(&dir.join("Cargo.toml")));
        crates
    }

    /// The names of the workspace's packages.
    pub(super) fn packages(&self) -> &BTreeSet<String> {
        self.packages.get_or_init(|| {
            let name = |dir: &PathBuf| {
                let manifest: toml::Table =
                    self.read(&dir.join("Cargo.toml"))?.text().parse().ok()?;
                Some(manifest.get("package")?.get("name")?.as_str()?.to_owned())
            };
            self.crates().iter().filter_map(name).collect()
        })
    }

    /// All Rust files of a crate, or of all crates of the workspace.
    pub(super) fn rust(&self, folder: Option<&Path>) -> Vec<Rc<Source>> {
        let folders: Vec<&Path> = folder.map_or_else(
            || self.crates().iter().map(PathBuf::as_path).collect(),
            |folder| vec![folder],
        );
        let is_rust = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "rs");
        let mut sources = Vec::new();
        for dir in folders {
            let below = self.below(dir);
            sources.extend(
                below
                    .iter()
                    .filter(is_rust)
                    .filter_map(|path| self.read(path)),
            );
        }
        sources
    }

    /// The files below the folders and in `book/`; with no folder, those of all crates.
    pub(super) fn all(&self, folders: &[PathBuf]) -> Vec<PathBuf> {
        let folders = if folders.is_empty() {
            self.crates()
        } else {
            folders
        };
        let book = PathBuf::from("book");
        let below = folders
            .iter()
            .chain([&book])
            .map(|folder| self.below(folder));
        below.flat_map(|files| files.to_vec()).collect()
    }

    /// All files below a folder, build results and dependencies aside.
    fn below(&self, dir: &Path) -> Rc<Vec<PathBuf>> {
        if let Some(known) = self.below.borrow().get(dir) {
            return Rc::clone(known);
        }
        let mut files = Vec::new();
        for path in self.list(dir) {
            let name = path.file_name().unwrap_or_default();
            if name == "target"
                || name == "node_modules"
                || name.as_encoded_bytes().starts_with(b".")
            {
                continue;
            }
            if self.is_dir(&path) {
                files.extend(self.below(&path).to_vec());
            } else {
                files.push(path);
            }
        }
        let files = Rc::new(files);
        self.below
            .borrow_mut()
            .insert(dir.to_owned(), Rc::clone(&files));
        files
    }

    /// The file that a page at `page` calls `target`, if a listing may show it.
    ///
    /// # Errors
    ///
    /// A file that does not exist (with the nearest that does), is outside of the workspace, or is Rust that no
    /// target compiles.
    pub(super) fn shown(&self, page: &Path, target: &str) -> Result<Rc<Source>, String> {
        let Some(path) = resolve(page.parent().unwrap_or(Path::new("")), target) else {
            return Err(format!("`{target}` is outside of the workspace"));
        };
        let Some(source) = self.read(&path) else {
            let what = if self.is_dir(&path) {
                "is a folder"
            } else {
                "does not exist"
            };
            return Err(format!(
                "`{}` {what}{}",
                display(&path),
                self.nearest(&path)
            ));
        };
        if source.is_rust() && !self.is_compiled(&path) {
            return Err(format!(
                "`{}` is compiled by no target of the workspace",
                display(&path)
            ));
        }
        Ok(source)
    }

    fn is_compiled(&self, path: &Path) -> bool {
        let Some(dir) = self
            .crate_of(path)
            .filter(|dir| self.crates().contains(dir))
        else {
            return false;
        };
        if let Some(compiled) = self.compiled.borrow().get(&dir) {
            return compiled.contains(path);
        }
        let compiled = Rc::new(targets::compiled(self, &dir));
        self.compiled.borrow_mut().insert(dir, Rc::clone(&compiled));
        compiled.contains(path)
    }

    /// The end of a message about a path that does not exist: what is most like it, where it leaves the paths that do.
    pub(super) fn nearest(&self, path: &Path) -> String {
        let Some(missing) = path
            .ancestors()
            .take_while(|path| !self.exists(path))
            .last()
        else {
            return String::new();
        };
        let siblings = self.list(missing.parent().unwrap_or(Path::new("")));
        let name = |path: &Path| {
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        let names: Vec<String> = siblings.iter().map(|path| name(path)).collect();
        nearest(&name(missing), names.iter().map(String::as_str))
            .and_then(|found| siblings.iter().find(|path| name(path) == found))
            .map(|path| format!("; the nearest is `{}`", display(path)))
            .unwrap_or_default()
    }
}

/// `target` as seen from the folder `from`, relative to the root; `None` if it leads out of the workspace.
pub(super) fn resolve(from: &Path, target: &str) -> Option<PathBuf> {
    let mut path = from.to_owned();
    for part in Path::new(target).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir if path.pop() => {}
            _ => return None,
        }
    }
    Some(path)
}
