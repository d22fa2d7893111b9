//! `cargo lambda` on a page: the pinned one, told where the workspace is and which port stands behind the page's.
//!
//! What a function is made of is built before the page runs, and so is what `cargo lambda build` makes.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cargo::{Cargo, quoted};

/// The port on which `cargo lambda watch` listens, and which `cargo lambda invoke` asks, if they are not told another.
pub const PORT: u16 = 9000;

/// The variable that tells the stand-in for `cargo` which port is behind [`PORT`].
pub(super) const PORT_VARIABLE: &str = "BOOK_LAMBDA_PORT";

/// What a page may ask of `cargo lambda`, and why.
pub const LAMBDA: &[(&str, &str)] = &[
    ("build", "compiles functions for AWS Lambda"),
    ("invoke", "gives an event to a function"),
    ("watch", "starts functions as AWS Lambda does"),
];

/// Where the pinned program is; a page's own `PATH` has none.
pub(super) fn program(root: &Path) -> PathBuf {
    folder(root).join("cargo-lambda")
}

fn folder(root: &Path) -> PathBuf {
    root.join("target/tools/cargo-lambda/bin")
}

/// Whether these words of cargo's need it.
#[must_use]
pub fn is_asked(words: &[String]) -> bool {
    words.first().is_some_and(|word| word == "lambda")
}

/// Whether a page may say these words, which follow `cargo lambda`.
pub(super) fn check(words: &[String]) -> Result<(), String> {
    let asked = words.first().map_or("", String::as_str);
    let own = || words.iter().take_while(|word| *word != "--");
    let has = |names: &[&str]| own().find(|word| names.contains(&name(word)));
    let refused = match asked {
        "invoke" => has(&["--remote", "-R", "-P"]),
        "watch" => has(&["--release", "-r", "-P"]),
        _ => None,
    };
    if let Some(refused) = refused {
        let why = match refused.as_str() {
            "-P" => "is read by nobody; `--invoke-port` is",
            "--release" | "-r" => "waits for a compiler; `cargo lambda build` is made beforehand",
            _ => "needs an account",
        };
        return Err(format!("`{refused}` of `cargo lambda {asked}` {why}"));
    }
    if asked == "build" && has(&["--release"]).is_none() {
        return Err(
            "`cargo lambda build` needs `--release` on a page: what is deployed is optimized"
                .to_owned(),
        );
    }
    Ok(())
}

/// An option without its value.
fn name(word: &str) -> &str {
    word.split('=').next().unwrap_or_default()
}

/// The command for words that begin with `lambda`, run at the root.
pub(super) fn command(cargo: &Cargo, words: &[&str]) -> Command {
    let mut command = Command::new(program(&cargo.root));
    command
        .env("PATH", path(&cargo.root))
        .env("CARGO", &cargo.program)
        .args(words);
    command
}

/// Our own `PATH`, and on it the Python that has the linker for other systems.
#[must_use]
pub fn path(root: &Path) -> String {
    let path = env::var("PATH").unwrap_or_default();
    format!("{}:{path}", folder(root).display())
}

/// What the stand-in for `cargo` does with these words. What is watched is built, and nothing is started anew because somebody writes below the
/// root. The linker's own files are where they are for a reader: elsewhere it would be another linker, and all be built again.
pub(super) fn stand_in(root: &Path) -> Vec<String> {
    let home = env::home_dir().unwrap_or_default();
    let [program, path, home] = [
        program(root).display().to_string(),
        path(root),
        home.display().to_string(),
    ]
    .map(|text| quoted(&text));
    let manifest = quoted(&root.join("Cargo.toml").display().to_string());
    let unless = |options: &[&str], said: &str| {
        let options: Vec<String> = options
            .iter()
            .map(|option| format!("*' {option}'[\\ =]*"))
            .collect();
        let options = options.join("|");
        format!("case \" $* \" in {options}) ;; *) set -- {said} \"$@\";; esac")
    };
    let port = unless(
        &["--invoke-port"],
        &format!("--invoke-port \"${PORT_VARIABLE}\""),
    );
    let quiet = unless(&["-q", "--quiet"], "-q");
    let calm = unless(&["--ignore-changes", "--no-reload"], "--ignore-changes");
    vec![
        "if [ \"$subcommand\" = lambda ]; then".to_owned(),
        "  subcommand=$1".to_owned(),
        "  shift".to_owned(),
        "  case \"$subcommand\" in".to_owned(),
        format!("  watch|invoke) {port};;"),
        "  esac".to_owned(),
        "  case \"$subcommand\" in".to_owned(),
        format!("  watch) {quiet}; {calm}; set -- --manifest-path {manifest} \"$@\";;"),
        format!(
            "  build) export HOME={home} PATH={path}; set -- --manifest-path {manifest} \"$@\";;"
        ),
        "  esac".to_owned(),
        format!("  exec {program} lambda \"$subcommand\" \"$@\""),
        "fi".to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::programs;

    #[test]
    fn cargo_lambda_may_do_what_needs_no_account() {
        for text in [
            "cargo lambda watch -q -p ch05-lambda --ignore-changes",
            "_HANDLER=shop cargo lambda watch -q --package ch05-lambda --invoke-port 9001",
            "cargo lambda build -q --release -p ch05-lambda",
            "cargo lambda invoke lambda-counter --data-file events/list.json",
        ] {
            assert!(programs::check(text, &[]).is_ok(), "{text}");
        }
        for (text, expected) in [
            (
                "cargo lambda deploy",
                "`cargo lambda` with `deploy` is not for a page to run; build, invoke, watch are",
            ),
            (
                "cargo lambda invoke --remote x",
                "`--remote` of `cargo lambda invoke` needs an account",
            ),
            (
                "cargo lambda invoke -P 9001 x",
                "`-P` of `cargo lambda invoke` is read by nobody",
            ),
            (
                "cargo lambda build --release -p ch05-lambda",
                "`cargo lambda` needs `-q` on a page",
            ),
            (
                "cargo lambda watch -q --release -p x",
                "`--release` of `cargo lambda watch` waits for a compiler",
            ),
            (
                "cargo lambda build -q -p x",
                "`cargo lambda build` needs `--release` on a page",
            ),
            (
                "cargo lambda build -q --release --target-dir x -p x",
                "`--target-dir` is for the runner",
            ),
        ] {
            let refusal = programs::check(text, &[]).unwrap_err();
            assert!(refusal.starts_with(expected), "{text}: {refusal}");
        }
    }
}
