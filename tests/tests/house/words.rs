//! What stands in the files of the repository: commands that exist, and no place but the book's own.

use std::fs;
use std::sync::LazyLock;

use anyhow::Result;
use clap::error::ErrorKind;
use ignore::WalkBuilder;
use less_to_run_tests::programs;
use regex::Regex;

use crate::none;

#[test]
fn every_command_that_is_written_down_exists() -> Result<()> {
    let mut problems = Vec::new();
    let mut commands = 0;
    for (name, text) in files()? {
        let prose = name.starts_with("book/") || !name.contains('/') || name.starts_with('.');
        if prose {
            let (count, found) = unknown_commands(&name, &text);
            commands += count;
            problems.extend(found);
        }
    }
    assert!(commands > 0, "no command was found");
    none(&problems)
}

#[test]
fn a_command_that_does_not_exist_is_found() {
    let text = "`cargo book`\n$ cargo book bild\nand `cargo book test N --pages`, `cargo book run 1 --port 81`.";
    let (count, found) = unknown_commands("README.md", text);
    assert_eq!(count, 4);
    assert_eq!(
        found,
        [
            "README.md:2: there is no `cargo book bild`",
            "README.md:3: there is no `cargo book test N --pages`",
        ]
    );
}

#[test]
fn no_file_names_a_machine() -> Result<()> {
    let mut problems = Vec::new();
    let mut count = 0;
    for (name, text) in files()? {
        count += 1;
        problems.extend(machines(&name, &text));
    }
    assert!(count > 20, "{count} files are not the repository");
    none(&problems)
}

#[test]
fn each_kind_of_machine_is_found() {
    let text = [
        concat!("/ho", "me/ada/book is hers"),
        "http://127.0.0.1:8080 is everybody's, and so is https://doc.rust-lang.org/std/",
        concat!("from http:", "//10.0.0.7:3128/simple"),
        concat!("https:", "//crates.internal/index"),
    ]
    .join("\n");
    assert_eq!(
        machines("a.md", &text),
        [
            concat!("a.md:1: /ho", "me/ada is a place on one machine"),
            concat!("a.md:3: http:", "//10.0.0.7 is a host of one network"),
            concat!(
                "a.md:4: https://crates.",
                "internal is a host of one network"
            ),
        ]
    );
    let lock = concat!("\"resolved\": \"https://np", "m.example.com/x.tgz\"");
    assert_eq!(machines("package-lock.json", lock).len(), 1);
    let lock = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    assert!(machines("Cargo.lock", lock).is_empty());
}

/// Every text file that belongs to the repository, by its path below the root.
fn files() -> Result<Vec<(String, String)>> {
    let root = programs::root();
    let mut files = Vec::new();
    let walk = WalkBuilder::new(&root)
        .hidden(false)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    for entry in walk {
        let path = entry?.into_path();
        if let Ok(text) = fs::read_to_string(&path) {
            let name = path.strip_prefix(&root)?.to_string_lossy().into_owned();
            files.push((name, text));
        }
    }
    Ok(files)
}

/// How many commands there are in a text, and which of them are not.
fn unknown_commands(file: &str, text: &str) -> (usize, Vec<String>) {
    // Up to where a shell or Markdown would end it.
    static COMMAND: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"cargo book\b([^\n`"|;&<>()#.,:*]*)"#).expect("a pattern"));
    let (mut count, mut problems) = (0, Vec::new());
    for (line, content) in (1..).zip(text.lines()) {
        // In prose, words go on after a command; only one that stands as code is taken at its word.
        for found in COMMAND.captures_iter(content) {
            let start = found.get(0).map_or(0, |all| all.start());
            let before = content[..start].trim_end_matches("./");
            let code = before.is_empty() || before.ends_with(['`', '"']) || before.ends_with("$ ");
            if !code {
                continue;
            }
            count += 1;
            let words = found[1].split_whitespace();
            let line_of = ["cargo book"].into_iter().chain(words);
            let parsed = book::cli::command().try_get_matches_from(line_of);
            if let Err(error) = parsed
                && matches!(
                    error.kind(),
                    ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand
                )
            {
                let command = found[0].trim();
                problems.push(format!("{file}:{line}: there is no `{command}`"));
            }
        }
    }
    (count, problems)
}

/// Places that only one machine or one network has.
fn machines(file: &str, text: &str) -> Vec<String> {
    static HOME: LazyLock<Regex> = LazyLock::new(|| {
        // Taken apart, so that this file does not name one.
        Regex::new(concat!(
            "/(?:ro",
            "ot|wo",
            "rk)/[\\w.-]+|/(?:ho",
            "me|Us",
            "ers)/[\\w.-]+"
        ))
        .expect("a pattern")
    });
    static HOST: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"https?://([A-Za-z0-9.-]+|\[[0-9a-f:]+\])").expect("a pattern")
    });
    let mut problems = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        for found in HOME.find_iter(content) {
            problems.push(format!(
                "{file}:{line}: {} is a place on one machine",
                found.as_str()
            ));
        }
        for found in HOST.captures_iter(content) {
            if !everybodys(file, &found[1]) {
                problems.push(format!(
                    "{file}:{line}: {} is a host of one network",
                    &found[0]
                ));
            }
        }
    }
    problems
}

/// Whether everybody can reach the host. Lock files, from which programs are brought, may name their
/// registries only.
fn everybodys(file: &str, host: &str) -> bool {
    // One of dots alone stands in a pattern.
    let dotted = host.chars().all(|c| c.is_ascii_digit() || c == '.');
    let number = host.starts_with('[') || (dotted && host != ".");
    let private = [".internal", ".corp", ".lan", ".local", ".home.arpa"];
    if file.ends_with("package-lock.json") {
        // Others stand there as homes and funds of packages, which npm does not fetch.
        return host == "registry.npmjs.org" || !host.starts_with("npm");
    }
    if file.ends_with("Cargo.lock") {
        return host == "github.com";
    }
    match host {
        "127.0.0.1" | "0.0.0.0" | "[::1]" => true,
        _ => !number && !private.iter().any(|end| host.ends_with(end)),
    }
}
