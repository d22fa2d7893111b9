//! Starting cargo from a program that cargo may have started.

use std::env;
use std::ffi::{OsStr, OsString};
use std::process::Command;

/// The cargo that runs this program, or else the one on the `PATH`.
#[must_use]
pub fn program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// What `cargo book test` sets to `1` when it tests the whole workspace.
pub const WHOLE: &str = "BOOK_WHOLE";

/// The words after `cargo build` that choose all programs of the workspace. With the examples, so that what tests need of a crate is
/// built into it here as well, and most is there already when the tests are built.
pub const ALL_PROGRAMS: [&str; 3] = ["--workspace", "--bins", "--examples"];

/// Whether the whole workspace is tested: then its programs are built at once.
#[must_use]
pub fn is_whole() -> bool {
    env::var_os(WHOLE).is_some_and(|value| value == "1")
}

/// A command of [`program`], see [`untold`].
#[must_use]
pub fn command() -> Command {
    untold(Command::new(program()))
}

/// The same command without what cargo tells the programs that it starts about their packages. Some build scripts (that of `ring` is one)
/// ask to be run again when such a variable has changed, and a build from a shell and one from a test would undo each other.
#[must_use]
pub fn untold(mut command: Command) -> Command {
    for (name, _) in env::vars_os() {
        if is_told(&name) {
            command.env_remove(name);
        }
    }
    command
}

/// Whether cargo sets this variable for a program that it runs
/// (<https://doc.rust-lang.org/cargo/reference/environment-variables.html>).
fn is_told(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_BIN_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || ["CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "OUT_DIR"].contains(&name.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cargo_below_cargo_is_told_nothing_of_our_package() {
        let removed: Vec<_> = command()
            .get_envs()
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| name.to_owned())
            .collect();
        // This test was started by cargo, which has told it.
        assert!(
            removed.iter().any(|name| name == "CARGO_MANIFEST_DIR"),
            "{removed:?}"
        );
        assert!(
            removed
                .iter()
                .all(|name| name != "CARGO_HOME" && name != "CARGO_TARGET_DIR")
        );
    }
}
