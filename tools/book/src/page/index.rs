//! The types of the workspace and what they have: methods, constants, variants.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use syn::visit::{self, Visit};

use super::files::Files;
use super::items::type_name;

/// What types have, looked up when a page speaks of one.
#[derive(Default)]
pub(super) struct Index {
    known: RefCell<HashMap<Key, Option<Members>>>,
}

/// A folder that the type is looked for in (all crates if there is none), and its name.
type Key = (Option<PathBuf>, String);

/// The names that may follow `Type::`.
pub(super) type Members = Rc<BTreeSet<String>>;

impl Index {
    /// The names that may follow `of::` on a page of the chapter whose crate is in `home`: those of the type that the
    /// chapter defines, or else of any type of the workspace with that name. `None` if there is no such type.
    pub(super) fn members(&self, files: &Files, of: &str, home: Option<&Path>) -> Option<Members> {
        home.and_then(|home| self.members_in(files, of, Some(home)))
            .or_else(|| self.members_in(files, of, None))
    }

    fn members_in(&self, files: &Files, of: &str, folder: Option<&Path>) -> Option<Members> {
        let key = (folder.map(Path::to_owned), of.to_owned());
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let mut search = Search {
            of,
            defined: false,
            members: BTreeSet::new(),
        };
        for source in files.rust(folder) {
            if let Some(tree) = source.text().contains(of).then(|| source.tree()).flatten() {
                search.visit_file(tree);
            }
        }
        let members = search.defined.then(|| Rc::new(search.members));
        self.known.borrow_mut().insert(key, members.clone());
        members
    }
}

struct Search<'a> {
    of: &'a str,
    defined: bool,
    members: BTreeSet<String>,
}

impl Search<'_> {
    fn define(&mut self, name: &syn::Ident, attributes: &[syn::Attribute]) -> bool {
        if name != self.of {
            return false;
        }
        self.defined = true;
        for attribute in attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("derive"))
        {
            let list = attribute
                .meta
                .require_list()
                .map(|list| list.tokens.to_string())
                .unwrap_or_default();
            for (derive, methods) in DERIVED {
                if list.contains(derive) {
                    self.members
                        .extend(methods.iter().map(|method| (*method).to_owned()));
                }
            }
        }
        true
    }
}

/// What the derives of the standard library give a type.
const DERIVED: [(&str, &[&str]); 7] = [
    ("Clone", &["clone"]),
    ("Default", &["default"]),
    ("PartialEq", &["eq", "ne"]),
    ("PartialOrd", &["partial_cmp"]),
    ("Ord", &["cmp", "max", "min"]),
    ("Hash", &["hash"]),
    ("Parser", &["parse", "command"]),
];

impl<'ast> Visit<'ast> for Search<'_> {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.define(&item.ident, &item.attrs);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        if self.define(&item.ident, &item.attrs) {
            self.members.extend(
                item.variants
                    .iter()
                    .map(|variant| variant.ident.to_string()),
            );
        }
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        if self.define(&item.ident, &item.attrs) {
            self.members
                .extend(item.items.iter().filter_map(|item| match item {
                    syn::TraitItem::Fn(item) => Some(item.sig.ident.to_string()),
                    syn::TraitItem::Const(item) => Some(item.ident.to_string()),
                    syn::TraitItem::Type(item) => Some(item.ident.to_string()),
                    _ => None,
                }));
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if type_name(&item.self_ty).is_some_and(|name| name == self.of) {
            self.members
                .extend(item.items.iter().filter_map(|item| match item {
                    syn::ImplItem::Fn(item) => Some(item.sig.ident.to_string()),
                    syn::ImplItem::Const(item) => Some(item.ident.to_string()),
                    syn::ImplItem::Type(item) => Some(item.ident.to_string()),
                    _ => None,
                }));
        }
        visit::visit_item_impl(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_its_methods_variants_and_derives() {
        let code = "mod a { #[derive(Clone)] pub enum Refusal { AlreadyAdopted } }\nimpl Refusal { const ALL: u8 = 1; fn status(&self) {} }\nimpl fmt::Display for Refusal { fn fmt(&self) {} }\nstruct Other;\n";
        let tree = syn::parse_file(code).unwrap();
        let mut search = Search {
            of: "Refusal",
            defined: false,
            members: BTreeSet::new(),
        };
        search.visit_file(&tree);
        assert!(search.defined);
        assert_eq!(
            search.members.into_iter().collect::<Vec<_>>(),
            ["ALL", "AlreadyAdopted", "clone", "fmt", "status"]
        );
    }
}
