//! The items of a Rust file that some of its lines stand in.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// An item and its lines, counted from 1.
#[derive(Debug)]
pub(super) struct Item {
    first: usize,
    last: usize,
    /// `impl Journal`, `fn append`.
    name: String,
}

/// All items of a file that something can stand in, each behind the one that it stands in itself.
pub(super) fn items(file: &syn::File) -> Vec<Item> {
    let mut search = Search { found: Vec::new() };
    search.visit_file(file);
    search.found
}

/// What the lines `first..=last` stand in, from the outermost to the innermost.
/// Nothing for whole items at the top of the file. Lines are counted from 1.
pub(super) fn containers(items: &[Item], first: usize, last: usize) -> impl Iterator<Item = &str> {
    items
        .iter()
        .filter(move |item| {
            item.first <= first && last <= item.last && (item.first, item.last) != (first, last)
        })
        .map(|item| item.name.as_str())
}

struct Search {
    found: Vec<Item>,
}

impl Search {
    fn find(&mut self, item: &impl Spanned, name: String) {
        let span = item.span();
        let (first, last) = (span.start().line, span.end().line);
        self.found.push(Item { first, last, name });
    }
}

impl<'ast> Visit<'ast> for Search {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if let Some(name) = name(item) {
            self.find(item, name);
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.find(item, format!("fn {}", item.sig.ident));
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.find(item, format!("fn {}", item.sig.ident));
        visit::visit_trait_item_fn(self, item);
    }
}

fn name(item: &syn::Item) -> Option<String> {
    Some(match item {
        syn::Item::Const(item) => format!("const {}", item.ident),
        syn::Item::Enum(item) => format!("enum {}", item.ident),
        syn::Item::Fn(item) => format!("fn {}", item.sig.ident),
        syn::Item::Impl(item) => {
            let of = type_name(&item.self_ty)?;
            match &item.trait_ {
                Some((_, path, _)) => format!("impl {} for {of}", path.segments.last()?.ident),
                None => format!("impl {of}"),
            }
        }
        syn::Item::Macro(item) => format!("macro {}", item.ident.as_ref()?),
        syn::Item::Mod(item) => format!("mod {}", item.ident),
        syn::Item::Static(item) => format!("static {}", item.ident),
        syn::Item::Struct(item) => format!("struct {}", item.ident),
        syn::Item::Trait(item) => format!("trait {}", item.ident),
        _ => return None,
    })
}

/// The last name of a type's path.
pub(super) fn type_name(of: &syn::Type) -> Option<String> {
    match of {
        syn::Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        syn::Type::Reference(of) => type_name(&of.elem),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_in_the_items_around_them() {
        let code = "struct Journal {\n    file: File,\n}\n\nimpl Journal {\n    /// Doc.\n    fn append(&self) {\n        let a = 1;\n        let b = 2;\n    }\n    fn replay(&self) {}\n}\nimpl Drop for Journal {\n    fn drop(&mut self) {}\n}\nfn serve() {\n    fn inner() {\n        x\n    }\n    y\n}\n";
        let items = items(&syn::parse_file(code).unwrap());
        let found = |first, last| {
            containers(&items, first, last)
                .collect::<Vec<_>>()
                .join(", ")
        };
        assert_eq!(found(1, 3), "");
        assert_eq!(found(2, 2), "struct Journal");
        assert_eq!(found(6, 10), "impl Journal");
        assert_eq!(found(6, 11), "impl Journal");
        assert_eq!(found(8, 9), "impl Journal, fn append");
        assert_eq!(found(5, 12), "");
        assert_eq!(found(14, 14), "impl Drop for Journal");
        assert_eq!(found(18, 18), "fn serve, fn inner");
        assert_eq!(found(20, 20), "fn serve");
        assert_eq!(found(3, 8), "");
    }
}
