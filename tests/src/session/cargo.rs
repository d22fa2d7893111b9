//! The `cargo` that a page finds: the real one, told where the workspace is.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::built::Start;
use super::lambda;
use super::sandbox::find;

/// Where `cargo` is to work.
#[derive(Debug, Clone)]
pub struct Cargo {
    /// The program itself.
    pub program: PathBuf,
    /// The workspace's folder.
    pub root: PathBuf,
    /// The target folder.
    pub target: PathBuf,
}

impl Cargo {
    /// The cargo that runs us or the first on `PATH`, for the workspace at `root`, with the target folder that
    /// `CARGO_TARGET_DIR` names or `target/`.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        let program = env::var_os("CARGO").map(PathBuf::from);
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
        Self {
            program: program
                .or_else(|| find("cargo"))
                .unwrap_or_else(|| "cargo".into()),
            root: root.to_owned(),
            target: root.join(target),
        }
    }

    /// The script that stands for `cargo` on a page: the same program, told where the workspace is. What it would find built it starts
    /// at once.
    pub(super) fn stand_in(&self, starts: &[Start]) -> String {
        let cases = |of_tests: bool| {
            let cases = starts.iter();
            let cases = cases.filter(move |start| start.folder.is_some() == of_tests);
            let cases = cases.map(case);
            std::iter::once("case \"$*\" in".to_owned()).chain(cases)
        };
        let environment = cargo_environment()
            .map(|(name, value)| format!("export {name}={}", quoted(&value.to_string_lossy())));
        let [cargo, root, target] = [&self.program, &self.root, &self.target]
            .map(|path| quoted(&path.display().to_string()));
        let begin = ["#!/bin/sh".to_owned()];
        let others = [
            "esac".to_owned(),
            // `book` asks, and has said where the workspace is.
            format!("if [ -n \"$BOOK_ROOT\" ]; then exec {cargo} \"$@\"; fi"),
        ];
        let lines = [
            "subcommand=$1".to_owned(),
            "shift".to_owned(),
            "if [ \"$subcommand\" = book ]; then".to_owned(),
            format!("  export BOOK_ROOT={root} CARGO=\"$0\""),
            format!("  exec {target}/debug/book \"$@\""),
            "fi".to_owned(),
        ];
        let last = [format!(
            "exec {cargo} \"$subcommand\" --manifest-path {root}/Cargo.toml \"$@\""
        )];
        let script: Vec<String> = begin
            .into_iter()
            .chain(cases(false))
            .chain(others)
            .chain(environment)
            .chain([format!("export CARGO={cargo} CARGO_TARGET_DIR={target}")])
            .chain(cases(true))
            .chain(["esac".to_owned()])
            .chain(lines)
            .chain(lambda::stand_in(&self.root))
            .chain(last)
            .collect();
        script.join("\n") + "\n"
    }
}

/// Starts what is built, with what a command says after `--`, or without one, where that is no option of cargo's.
fn case(start: &Start) -> String {
    let Start { words, skip, .. } = start;
    let told = start.told.iter().map(|word| format!(" {}", quoted(word)));
    let told: String = told.collect();
    let [words, file] = [words, &start.file.display().to_string()].map(|text| quoted(text));
    let cd = start.folder.as_ref().map_or_else(String::new, |folder| {
        format!("cd {} && ", quoted(&folder.display().to_string()))
    });
    let with_more = format!("{cd}exec {file}{told} \"$@\";;");
    let mut lines = vec![
        format!("  {words}) {cd}exec {file}{told};;"),
        format!("  {words}' -- '*) shift {}; {with_more}", skip + 1),
    ];
    if start.folder.is_none() {
        lines.push(format!("  {words}' '[!-]*) shift {skip}; {with_more}"));
    }
    lines.join("\n")
}

/// What cargo has to know of our environment, so that it finds what is built already.
fn cargo_environment() -> impl Iterator<Item = (String, OsString)> {
    const NAMES: [&str; 7] = [
        "PATH",
        "RUSTFLAGS",
        "RUSTC",
        "RUSTC_WRAPPER",
        "CARGO_HOME",
        "RUSTUP_HOME",
        "RUSTUP_TOOLCHAIN",
    ];
    let home = env::home_dir().unwrap_or_default();
    let defaults = [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")]
        .map(|(name, folder)| (name.to_owned(), home.join(folder).into_os_string()));
    let is_wanted = |name: &str| {
        NAMES.contains(&name)
            || [
                "CARGO_BUILD_",
                "CARGO_PROFILE_",
                "CARGO_TARGET_",
                "CARGO_NET_",
                "CARGO_HTTP_",
                "CARGO_INCREMENTAL",
            ]
            .iter()
            .any(|prefix| name.starts_with(prefix))
    };
    let ours = env::vars_os().filter_map(move |(name, value)| {
        let name = name.into_string().ok()?;
        is_wanted(&name).then_some((name, value))
    });
    defaults.into_iter().chain(ours)
}

/// `text` as one word of a shell.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_a_quote_is_one_word() {
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }
}
