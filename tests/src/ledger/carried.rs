//! What a chapter takes over from the chapters before it: the modules of theirs that its code names, and those that these name in
//! their turn. The rest of an earlier crate is compiled, is called by nobody, and is left out of the program by the linker.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use syn::visit::Visit;
use syn::{Attribute, File, Item, UseTree, Visibility};

use super::crates::{Features, Member};
use super::lines::{self, Lines, is_cfg_test, is_left_out};

/// Lines of the libraries `earlier` that run in the program of `chapter`, and of the tests within them.
///
/// # Errors
///
/// As for [`files`], and when a file is not Rust.
pub fn lines(chapter: &Member, earlier: &[Member]) -> Result<Lines> {
    let files = files(chapter, earlier)?;
    let mut sum = Lines::default();
    for member in earlier {
        let theirs = files.iter().filter(|path| path.starts_with(&member.folder));
        let theirs: Vec<PathBuf> = theirs.cloned().collect();
        let lines = Lines::of_files(&theirs, &member.features)?;
        sum.code += lines.code;
        sum.tests += lines.tests;
    }
    Ok(sum)
}

/// The files of the libraries `earlier` that run in the program of `chapter`. The `lib.rs` of each library that is used
/// at all is among them.
///
/// # Errors
///
/// When a file cannot be read, or names something of an earlier crate that is no module of it.
pub fn files(chapter: &Member, earlier: &[Member]) -> Result<Vec<PathBuf>> {
    let libraries: BTreeMap<String, &Member> = earlier
        .iter()
        .map(|member| (member.name.replace('-', "_"), member))
        .collect();
    let mut found = BTreeSet::new();
    let own = lines::compiled(&lines::rust_files(&chapter.src())?, &chapter.features)?;
    let mut to_read: Vec<(Option<String>, PathBuf)> =
        own.into_iter().map(|path| (None, path)).collect();
    while let Some((library, path)) = to_read.pop() {
        let compiled_in = library.as_ref().map_or(chapter, |name| libraries[name]);
        let named = names(&path, &compiled_in.features, library.as_deref(), &libraries)?;
        for (named, module) in named {
            let folder = libraries[&named].src();
            let files = module_files(&folder, &module)
                .with_context(|| format!("{} names {named}::{module}", path.display()))?;
            for file in files {
                if found.insert(file.clone()) {
                    to_read.push((Some(named.clone()), file));
                }
            }
            found.insert(folder.join("lib.rs"));
        }
    }
    Ok(found.into_iter().collect())
}

/// The modules that a file names, as (crate, module).
fn names(
    path: &Path,
    features: &Features,
    library: Option<&str>,
    libraries: &BTreeMap<String, &Member>,
) -> Result<BTreeSet<(String, String)>> {
    let text = lines::read(path)?;
    let file: File = syn::parse_file(&text)
        .map_err(|error| anyhow!("{}:{}: {error}", path.display(), error.span().start().line))?;
    let mut paths = Paths::new(features);
    paths.visit_file(&file);
    // Above a module that lies in `src/` itself is the crate.
    let is_top = libraries
        .values()
        .any(|member| path.parent() == Some(member.src().as_path()));
    let of_library = |first: &str| match (first, library) {
        ("crate", Some(library)) => Some(library.to_owned()),
        ("super", Some(library)) if is_top => Some(library.to_owned()),
        (name, _) => libraries.contains_key(name).then(|| name.to_owned()),
    };
    let (named, called) = (paths.found.into_iter(), paths.called);
    Ok(named
        .filter_map(|(first, second)| {
            let first = called.get(&first).unwrap_or(&first);
            Some((of_library(first)?, second))
        })
        .collect())
}

/// `problem` is `problem.rs`, or `problem/mod.rs` with what lies beside it. What `lib.rs` hands on stands for the
/// module that it is from.
fn module_files(folder: &Path, name: &str) -> Result<Vec<PathBuf>> {
    let handed_on = handed_on(&folder.join("lib.rs"))?;
    let module = handed_on.get(name).map_or(name, String::as_str);
    let (file, below) = (folder.join(format!("{module}.rs")), folder.join(module));
    let mut files = Vec::new();
    if file.is_file() {
        files.push(file);
    }
    if below.is_dir() {
        files.extend(lines::rust_files(&below)?);
    }
    if files.is_empty() {
        bail!(
            "{} has no module {module}, and hands on nothing that is called so. Name the module where it is, so that it can be counted",
            folder.display()
        );
    }
    Ok(files)
}

/// The names that a library hands on from its modules (`pub use module::{Name, …}`), with these.
fn handed_on(library: &Path) -> Result<BTreeMap<String, String>> {
    let file: File = syn::parse_file(&lines::read(library)?)
        .map_err(|error| anyhow!("{}: {error}", library.display()))?;
    let mut names = BTreeMap::new();
    for item in &file.items {
        if let Item::Use(item) = item
            && let (Visibility::Public(_), UseTree::Path(path)) = (&item.vis, &item.tree)
        {
            let features = Features::default();
            let mut paths = Paths::new(&features);
            paths.of_use(&path.ident.to_string(), &path.tree);
            names.extend(paths.found.into_iter().map(|(module, name)| (name, module)));
        }
    }
    Ok(names)
}

/// The first two segments of every path that is compiled with these features, outside of tests.
struct Paths<'a> {
    features: &'a Features,
    found: BTreeSet<(String, String)>,
    /// Crates that the file calls by another name (`use store::{self as other}`), by that name.
    called: BTreeMap<String, String>,
    /// How many modules of the file itself are around what is visited: `super` is one of them there, or the file.
    depth: usize,
}

impl<'a> Paths<'a> {
    fn new(features: &'a Features) -> Self {
        Self {
            features,
            found: BTreeSet::new(),
            called: BTreeMap::new(),
            depth: 0,
        }
    }

    fn of_use(&mut self, first: &str, tree: &UseTree) {
        let second = match tree {
            UseTree::Path(path) => path.ident.to_string(),
            UseTree::Name(name) if name.ident == "self" => return,
            UseTree::Rename(name) if name.ident == "self" => {
                let called = name.rename.to_string();
                self.called.insert(called, first.to_owned());
                return;
            }
            UseTree::Name(name) => name.ident.to_string(),
            UseTree::Rename(name) => name.ident.to_string(),
            // Whatever it brings, no module is called so, and the count stops there.
            UseTree::Glob(_) => "*".to_owned(),
            UseTree::Group(group) => {
                return group.items.iter().for_each(|item| self.of_use(first, item));
            }
        };
        self.insert(first.to_owned(), second);
    }

    fn insert(&mut self, first: String, second: String) {
        if first != "super" || self.depth == 0 {
            self.found.insert((first, second));
        }
    }
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let is_out = |attribute| is_cfg_test(attribute) || is_left_out(attribute, self.features);
        if !lines::attributes(item).iter().any(is_out) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.depth += 1;
        syn::visit::visit_item_mod(self, module);
        self.depth -= 1;
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        match &item.tree {
            UseTree::Path(path) => self.of_use(&path.ident.to_string(), &path.tree),
            UseTree::Group(group) => {
                for tree in &group.items {
                    if let UseTree::Path(path) = tree {
                        self.of_use(&path.ident.to_string(), &path.tree);
                    }
                }
            }
            _ => {}
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let mut segments = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        if let (Some(first), Some(second)) = (segments.next(), segments.next()) {
            self.insert(first, second);
        }
        syn::visit::visit_path(self, path);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn write(root: &Path, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    fn member(root: &Path, name: &str) -> Member {
        Member {
            name: name.to_owned(),
            folder: root.join(name),
            features: Features::from(["on".to_owned()]),
        }
    }

    fn found(root: &Path) -> Result<Vec<String>> {
        let files = files(
            &member(root, "three"),
            &[member(root, "one-floor"), member(root, "two")],
        )?;
        let relative = files.iter().map(|path| path.strip_prefix(root).unwrap());
        Ok(relative.map(|path| path.display().to_string()).collect())
    }

    #[test]
    fn what_is_named_is_taken_over_and_what_that_names_as_well() {
        let dir = tempfile::tempdir().unwrap();
        write(
            dir.path(),
            &[
                (
                    "one-floor/src/lib.rs",
                    "pub mod pets; pub mod shop; pub mod http; pub mod api;",
                ),
                ("one-floor/src/pets.rs", "pub struct Pet;"),
                (
                    "one-floor/src/shop.rs",
                    "use crate::pets::Pet;\n#[cfg(test)]\nmod tests { use crate::api; }",
                ),
                ("one-floor/src/http/mod.rs", "mod head;"),
                ("one-floor/src/http/head.rs", ""),
                ("one-floor/src/api.rs", "use crate::http;"),
                (
                    "two/src/lib.rs",
                    "pub mod rows; pub mod store; pub mod server;",
                ),
                (
                    "two/src/rows.rs",
                    "mod deep { use super::Row; } struct Row;",
                ),
                (
                    "two/src/store.rs",
                    "use super::rows;\nfn look() -> one_floor::shop::Shop { todo!() }",
                ),
                ("two/src/server.rs", "use one_floor::{api::handle, http};"),
                (
                    "three/src/main.rs",
                    "use two::store;\n#[cfg(test)]\nuse two::server;",
                ),
            ],
        );
        assert_eq!(
            found(dir.path()).unwrap(),
            [
                "one-floor/src/lib.rs",
                "one-floor/src/pets.rs",
                "one-floor/src/shop.rs",
                "two/src/lib.rs",
                "two/src/rows.rs",
                "two/src/store.rs"
            ]
        );
        write(
            dir.path(),
            &[("three/src/main.rs", "use two::{store, server};")],
        );
        let all = found(dir.path()).unwrap();
        assert!(
            all.contains(&"one-floor/src/http/head.rs".to_owned()),
            "{all:?}"
        );
    }

    #[test]
    fn what_belongs_to_a_feature_is_taken_over_with_it_alone() {
        let dir = tempfile::tempdir().unwrap();
        write(
            dir.path(),
            &[
                ("one-floor/src/lib.rs", "pub mod pets;"),
                ("one-floor/src/pets.rs", "pub struct Pet;"),
                (
                    "two/src/lib.rs",
                    "pub mod server;\n#[cfg(feature = \"off\")]\npub mod store;\n#[cfg(feature = \"on\")]\npub mod keys;",
                ),
                (
                    "two/src/server.rs",
                    "#[cfg(feature = \"off\")]\nuse crate::store::Store;\n#[cfg(feature = \"on\")]\nfn keys() -> crate::keys::Key { todo!() }",
                ),
                ("two/src/keys.rs", "pub struct Key;"),
                (
                    "two/src/store.rs",
                    "use one_floor::pets::Pet;\npub struct Store;",
                ),
                ("three/src/main.rs", "use two::server;"),
            ],
        );
        assert_eq!(
            found(dir.path()).unwrap(),
            ["two/src/keys.rs", "two/src/lib.rs", "two/src/server.rs"]
        );
        let lines = lines(&member(dir.path(), "three"), &[member(dir.path(), "two")]).unwrap();
        // keys.rs: 1. lib.rs: server, and keys with its attribute. server.rs: the function with its attribute.
        assert_eq!(lines.code, 1 + 3 + 2);
    }

    #[test]
    fn what_a_library_hands_on_is_taken_over_with_its_module() {
        let dir = tempfile::tempdir().unwrap();
        write(
            dir.path(),
            &[
                (
                    "two/src/lib.rs",
                    "mod store;\nmod memory;\nmod size;\npub use memory::Memory;\npub use store::{Store, Version as Newest};\nuse size::SIZE;",
                ),
                (
                    "two/src/store.rs",
                    "fn size() -> usize { crate::size::SIZE }",
                ),
                ("two/src/memory.rs", ""),
                ("two/src/size.rs", ""),
                ("three/src/main.rs", "use two::{Store, Newest};"),
            ],
        );
        let error = format!("{:#}", found(dir.path()).unwrap_err());
        assert!(error.contains("names two::Newest"), "{error}");
        let due = ["two/src/lib.rs", "two/src/size.rs", "two/src/store.rs"];
        for text in [
            "use two::Store;",
            "use two::{self as kept};\nfn look() -> kept::Store { todo!() }",
        ] {
            write(dir.path(), &[("three/src/main.rs", text)]);
            assert_eq!(found(dir.path()).unwrap(), due);
        }
    }

    #[test]
    fn what_is_no_module_cannot_be_counted_and_is_named() {
        let dir = tempfile::tempdir().unwrap();
        for text in ["use two::Store;", "use two::*;"] {
            write(
                dir.path(),
                &[
                    ("two/src/lib.rs", "pub struct Store;"),
                    ("three/src/main.rs", text),
                ],
            );
            let error = format!("{:#}", found(dir.path()).unwrap_err());
            assert!(error.contains("main.rs names two::"), "{error}");
        }
    }
}
