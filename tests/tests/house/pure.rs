//! The shop is pure: what the business decides has no I/O, no clock, no `async` and no vendor.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use book::workspace::Workspace;
use less_to_run_tests::programs;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

use crate::none;

/// What a pure file may not name, and what starts with it neither.
const IMPURE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "aws_config",
    "aws_sdk_dynamodb",
    "lambda_runtime",
    "reqwest",
    "tokio",
];

/// Macros that write or read.
const IMPURE_MACROS: &[&str] = &[
    "print",
    "println",
    "eprint",
    "eprintln",
    "dbg",
    "env",
    "option_env",
];

#[test]
fn what_the_shop_decides_has_no_io() -> Result<()> {
    let mut problems = Vec::new();
    let mut files = 0;
    let workspace = Workspace::at(&programs::root())?;
    for chapter in workspace.chapters()? {
        let folder = workspace.root().join("chapters-code").join(&chapter.name);
        let pure = declared(&folder.join("Cargo.toml"))?;
        let modules: BTreeSet<_> = pure.iter().filter_map(|file| module(file)).collect();
        for file in &pure {
            files += 1;
            let path = folder.join(file);
            let text = fs::read_to_string(&path)
                .with_context(|| format!("{}: `pure` names {}", chapter.name, file.display()))?;
            let found = impurities(&text, &modules).context(path.display().to_string())?;
            problems.extend(
                found
                    .iter()
                    .map(|it| format!("{}/{}:{it}", chapter.name, file.display())),
            );
        }
    }
    assert!(
        files > 0,
        "no chapter declares a pure file in [package.metadata.book]"
    );
    none(&problems)
}

#[test]
fn each_way_to_the_world_is_found() -> Result<()> {
    let modules = BTreeSet::from(["pets".to_owned()]);
    let source = r#"
        use std::{collections::HashMap, fs::{self, File}};
        use std::time::SystemTime as Clock;
        use crate::pets::Pet;
        use crate::journal::Journal;
        fn now() { std::thread::sleep(later()); println!("{}", std::env::var("HOME")); }
        async fn wait() {}
        #[cfg(test)]
        mod tests { use std::fs; }
    "#;
    assert_eq!(
        impurities(source, &modules)?,
        [
            "2: names std::fs",
            "2: names std::fs::File",
            "3: names std::time::SystemTime",
            "5: names crate::journal, which is not pure",
            "6: names std::thread::sleep",
            "6: calls println!",
            "6: println! names std::env",
            "7: is async",
        ]
    );
    Ok(())
}

/// `pure` of `[package.metadata.book]`.
fn declared(manifest: &Path) -> Result<Vec<PathBuf>> {
    let text = fs::read_to_string(manifest)?;
    let manifest: toml::Value = toml::from_str(&text).context(manifest.display().to_string())?;
    let pure = manifest["package"]
        .get("metadata")
        .and_then(|metadata| metadata.get("book"))
        .and_then(|book| book.get("pure"));
    let Some(pure) = pure else {
        return Ok(Vec::new());
    };
    let names = pure.as_array().context("`pure` is a list of files")?;
    names
        .iter()
        .map(|name| {
            name.as_str()
                .map(PathBuf::from)
                .context("`pure` is a list of files")
        })
        .collect()
}

/// `pets` for `src/pets.rs`.
fn module(file: &Path) -> Option<String> {
    Some(file.file_stem()?.to_str()?.to_owned())
}

/// Everything impure in a file, by line. It may use the modules of its crate that are pure themselves.
fn impurities(source: &str, pure_modules: &BTreeSet<String>) -> Result<Vec<String>> {
    let mut finder = Finder {
        pure_modules,
        found: Vec::new(),
    };
    finder.visit_file(&syn::parse_file(source)?);
    Ok(finder.found)
}

struct Finder<'a> {
    pure_modules: &'a BTreeSet<String>,
    found: Vec<String>,
}

impl Finder<'_> {
    fn note(&mut self, spanned: &impl Spanned, what: &str) {
        let line = spanned.span().start().line;
        self.found.push(format!("{line}: {what}"));
    }

    fn judge(&mut self, spanned: &impl Spanned, path: &[String]) {
        let name = path.join("::");
        let below = |prefix: &&str| {
            name.strip_prefix(*prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        if IMPURE.iter().any(below) {
            self.note(spanned, &format!("names {name}"));
        } else if let [first, second, ..] = path
            && first == "crate"
            && !self.pure_modules.contains(second)
        {
            self.note(
                spanned,
                &format!("names crate::{second}, which is not pure"),
            );
        }
    }

    /// Every path that a `use` brings in.
    fn walk(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.walk(&path.tree, &with(&path.ident)),
            UseTree::Name(name) if name.ident == "self" => self.judge(&name.ident, before),
            UseTree::Name(name) => self.judge(&name.ident, &with(&name.ident)),
            UseTree::Rename(rename) => self.judge(&rename.ident, &with(&rename.ident)),
            UseTree::Glob(glob) => self.judge(glob, before),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.walk(item, before)),
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes: &[Attribute] = match item {
            Item::Mod(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            _ => &[],
        };
        // Tests may do what they like.
        let test = attributes.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && attribute
                    .meta
                    .require_list()
                    .is_ok_and(|list| list.tokens.to_string() == "test")
        });
        if !test {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.walk(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path
            .segments
            .iter()
            .map(|part| part.ident.to_string())
            .collect();
        self.judge(path, &names);
        visit::visit_path(self, path);
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        if let Some(asyncness) = &signature.asyncness {
            self.note(asyncness, "is async");
        }
        visit::visit_signature(self, signature);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let name = call
            .path
            .segments
            .last()
            .map(|part| part.ident.to_string())
            .unwrap_or_default();
        if IMPURE_MACROS.contains(&name.as_str()) {
            self.note(&call.path, &format!("calls {name}!"));
        }
        // What stands inside is not Rust until the macro has been at work; its words are what there is.
        let inside = call.tokens.to_string().replace(" :: ", "::");
        for path in IMPURE.iter().filter(|path| inside.contains(**path)) {
            self.note(&call.path, &format!("{name}! names {path}"));
        }
    }
}
