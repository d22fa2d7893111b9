//! What surrounds a page's sessions: an empty current folder, a home of its own, and a `PATH` that holds nothing but
//! the allowed programs and a `cargo` that works on the workspace from there.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::{Context, Result};
use regex::Regex;
use tempfile::TempDir;

use super::built::Start;
use super::cargo::Cargo;
use super::lambda::{self, PORT_VARIABLE};
use super::ports::{DEFAULT, Ports};
use super::programs::{BUILT_IN, PROGRAMS};
use crate::whole::WHOLE;

/// The variable that tells the processes of a page from all others.
pub(super) const MARK: &str = "BOOK_PAGE";

/// The folder of what is typed.
pub(super) const TYPED: &str = "book-typed";

/// A page's sandbox. Its folders are removed when it is dropped.
#[derive(Debug)]
pub(super) struct Sandbox {
    folder: TempDir,
    /// Unlike that of any other sandbox of this machine.
    pub mark: String,
}

impl Sandbox {
    /// Makes the folders. `starts` is what cargo need not be asked for; `more` are programs besides the allowed ones, for the runner's own tests.
    pub fn new(cargo: &Cargo, starts: &[Start], more: &[(String, PathBuf)]) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("page-")
            .tempdir()
            .context("a page needs a temporary folder")?;
        let mark = format!("{}-{:016x}", std::process::id(), fastrand::u64(..));
        let sandbox = Self { folder, mark };
        for name in ["bin", "here", "home", "tmp", TYPED] {
            fs::create_dir(sandbox.path(name))?;
        }
        let bin = sandbox.path("bin");
        // Into a pipe curl holds back what it has received, and its errors overtake it; into a terminal it does not.
        fs::write(sandbox.path("home").join(".curlrc"), "no-buffer\n")?;
        // What the shell does itself is a program too where another program starts it, as `xargs` does.
        let names = PROGRAMS.iter().map(|program| &program.name).chain(BUILT_IN);
        for name in names {
            if let Some(path) = find(name) {
                symlink(path, bin.join(name))?;
            }
        }
        for (name, path) in more {
            symlink(path, bin.join(name))?;
        }
        fs::write(bin.join("cargo"), cargo.stand_in(starts))?;
        fs::set_permissions(bin.join("cargo"), fs::Permissions::from_mode(0o755))?;
        Ok(sandbox)
    }

    /// Puts where the reader stands what is typed there of the workspace, so that a page can show it to a program: copies of what the book
    /// deploys and of a chapter's events, and what `cargo lambda build` has made.
    pub fn bring(&self, cargo: &Cargo, typed: &[String]) -> Result<()> {
        static COPIED: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"chapters-code/[a-z0-9-]+/events\b|\binfra/").expect("a valid pattern")
        });
        let named = |text| COPIED.find_iter(text).map(|found| found.as_str());
        let named: BTreeSet<&str> = typed.iter().flat_map(|text| named(text)).collect();
        for name in named {
            let name = name.trim_end_matches('/');
            let to = self.path("here").join(name);
            fs::create_dir_all(to.parent().unwrap_or(&to))?;
            copy(&cargo.root.join(name), &to)
                .with_context(|| format!("{name}/ cannot be brought into a page"))?;
        }
        if typed.iter().any(|text| text.contains("target/lambda")) {
            let target = self.path("here").join("target");
            fs::create_dir(&target)?;
            symlink(cargo.target.join("lambda"), target.join("lambda"))?;
        }
        Ok(())
    }

    /// One of the sandbox's folders: `here` is where the reader stands, [`TYPED`] holds what they type.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The whole environment of what runs on the page, with the ports for programs that are not told another.
    pub fn environment(&self, ports: &Ports) -> Vec<(&'static str, OsString)> {
        let mut environment: Vec<(_, OsString)> = vec![
            ("PATH", self.path("bin").into()),
            ("HOME", self.path("home").into()),
            ("TMPDIR", self.path("tmp").into()),
            ("PWD", self.path("here").into()),
            ("PORT", ports.real(DEFAULT).to_string().into()),
            (PORT_VARIABLE, ports.real(lambda::PORT).to_string().into()),
            (MARK, self.mark.clone().into()),
            ("LANG", "C.UTF-8".into()),
            ("LC_ALL", "C.UTF-8".into()),
            ("TZ", "UTC".into()),
            ("TERM", "dumb".into()),
            ("NO_COLOR", "1".into()),
            ("CARGO_TERM_COLOR", "never".into()),
            ("CARGO_TERM_PROGRESS_WHEN", "never".into()),
        ];
        // What a page starts builds programs as its tests do.
        environment.extend(std::env::var_os(WHOLE).map(|value| (WHOLE, value)));
        environment
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// The shell that runs the sessions: `dash` where it is, because its words are the same on every system; else
/// `sh`.
pub(super) fn shell() -> PathBuf {
    find("dash")
        .or_else(|| find("sh"))
        .unwrap_or_else(|| "/bin/sh".into())
}

/// The first program of this name on our own `PATH`.
#[must_use]
pub(super) fn find(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_holds_the_allowed_programs_and_nothing_else() {
        let cargo = Cargo::of(Path::new("/nowhere"));
        let sandbox =
            Sandbox::new(&cargo, &[], &[("greeter".to_owned(), "/bin/true".into())]).unwrap();
        let mut names: Vec<_> = fs::read_dir(sandbox.path("bin"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert!(names.contains(&"curl".to_owned()) && names.contains(&"cargo".to_owned()));
        for name in &names {
            let known = PROGRAMS.iter().any(|program| program.name == name);
            assert!(
                known || BUILT_IN.contains(&name.as_str()) || name == "cargo" || name == "greeter",
                "{name}"
            );
        }
        assert_eq!(fs::read_dir(sandbox.path("here")).unwrap().count(), 0);
        let script = fs::read_to_string(sandbox.path("bin").join("cargo")).unwrap();
        assert!(script.contains("--manifest-path '/nowhere'/Cargo.toml"));
        let folder = sandbox.path("");
        drop(sandbox);
        assert!(!folder.exists());
    }
}
