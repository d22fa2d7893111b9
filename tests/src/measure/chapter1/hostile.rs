//! How many hostile requests the tests of chapter 1 hold against it.

use std::fs;

use anyhow::{Context, Result, anyhow, ensure};
use book::measured::Measured;
use book::workspace::Workspace;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Expr, ItemFn, Macro, Token};

/// Where they stand: each file has a function `cases` with a `vec![]` of them.
pub const REQUESTS: &str = "chapters-code/ch01-bare-server/tests/hostile/requests";

/// Counts them; a chapter without them has no such figure.
pub fn count(workspace: &Workspace, file: &mut Measured) -> Result<()> {
    let folder = workspace.root().join(REQUESTS);
    if !folder.is_dir() {
        eprintln!("{REQUESTS} is not there: hostile_requests is left out");
        return Ok(());
    }
    let mut sum = 0;
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        sum += cases(&text).with_context(|| path.display().to_string())?;
    }
    ensure!(sum > 0, "{REQUESTS} has no cases");
    file.put(
        "hostile_requests",
        f64::from(sum),
        "requests",
        "hand-picked hostile conversations in the tests of chapter 1",
    );
    Ok(())
}

/// The elements of the first `vec![]` of each function `cases`.
fn cases(text: &str) -> Result<u32> {
    let file = syn::parse_file(text)
        .map_err(|error| anyhow!("line {}: {error}", error.span().start().line))?;
    let mut counter = Counter::default();
    counter.visit_file(&file);
    Ok(counter.cases)
}

#[derive(Default)]
struct Counter {
    within: bool,
    cases: u32,
}

impl<'a> Visit<'a> for Counter {
    fn visit_item_fn(&mut self, function: &'a ItemFn) {
        self.within = function.sig.ident == "cases";
        visit::visit_item_fn(self, function);
        self.within = false;
    }

    fn visit_macro(&mut self, called: &'a Macro) {
        let list = Punctuated::<Expr, Token![,]>::parse_terminated;
        if self.within
            && called.path.is_ident("vec")
            && let Ok(elements) = list.parse2(called.tokens.clone())
        {
            self.cases += u32::try_from(elements.len()).unwrap_or(u32::MAX);
            self.within = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_elements_of_the_list_are_counted() {
        let text = "fn other() -> Vec<u8> { vec![1] }
            /// Docs.
            pub fn cases() -> Vec<Case> { let x = 1; vec![a(\"one, two\", [1, 2]), b(vec![1, 2]), Case { x },] }";
        assert_eq!(cases(text).unwrap(), 3);
        assert_eq!(cases("fn other() {}").unwrap(), 0);
        assert!(cases("fn (").is_err());
    }
}
