//! All tests of the workspace, or those of some chapters. They are built first; then test programs run two at a time,
//! because most of them wait more than they work.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Instant;

use anyhow::Result;

use super::chapters::Chapters;
use super::count::{Count, END, Outcome};
use crate::cargo::WHOLE;
use crate::cli::process;
use crate::workspace::Workspace;

/// The test programs that take long, each in a run of cargo of its own, in the order in which they are started: the longest
/// first, so that none is left over at the end.
const ORDER: [&str; 11] = [
    "promises",
    "lambda",
    "schemathesis",
    "pages",
    "browser",
    OTHERS,
    "ledger",
    "wrong_shops",
    "engine",
    "trouble",
    DOCTESTS,
];

/// All test programs that are not named in [`ORDER`], in one run.
const OTHERS: &str = "others";

/// The examples in what is said of the code, in one run.
const DOCTESTS: &str = "doctests";

/// The promise that is kept within two seconds or is broken, and its program: nothing runs beside it.
const ALONE: (&str, &str) = ("promises", "::P5");

/// How many test programs run at a time. Each runs some of its tests beside one another.
const AT_A_TIME: usize = 2;

/// Builds and runs them all. The status is that of cargo if they cannot be built.
pub(super) fn test(workspace: &Workspace) -> Result<Outcome> {
    in_turn(workspace, &[], |targets| {
        let runners = ORDER.map(|program| match program {
            OTHERS => Runner::others(targets),
            DOCTESTS => Runner::new(DOCTESTS, &["--doc"]),
            _ if program == ALONE.0 => besides_alone(&[]),
            _ => Runner::new(program, &["--test", program]),
        });
        runners.into()
    })
}

/// The same for what is of these chapters: their promises, their pages, and what is tested in their crates. The tools' code
/// has short tests too, which cargo does not tell from theirs. The examples in what is said of the code are run by [`test`]
/// alone.
pub(super) fn chapters(workspace: &Workspace, chapters: Chapters) -> Result<Outcome> {
    let skip = chapters.skip(workspace)?;
    let skip: Vec<&str> = skip.iter().map(String::as_str).collect();
    in_turn(workspace, &skip, |targets| {
        vec![
            besides_alone(&skip),
            Runner::new("pages", &[&["--test", "pages", "--"], &skip[..]].concat()),
            Runner::crates(targets, chapters),
        ]
    })
}

/// What [`ALONE`] leaves of its program.
fn besides_alone(more: &[&str]) -> Runner {
    let (program, name) = ALONE;
    let words = ["--test", program, "--", "--skip", name];
    Runner::new(program, &[&words[..], more].concat())
}

/// Builds all tests, and runs first what must be alone, with `more` said to it, and then the others.
fn in_turn(
    workspace: &Workspace,
    more: &[&str],
    others: impl FnOnce(&BTreeSet<Target>) -> Vec<Runner>,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    println!("[1/3] the tests are built");
    let (targets, status) = build(workspace)?;
    if !status.success() {
        outcome.add(&Count::default(), status);
        return Ok(outcome);
    }
    println!("[2/3] what must be alone on this machine");
    let (program, name) = ALONE;
    let alone = [&["--test", program, "--", name][..], more].concat();
    let alone = Runner::new(program, &alone);
    if run(workspace, &mut outcome, vec![alone])? {
        return Ok(outcome);
    }
    println!("[3/3] all other tests, {AT_A_TIME} programs at a time");
    run(workspace, &mut outcome, others(&targets))?;
    Ok(outcome)
}

/// A test that cargo has built.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Target {
    /// The folder of its package, which bears the package's name where that is a chapter's.
    package: String,
    kind: String,
    name: String,
}

impl Target {
    /// Reads a line of `cargo test --no-run --message-format json`.
    fn read(line: &str) -> Option<Self> {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let is_test = message["profile"]["test"].as_bool()? && message["executable"].is_string();
        let word = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let target = &message["target"];
        let manifest = Path::new(message["manifest_path"].as_str()?);
        let folder = manifest.parent()?.file_name()?;
        is_test.then_some(Self {
            package: folder.to_str()?.to_owned(),
            kind: word(&target["kind"][0])?,
            name: word(&target["name"])?,
        })
    }

    /// Whether it has a run of its own.
    fn is_long(&self) -> bool {
        self.kind == "test" && ORDER.contains(&self.name.as_str())
    }
}

fn build(workspace: &Workspace) -> Result<(BTreeSet<Target>, ExitStatus)> {
    let cargo = cargo(
        workspace,
        &["--no-run", "--message-format", "json-render-diagnostics"],
    );
    let mut targets = BTreeSet::new();
    let mut find = |line: &str| targets.extend(Target::read(line));
    let status = process::finish(cargo, Some(&mut find))?;
    Ok((targets, status))
}

/// All packages are named always: which features of other people's crates are built depends on it.
fn cargo(workspace: &Workspace, words: &[impl AsRef<OsStr>]) -> Command {
    let mut cargo = process::cargo(workspace);
    cargo.args(["test", "--workspace", "--no-fail-fast"]);
    cargo.args(words);
    cargo.env("BOOK_ROOT", workspace.root());
    cargo.env(WHOLE, "1");
    cargo
}

/// Runs them, and says whether somebody has stopped them.
fn run(workspace: &Workspace, outcome: &mut Outcome, runners: Vec<Runner>) -> Result<bool> {
    let commands = runners
        .iter()
        .map(|runner| cargo(workspace, &runner.words))
        .collect();
    let state = RefCell::new((runners, outcome));
    let line = |place: usize, line: &str| {
        let (runners, _) = &mut *state.borrow_mut();
        for line in runners[place].read(line) {
            println!("{line}");
        }
    };
    let end = |place: usize, status: ExitStatus| {
        let (runners, outcome) = &mut *state.borrow_mut();
        for line in runners[place].end(status, outcome) {
            println!("{line}");
        }
    };
    process::finish_all(commands, AT_A_TIME, line, end)
}

/// One run of `cargo test`. What it prints is shown line by line, with its name before it, because another prints meanwhile.
struct Runner {
    name: String,
    words: Vec<String>,
    started: Option<Instant>,
    count: Count,
    /// What it tells of its failures, which is shown at once.
    held: Option<Vec<String>>,
}

impl Runner {
    fn new(name: &str, words: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            words: words.iter().map(ToString::to_string).collect(),
            started: None,
            count: Count::default(),
            held: None,
        }
    }

    /// See [`OTHERS`].
    fn others(targets: &BTreeSet<Target>) -> Self {
        Self::of(OTHERS, targets.iter().filter(|target| !target.is_long()))
    }

    /// The tests in the crates of these chapters.
    fn crates(targets: &BTreeSet<Target>, chapters: Chapters) -> Self {
        let theirs = targets.iter();
        Self::of(
            "crates",
            theirs.filter(|target| chapters.hold(&target.package)),
        )
    }

    fn of<'a>(name: &str, targets: impl Iterator<Item = &'a Target>) -> Self {
        let mut words = vec!["--lib", "--bins"];
        for Target { kind, name, .. } in targets {
            match kind.as_str() {
                "test" => words.extend(["--test", name]),
                "example" => words.extend(["--example", name]),
                // Libraries and programs are chosen already.
                _ => {}
            }
        }
        Self::new(name, &words)
    }

    /// Takes what it has printed, and gives what is to be shown now.
    fn read(&mut self, line: &str) -> Vec<String> {
        self.started.get_or_insert_with(Instant::now);
        self.count.read(line);
        if line == "failures:" {
            self.held.get_or_insert_default();
        }
        let shown = format!("{:>11} | {line}", self.name);
        let Some(held) = &mut self.held else {
            let is_empty = line.trim().is_empty();
            return if is_empty { Vec::new() } else { vec![shown] };
        };
        held.push(shown);
        let is_over = line.starts_with(END);
        self.held.take_if(|_| is_over).unwrap_or_default()
    }

    /// Adds what came of it, and gives what is to be shown at its end.
    fn end(&mut self, status: ExitStatus, outcome: &mut Outcome) -> Vec<String> {
        let mut shown = self.held.take().unwrap_or_default();
        let seconds = self
            .started
            .map_or(0, |started| started.elapsed().as_secs());
        let how = match outcome.add(&self.count, status) {
            Some(why) => format!("error: {why}"),
            None if status.success() => "done".to_owned(),
            None => format!("error: {status}"),
        };
        shown.push(format!("{:>11} | {how}, after {seconds} s", self.name));
        shown
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn tests_that_cargo_has_built_are_found() {
        let read = |target: &str| {
            let line = format!(
                r#"{{"manifest_path":"/book/tests/Cargo.toml","reason":"compiler-artifact",{target}}}"#
            );
            Target::read(&line).map(|target| {
                let Target {
                    package,
                    kind,
                    name,
                } = target;
                format!("{package} {kind} {name}")
            })
        };
        let target =
            r#""target":{"kind":["test"],"name":"pages"},"executable":"target/debug/deps/pages-1""#;
        let of_profile = |test: bool| read(&format!(r#"{target},"profile":{{"test":{test}}}"#));
        assert_eq!(of_profile(true).as_deref(), Some("tests test pages"));
        assert_eq!(of_profile(false), None);
        let library =
            r#""target":{"kind":["lib"],"name":"book"},"executable":null,"profile":{"test":true}"#;
        assert_eq!(read(library), None);
        assert_eq!(Target::read("   Compiling book"), None);
    }

    #[test]
    fn whatever_is_not_in_the_order_is_run_with_the_others() {
        let target = |package: &str, kind: &str, name: &str| Target {
            package: package.to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
        };
        let targets = BTreeSet::from([
            target("book", "bin", "book"),
            target("ch03-platform", "example", "exercise_retries"),
            target("ch03-platform", "test", "program"),
            target("ch04-functions", "test", "host"),
            target("book", "lib", "book"),
            target("event-store", "test", "conformance"),
            target("tests", "test", "house"),
            target("tests", "test", "pages"),
        ]);
        let words = Runner::others(&targets).words.join(" ");
        assert_eq!(
            words,
            "--lib --bins --example exercise_retries --test program --test host --test conformance --test house"
        );
        let chapters = "1-3".parse().unwrap();
        let words = Runner::crates(&targets, chapters).words.join(" ");
        assert_eq!(
            words,
            "--lib --bins --example exercise_retries --test program"
        );
        let chapters = "8-11".parse().unwrap();
        let words = Runner::crates(&targets, chapters).words.join(" ");
        assert_eq!(words, "--lib --bins --test conformance");
    }

    #[test]
    fn the_failures_of_a_runner_stay_together() {
        let mut runner = Runner::new("pages", &[]);
        let mut read = |line| runner.read(line).join("\n");
        assert_eq!(read("test ch01 ... ok"), "      pages | test ch01 ... ok");
        for line in [
            "",
            "failures:",
            "",
            "---- ch02 ----",
            "test of another kind",
        ] {
            assert_eq!(read(line), "");
        }
        let end = read("test result: FAILED. 1 passed; 1 failed; 0 ignored");
        let lines: Vec<&str> = end.lines().collect();
        assert_eq!(lines.len(), 5, "{end}");
        assert_eq!(lines[2], "      pages | ---- ch02 ----");
        assert_eq!(
            read("Running tests/x.rs"),
            "      pages | Running tests/x.rs"
        );
        assert_eq!(read("failures:"), "");
        let mut outcome = Outcome::default();
        let end = runner.end(ExitStatus::from_raw(101 << 8), &mut outcome);
        assert_eq!(
            end,
            [
                "      pages | failures:",
                "      pages | error: exit status: 101, after 0 s"
            ]
        );
        assert_eq!(
            outcome.verdict(0),
            "Something is broken: 1 passed, 1 failed, 0 ignored, in 0 s."
        );
    }
}
