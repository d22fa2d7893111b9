//! A small workspace in a temp directory, with a chapter and its page.

use std::fs;
use std::path::Path;

use book::page::{Report, check};
use book::workspace::Workspace;
use tempfile::TempDir;

pub struct Fixture {
    dir: TempDir,
}

const FILES: [(&str, &str); 11] = [
    (
        "book.toml",
        "[book]\ntitle = \"Small\"\nsrc = \"book\"\n\n[build]\nbuild-dir = \"target/book\"\ncreate-missing = false\n\
         use-default-preprocessors = false\n\n[output.html]\ngit-repository-url = \"https://example.org/shop\"\n",
    ),
    (
        "Cargo.toml",
        "[workspace]\nmembers = [\"chapters-code/*\"]\n",
    ),
    (
        "chapters-code/ch01-bare-server/Cargo.toml",
        "[package]\nname = \"ch01-bare-server\"\n",
    ),
    (
        "chapters-code/ch01-bare-server/src/lib.rs",
        "pub mod journal;\n",
    ),
    (
        "chapters-code/ch01-bare-server/src/journal.rs",
        "/// What happened.\npub struct Journal;\n\nimpl Journal {\n    // ANCHOR: append\n    /// Adds a line.\n    \
         pub fn append(&self) -> bool {\n        // ANCHOR: body\n        let kept = true;\n        kept\n        \
         // ANCHOR_END: body\n    }\n    // ANCHOR_END: append\n}\n",
    ),
    (
        "chapters-code/ch01-bare-server/src/forgotten.rs",
        "// ANCHOR: all\nfn forgotten() {}\n// ANCHOR_END: all\n",
    ),
    (
        "chapters-code/ch01-bare-server/examples/two_customers.rs",
        "// ANCHOR: adopt\nfn adopt(available: bool) -> bool {\n    let found = available;\n    found\n}\n// ANCHOR_END: adopt\n\nfn main() {}\n",
    ),
    (
        "chapters-code/ch01-bare-server/examples/one_winner.rs",
        "// ANCHOR: adopt\nfn adopt(available: bool) -> bool {\n    let guard = lock();\n    available && guard\n}\n// ANCHOR_END: adopt\n\nfn main() {}\n",
    ),
    (
        "book/SUMMARY.md",
        "# Summary\n\n[Preface](preface.md)\n\n- [A bare server](ch01-bare-server.md)\n",
    ),
    (
        "book/preface.md",
        "# Preface\n\n## What is run\n\nAll of it.\n",
    ),
    (
        "book/ch01-bare-server.md",
        "# A bare server\n\nNothing yet.\n",
    ),
];

impl Fixture {
    pub fn new() -> Self {
        let fixture = Self {
            dir: TempDir::new().expect("a temp directory"),
        };
        for (path, text) in FILES {
            fixture.write(path, text);
        }
        fixture
    }

    /// With this as the page of chapter 1; a blank line, then `body`, which begins on line 3.
    pub fn with_page(body: &str) -> Self {
        let fixture = Self::new();
        fixture.write(
            "book/ch01-bare-server.md",
            &format!("# A bare server\n\n{body}"),
        );
        fixture
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }

    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    pub fn workspace(&self) -> Workspace {
        Workspace::at(self.root()).expect("a workspace")
    }

    pub fn check(&self) -> Report {
        check(&self.workspace()).expect("the checks run")
    }

    /// The problems as they are printed.
    pub fn problems(&self) -> Vec<String> {
        self.check()
            .problems
            .iter()
            .map(ToString::to_string)
            .collect()
    }
}

/// The problems of a page.
pub fn problems(body: &str) -> Vec<String> {
    Fixture::with_page(body).problems()
}

/// The file of the fixture that most listings show.
pub const JOURNAL: &str = "../chapters-code/ch01-bare-server/src/journal.rs";
/// The folder of its examples.
pub const EXAMPLES: &str = "../chapters-code/ch01-bare-server/examples";
