//! Which Rust files Cargo compiles: the roots of a crate's targets, and the modules below them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml::Table;

use super::files::Files;

/// The Rust files of a crate that some target of it compiles, relative to the root of the workspace.
pub(super) fn compiled(files: &Files, crate_dir: &Path) -> BTreeSet<PathBuf> {
    let mut compiled = BTreeSet::new();
    for root in roots(files, crate_dir) {
        follow(files, &root, true, &mut compiled);
    }
    compiled
}

/// The files that targets begin with: those that Cargo finds by itself, and those that `Cargo.toml` names.
fn roots(files: &Files, crate_dir: &Path) -> Vec<PathBuf> {
    let manifest = files
        .read(&crate_dir.join("Cargo.toml"))
        .and_then(|source| source.text().parse::<Table>().ok())
        .unwrap_or_default();
    let mut roots: Vec<PathBuf> = ["src/lib.rs", "src/main.rs", "build.rs"]
        .iter()
        .map(|path| crate_dir.join(path))
        .collect();
    for dir in ["src/bin", "examples", "tests", "benches"] {
        for entry in files.list(&crate_dir.join(dir)) {
            let main = entry.join("main.rs");
            roots.push(if entry.extension().is_some_and(|e| e == "rs") {
                entry
            } else {
                main
            });
        }
    }
    let named = ["bin", "example", "test", "bench"]
        .iter()
        .filter_map(|kind| manifest.get(*kind)?.as_array());
    let lib = manifest.get("lib").into_iter();
    for target in named.flatten().chain(lib) {
        let path = target.get("path").and_then(toml::Value::as_str);
        roots.extend(path.map(|path| crate_dir.join(path)));
    }
    roots
}

/// Adds a file and the modules that it declares.
fn follow(files: &Files, path: &Path, is_root: bool, compiled: &mut BTreeSet<PathBuf>) {
    let Some(source) = files.read(path) else {
        return;
    };
    if !compiled.insert(path.to_owned()) {
        return;
    }
    let Some(tree) = source.tree() else {
        return;
    };
    let parent = path.parent().unwrap_or(Path::new(""));
    let is_mod = path.file_name().is_some_and(|name| name == "mod.rs");
    let below = if is_root || is_mod {
        parent.to_owned()
    } else {
        path.with_extension("")
    };
    modules(files, &tree.items, parent, &below, compiled);
}

fn modules(
    files: &Files,
    items: &[syn::Item],
    parent: &Path,
    below: &Path,
    compiled: &mut BTreeSet<PathBuf>,
) {
    for item in items {
        let syn::Item::Mod(module) = item else {
            continue;
        };
        let name = module.ident.to_string();
        if let Some((_, items)) = &module.content {
            modules(
                files,
                items,
                &below.join(&name),
                &below.join(&name),
                compiled,
            );
        } else if let Some(path) = path_attribute(module) {
            follow(files, &parent.join(path), true, compiled);
        } else {
            follow(files, &below.join(format!("{name}.rs")), false, compiled);
            follow(files, &below.join(&name).join("mod.rs"), false, compiled);
        }
    }
}

/// The `PATH` of `#[path = "PATH"]`.
fn path_attribute(module: &syn::ItemMod) -> Option<String> {
    module
        .attrs
        .iter()
        .find_map(|attribute| match &attribute.meta {
            syn::Meta::NameValue(meta) if meta.path.is_ident("path") => match &meta.value {
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(path),
                    ..
                }) => Some(path.value()),
                _ => None,
            },
            _ => None,
        })
}
