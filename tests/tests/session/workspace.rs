//! What needs a workspace with a crate: messages of the compiler, and badges.

use std::path::Path;

use book::workspace::Workspace;
use less_to_run_tests::session::{Mode, Page, PageReport, Runner};
use tempfile::TempDir;

use crate::{House, write};

const EXAMPLES: [(&str, &str); 7] = [
    ("greet", "fn main() {\n    println!(\"hello\");\n}\n"),
    ("fail", "fn main() {\n    std::process::exit(3);\n}\n"),
    (
        "tested",
        "fn main() {}\n\n#[test]\nfn one_is_one() {\n    assert_eq!(1, 1);\n}\n",
    ),
    (
        "moved",
        "fn main() {\n    let pet = String::new();\n    drop(pet);\n    drop(pet);\n}\n",
    ),
    (
        "twice",
        "fn main() {\n    let pet = String::new();\n    drop(pet);\n    drop(pet);\n    let id: u8 = \"1\";\n}\n",
    ),
    ("spelled", "fn main() {\n    let pet = 1\n    pet\n}\n"),
    (
        "told",
        "fn main() {\n    let told: Vec<String> = std::env::args().skip(1).collect();\n    \
         println!(\"{}, by cargo: {}\", told.join(\"|\"), std::env::var(\"CARGO_PKG_NAME\").is_ok());\n}\n",
    ),
];

/// A workspace with one chapter, and one page of it that is run.
struct Small {
    folder: TempDir,
}

impl Small {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write(&folder, "book.toml", "");
        write(
            &folder,
            "Cargo.toml",
            "[workspace]\nmembers = [\"chapters-code/*\"]\nresolver = \"3\"\n",
        );
        for (name, text) in EXAMPLES {
            let path = format!("chapters-code/ch01-small/examples/{name}.rs");
            write(&folder, &path, text);
        }
        let kept_out = ["moved", "twice", "spelled"].map(|name| {
            format!("[[example]]\nname = \"{name}\"\nrequired-features = [\"does-not-compile\"]\n")
        });
        let manifest = "[package]\nname = \"ch01-small\"\nedition = \"2024\"\n\n\
                        [features]\ndoes-not-compile = []\n\n"
            .to_owned()
            + &kept_out.join("\n");
        write(&folder, "chapters-code/ch01-small/Cargo.toml", &manifest);
        write(&folder, "chapters-code/ch01-small/src/lib.rs", "");
        Self { folder }
    }

    fn run(&self, text: &str, mode: Mode) -> PageReport {
        let workspace = Workspace::at(self.folder.path()).unwrap();
        let chapters = workspace.chapters().unwrap();
        let page = Page::new(Path::new("book/ch01-small.md"), text.to_owned(), &chapters);
        Runner::new(&workspace).unwrap().run(&page, mode)
    }

    fn failures(&self, text: &str) -> String {
        self.run(text, Mode::Compare).told()
    }
}

fn listing(example: &str, badge: &str) -> String {
    format!("{{{{#listing ../chapters-code/ch01-small/examples/{example}.rs badge={badge}}}}}\n\n")
}

const MOVED: &str = "\
```compiler,example=moved
error[E0382]: use of moved value: `pet`
 --> chapters-code/ch01-small/examples/moved.rs:4:10
  |
2 |     let pet = String::new();
...
```
";

#[test]
fn messages_of_the_compiler_are_compared_and_filled_in() {
    let small = Small::new();
    let report = small.run(MOVED, Mode::Compare);
    assert!(report.is_clean(), "{}", report.told());
    assert_eq!(report.blocks, 1);

    let failures = small.failures(&MOVED.replace("moved value", "a moved value"));
    assert!(
        failures.starts_with(
            "book/ch01-small.md:1: the compiler says something else of the example moved\n"
        ),
        "{failures}"
    );
    assert!(
        failures.contains("- error[E0382]: use of a moved value: `pet`"),
        "{failures}"
    );

    let empty = "> ```compiler,example=moved\n> ```\n";
    let updated = small.run(empty, Mode::Update).updated.unwrap();
    let (head, rest) = updated.split_once(" --> ").unwrap();
    assert_eq!(
        head,
        "> ```compiler,example=moved\n> error[E0382]: use of moved value: `pet`\n> "
    );
    assert!(
        rest.ends_with("\n> ```\n") && !rest.contains("could not compile"),
        "{rest}"
    );
    assert_eq!(small.run(&updated, Mode::Update).updated, None);

    assert_eq!(
        small.failures(&MOVED.replace("example=moved", "example=greet")),
        "book/ch01-small.md:1: the example greet compiles, so the compiler has nothing to say"
    );
    let failures = small.failures(&MOVED.replace("example=moved", "example=mooved"));
    assert!(
        failures.contains("no example target named `mooved`"),
        "{failures}"
    );
    let failures = small.failures(&MOVED.replace("=moved", "=moved,package=ch02-small"));
    assert_eq!(
        failures,
        "book/ch01-small.md:1: the workspace has no package ch02-small"
    );
}

#[test]
fn a_badge_of_an_error_holds_for_exactly_this_error() {
    let small = Small::new();
    let report = small.run(&listing("moved", "E0382"), Mode::Compare);
    assert!(report.is_clean(), "{}", report.told());
    assert_eq!(report.badges, 1);
    for (example, code, expected) in [
        (
            "moved",
            "E0308",
            "bears the badge “does not compile (E0308)”, but the compiler says E0382",
        ),
        ("twice", "E0382", "the compiler says E0308"),
        (
            "spelled",
            "E0382",
            "the compiler says an error without a code",
        ),
        ("greet", "E0382", "but it compiles"),
    ] {
        let failures = small.failures(&listing(example, code));
        assert!(
            failures.starts_with(&format!("book/ch01-small.md:1: the example {example} ")),
            "{failures}"
        );
        assert!(failures.contains(expected), "{failures}");
    }
}

#[test]
fn a_badge_holds_if_the_page_does_what_it_says() {
    let small = Small::new();
    let greet = "```console\n$ cargo run -q -p ch01-small --example greet\nhello\n```\n";
    let fail = "```console\n$ cargo run -q -p ch01-small --example fail\n? 3\n```\n";
    let page = listing("greet", "runs")
        + greet
        + &listing("fail", "fails")
        + fail
        + &listing("tested", "passes");
    let report = small.run(&page, Mode::Compare);
    assert!(report.is_clean(), "{}", report.told());
    assert_eq!((report.badges, report.blocks), (3, 2));

    for (page, expected) in [
        (
            listing("greet", "runs") + fail,
            "book/ch01-small.md:1: the example greet bears the badge “runs”, but no session of the page runs it",
        ),
        (
            listing("greet", "fails") + greet,
            "book/ch01-small.md:1: the example greet bears the badge “fails on purpose”, but no session of the page \
             shows a failure of it, with `? 1` or another status",
        ),
        (
            listing("greet", "passes"),
            "book/ch01-small.md:1: the example greet bears the badge “passes its tests”, but it has no test",
        ),
    ] {
        assert_eq!(small.failures(&page), expected);
    }
}

#[test]
fn what_is_built_is_started_with_its_own_words_and_cargo_is_asked_for_the_rest() {
    let page = "```console\n$ cargo run -q -p ch01-small --example told -- 'a  b' -- \"$HOME\"c '*'\na  b|--|[..]c|*, by cargo: false\n\
                $ cargo run -q --example=told --package ch01-small\n, by cargo: false\n\
                $ cargo run -q -p ch01-small --example told --offline -- a\na, by cargo: true\n```\n";
    assert_eq!(Small::new().failures(page), "");
}

#[test]
fn without_the_suite_no_promise_is_said_to_be_kept_or_broken() {
    for badge in ["keeps-P3", "breaks-P3"] {
        let failures = Small::new().failures(&listing("greet", badge));
        let expected =
            "what the page runs does not build: cargo build -p less-to-run-tests --bin promises";
        assert!(failures.contains(expected), "{failures}");
    }
}

#[test]
fn tests_that_fail_do_not_pass() {
    let small = Small::new();
    let wrong = EXAMPLES[2].1.replace("(1, 1)", "(1, 2)");
    write(
        &small.folder,
        "chapters-code/ch01-small/examples/tested.rs",
        &wrong,
    );
    let failures = small.failures(&listing("tested", "passes"));
    assert!(
        failures.contains("but its tests do not pass:"),
        "{failures}"
    );
    assert!(failures.contains("one_is_one"), "{failures}");
}

#[test]
fn what_does_not_build_is_a_failure_before_anything_is_run() {
    let small = Small::new();
    write(
        &small.folder,
        "chapters-code/ch01-small/examples/greet.rs",
        "fn main() { nothing }",
    );
    let failures =
        small.failures("```console\n$ cargo run -q -p ch01-small --example fail\n? 3\n```\n");
    assert!(
        failures.contains("what the page runs does not build: cargo build -p ch01-small"),
        "{failures}"
    );
    assert!(
        failures.contains("cannot find value `nothing`"),
        "{failures}"
    );
}

#[test]
fn cargo_works_on_the_workspace_from_the_pages_own_folder() {
    let small = Small::new();
    let page = "```console\n$ ls\n$ cargo test -q -p ch01-small --example tested\n...\n\
                test result: ok. 1 passed; [..]\n...\n$ cargo check -q -p ch01-small\n$ ls\n```\n";
    let report = small.run(page, Mode::Compare);
    assert!(report.is_clean(), "{}", report.told());
}

#[test]
fn a_page_that_speaks_of_infra_finds_a_copy_of_it() {
    let house = House::new();
    write(&house.folder, "infra/ch01-shop/shop.service", "[Service]\n");
    let page = "```console\n$ cat infra/ch01-shop/shop.service\n[Service]\n$ rm -r infra/ch01-shop && ls\ninfra\n```\n";
    assert_eq!(house.failures(page), "");
    assert!(
        house
            .folder
            .path()
            .join("infra/ch01-shop/shop.service")
            .exists()
    );
    assert_eq!(house.failures("```console\n$ ls\n```\n"), "");
}
