//! What a page starts of the book's own tools.

use std::path::Path;

use book::workspace::Workspace;
use less_to_run_tests::session::{Mode, Page, Runner};

/// A database in memory, somebody without a signature, and a database in a file.
const PAGE: &str = r"
```console,terminal=database
$ cargo run -q -p local -- dynamodb --port 8000
DynamoDB listening on http://127.0.0.1:8000
```

```console
$ curl -sS -H 'X-Amz-Target: DynamoDB_20120810.ListTables' -H 'Content-Type: application/x-amz-json-1.0' -d '{}' http://127.0.0.1:8000
[..]MissingAuthenticationTokenException[..]
```

```console,terminal=database
^C
$ cargo run -q -p local -- dynamodb --port 8000 --file pets.db
DynamoDB listening on http://127.0.0.1:8000
```

```console
$ ls pets.db
pets.db
```
";

#[test]
fn a_database_runs_in_a_terminal_of_its_own() {
    let workspace = Workspace::find().unwrap();
    let chapters = workspace.chapters().unwrap();
    let page = Page::new(Path::new("book/page.md"), PAGE.to_owned(), &chapters);
    let report = Runner::new(&workspace).unwrap().run(&page, Mode::Compare);
    assert!(report.is_clean(), "{}", report.told());
    assert_eq!((report.blocks, report.commands), (4, 5));
}
