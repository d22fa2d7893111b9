//! The runner of pages, put to pages: for each rule one that breaks it, with the exact message, and one that keeps it.

mod elsewhere;
mod lambda;
mod outputs;
mod program;
mod programs;
mod servers;
mod updates;
mod workspace;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use book::workspace::Workspace;
use less_to_run_tests::session::{Limits, Mode, Page, PageReport, Runner};
use tempfile::TempDir;

/// A workspace with nothing in it but what pages share.
struct House {
    folder: TempDir,
    runner: Runner,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let redactions = "[HOW_MANY]\nregex = '[0-9]+'\nmeans = 'a number'\n";
        write(&folder, "book.toml", "");
        write(&folder, "book/redactions.toml", redactions);
        fs::create_dir(folder.path().join("chapters-code")).unwrap();
        let runner = Runner::new(&Workspace::at(folder.path()).unwrap())
            .unwrap()
            .with_program("greeter", PathBuf::from(env!("CARGO_BIN_EXE_greeter")));
        Self { folder, runner }
    }

    /// One that does not wait for long, for pages that make it wait.
    fn impatient() -> Self {
        let house = Self::new();
        let limits = Limits {
            command: Duration::from_secs(3),
            stop: Duration::from_secs(2),
            patience: Duration::from_millis(500),
            silence: Duration::from_secs(1),
        };
        Self {
            runner: house.runner.with_limits(limits),
            ..house
        }
    }

    fn run(&self, text: &str, mode: Mode) -> PageReport {
        let page = Page::new(Path::new("book/page.md"), text.to_owned(), &[]);
        self.runner.run(&page, mode)
    }

    /// What is wrong with a page.
    fn failures(&self, text: &str) -> String {
        self.run(text, Mode::Compare).told()
    }

    fn updated(&self, text: &str) -> String {
        let report = self.run(text, Mode::Update);
        assert!(report.is_clean(), "{}", report.told());
        report.updated.unwrap_or_else(|| text.to_owned())
    }
}

/// Writes a file of a workspace.
fn write(folder: &TempDir, path: &str, text: &str) {
    let path = folder.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Makes sure that nothing is wrong with a page.
fn holds(text: &str) {
    let report = House::new().run(text, Mode::Compare);
    assert!(report.is_clean(), "{}", report.told());
    assert_eq!(report.skipped, None);
}

/// A page with a shop that counts its customers.
const GREETED: &str = "\
# Greeted

```console,terminal=shop
$ greeter
listening on http://127.0.0.1:8080
```

```console
$ curl -s http://127.0.0.1:8080/
hello 1
$ curl -s http://localhost:8080/ | tr a-z A-Z
HELLO 2
```
";
