//! Examples that must not compile, and what the compiler says of them.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use book::cargo::untold;
use cargo_metadata::Message;
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use regex::Regex;

use super::cargo::Cargo;

/// The feature that keeps examples out of the build that must not compile.
const FEATURE: &str = "does-not-compile";

/// What the compiler says of an example.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// The codes of its errors, in order; empty where an error has none.
    pub codes: Vec<String>,
    /// Its errors as the compiler renders them, with paths from the root of the workspace.
    pub rendered: Vec<String>,
}

impl Verdict {
    /// Whether there is an error, and every error has this code.
    pub fn is_exactly(&self, code: &str) -> bool {
        !self.codes.is_empty() && self.codes.iter().all(|other| other == code)
    }

    /// The codes, for a person.
    pub fn told(&self) -> String {
        match self.codes.as_slice() {
            [] => "it compiles".to_owned(),
            codes => {
                let codes: Vec<&str> = codes
                    .iter()
                    .map(|code| {
                        if code.is_empty() {
                            "an error without a code"
                        } else {
                            code
                        }
                    })
                    .collect();
                format!("the compiler says {}", codes.join(", "))
            }
        }
    }
}

/// Asks the compiler about each example once, though a page has both its message and its badge.
#[derive(Debug, Default)]
pub(super) struct Compiler {
    verdicts: Mutex<BTreeMap<(String, String), Arc<Verdict>>>,
}

impl Compiler {
    /// What the compiler says of an example of a package.
    ///
    /// # Errors
    ///
    /// When cargo cannot be run, or something else than the example does not compile.
    pub fn ask(&self, cargo: &Cargo, package: &str, example: &str) -> Result<Arc<Verdict>> {
        let key = (package.to_owned(), example.to_owned());
        let mut verdicts = self.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verdict) = verdicts.get(&key) {
            return Ok(Arc::clone(verdict));
        }
        let verdict = Arc::new(ask(cargo, package, example)?);
        verdicts.insert(key, Arc::clone(&verdict));
        Ok(verdict)
    }
}

/// Compiles an example of a package, as far as the compiler goes.
fn ask(cargo: &Cargo, package: &str, example: &str) -> Result<Verdict> {
    let mut command = untold(Command::new(&cargo.program));
    command
        .current_dir(&cargo.root)
        .env("CARGO_TARGET_DIR", &cargo.target)
        .args([
            "check",
            "--message-format=json",
            "-p",
            package,
            "--example",
            example,
        ]);
    if has_feature(cargo, package)? {
        command.args(["--features", FEATURE]);
    }
    let output = command.output().context("cargo cannot be run")?;
    let mut verdict = Verdict::default();
    for message in Message::parse_stream(Cursor::new(&output.stdout)) {
        let Message::CompilerMessage(message) = message? else {
            continue;
        };
        // "aborting due to 2 previous errors" is not about any place.
        let is_error =
            message.message.level == DiagnosticLevel::Error && !message.message.spans.is_empty();
        if !is_error {
            continue;
        }
        if message.target.name != example {
            bail!(
                "{} itself does not compile:\n{}",
                message.target.name,
                message.message
            );
        }
        verdict.add(&message.message);
    }
    if !output.status.success() && verdict.codes.is_empty() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(verdict)
}

impl Verdict {
    fn add(&mut self, error: &Diagnostic) {
        let code = error.code.as_ref().map(|code| code.code.clone());
        self.codes.push(code.unwrap_or_default());
        let rendered = error.rendered.as_deref().unwrap_or_default().trim_end();
        if !self.rendered.is_empty() {
            self.rendered.push(String::new());
        }
        self.rendered.extend(without_machine(rendered));
    }
}

/// The message without what differs between machines: where the standard library's source lies, and the lines of it that
/// are shown only where it is installed.
fn without_machine(rendered: &str) -> Vec<String> {
    static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?<arrow> *(?:-->|:::) )/.*(?<file>/library/[^:]+):[0-9:]+$")
            .expect("a valid pattern")
    });
    static SOURCE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^ *[0-9]* *(?:\||\.\.\.)").expect("a valid pattern"));
    let mut lines = Vec::new();
    let mut is_elsewhere = false;
    for line in rendered.lines() {
        if let Some(found) = ELSEWHERE.captures(line) {
            is_elsewhere = true;
            lines.push(format!(
                "{}/rustc/[..]{}:[..]",
                &found["arrow"], &found["file"]
            ));
        } else if !(is_elsewhere && SOURCE.is_match(line)) {
            is_elsewhere = false;
            lines.push(line.to_owned());
        }
    }
    lines
}

fn has_feature(cargo: &Cargo, package: &str) -> Result<bool> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .cargo_path(&cargo.program)
        .manifest_path(cargo.root.join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()?;
    let Some(package) = metadata
        .packages
        .iter()
        .find(|other| other.name.as_str() == package)
    else {
        bail!("the workspace has no package {package}");
    };
    Ok(package.features.contains_key(FEATURE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_library_lies_elsewhere_on_every_machine() {
        let expected = [
            "error[E0277]: no",
            "  --> src/a.rs:1:2",
            "   |",
            "1  | a",
            "note: required by a bound",
            "  --> /rustc/[..]/library/std/src/thread/scoped.rs:[..]",
            "   = help: yes",
        ];
        let [head, tail] = [
            "error[E0277]: no\n  --> src/a.rs:1:2\n   |\n1  | a\nnote: required by a bound\n",
            "   = help: yes",
        ];
        for place in [
            "  --> /rustc/59807616e1fa/library/std/src/thread/scoped.rs:201:4\n",
            "  --> /opt/.rustup/toolchains/b/lib/rustlib/src/rust/library/std/src/thread/scoped.rs:9:4\n   |\n9  |     F: Send\n   |        ^^^^\n...\n",
        ] {
            assert_eq!(without_machine(&format!("{head}{place}{tail}")), expected);
        }
    }
}
