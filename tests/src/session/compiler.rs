//! Examples that must not compile, and what the compiler says of them.

use std::io::Cursor;
use std::process::Command;

use anyhow::{Context, Result, bail};
use cargo_metadata::Message;
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};

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

/// Compiles an example of a package, as far as the compiler goes.
///
/// # Errors
///
/// When cargo cannot be run, or something else than the example does not compile.
pub(super) fn ask(cargo: &Cargo, package: &str, example: &str) -> Result<Verdict> {
    let mut command = Command::new(&cargo.program);
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
        self.rendered.extend(rendered.lines().map(str::to_owned));
    }
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
