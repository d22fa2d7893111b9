//! Which crates are in a chapter's process.
//!
//! `cargo tree` says which, because it resolves features for one package alone; `cargo metadata`, which would switch on what any
//! member of the workspace asks for, only says where they are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, anyhow, ensure};
use book::ledger::ThirdParty;
use book::workspace::Workspace;
use cargo_metadata::{Metadata, MetadataCommand, Package};

use super::{bundled, lines};

/// All packages that the workspace knows.
pub struct Crates {
    root: PathBuf,
    metadata: Metadata,
}

/// What is compiled into one process.
#[derive(Debug, Clone)]
pub struct InProcess {
    /// Members of the workspace.
    pub ours: Vec<Member>,
    others: Vec<Other>,
}

/// A member of the workspace.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The features that it is compiled with.
    pub features: Features,
}

/// The features that a crate is compiled with.
pub type Features = BTreeSet<String>;

#[derive(Debug, Clone)]
struct Other {
    name: String,
    version: String,
    sources: PathBuf,
    /// C and assembler that is compiled with it.
    bundled: Vec<PathBuf>,
}

impl Crates {
    /// Reads what `cargo metadata` says of the workspace.
    ///
    /// # Errors
    ///
    /// When cargo fails.
    pub fn of(workspace: &Workspace) -> Result<Self> {
        let metadata = MetadataCommand::new()
            .manifest_path(workspace.root().join("Cargo.toml"))
            .other_options([
                "--locked".to_owned(),
                "--filter-platform".to_owned(),
                host()?,
            ])
            .exec()
            .context("cargo metadata")?;
        Ok(Self {
            root: workspace.root().to_owned(),
            metadata,
        })
    }

    /// The folder that cargo builds into.
    #[must_use]
    pub fn target(&self) -> PathBuf {
        self.metadata.target_directory.clone().into_std_path_buf()
    }

    /// What is compiled into the process of `package` on this machine: its normal dependencies with the features that it asks
    /// for, without procedural macros, build scripts and what only tests need. The standard library is not among them.
    ///
    /// # Errors
    ///
    /// When cargo fails, or names a package that its metadata does not know.
    pub fn in_process(&self, package: &str) -> Result<InProcess> {
        self.in_process_with(package, &[])
    }

    /// The same without the package's default features.
    ///
    /// # Errors
    ///
    /// As for [`Crates::in_process`].
    pub fn in_process_without_defaults(&self, package: &str) -> Result<InProcess> {
        self.in_process_with(package, &["--no-default-features"])
    }

    fn in_process_with(&self, package: &str, more: &[&str]) -> Result<InProcess> {
        let output = book::cargo::command()
            .args([
                "tree",
                "--locked",
                "--package",
                package,
                "--prefix",
                "none",
                "--no-dedupe",
            ])
            .args(["--edges", "normal,no-proc-macro", "--format", "{p}|{f}"])
            .args(more)
            .current_dir(&self.root)
            .output()
            .context("cargo tree cannot be started")?;
        let told = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "cargo tree --package {package}: {}",
            told.trim()
        );
        let listed = String::from_utf8(output.stdout).context("cargo tree")?;
        let listed: BTreeSet<Listed> = listed.lines().filter_map(Listed::read).collect();
        let mut all = InProcess {
            ours: Vec::new(),
            others: Vec::new(),
        };
        for Listed {
            name,
            version,
            features,
        } in listed
        {
            let package = self.package(name, version)?;
            if package.source.is_none() {
                let folder = package
                    .manifest_path
                    .parent()
                    .context("a manifest is in a folder")?;
                all.ours.push(Member {
                    name: name.to_owned(),
                    folder: folder.into(),
                    features: features.split(',').map(str::to_owned).collect(),
                });
            } else {
                all.others.push(Other {
                    name: name.to_owned(),
                    version: version.to_owned(),
                    sources: sources(package)?,
                    bundled: bundled::files(package)?,
                });
            }
        }
        Ok(all)
    }

    fn package(&self, name: &str, version: &str) -> Result<&Package> {
        let mut packages = self.metadata.packages.iter();
        let found = packages.find(|package| {
            package.name.as_str() == name && package.version.to_string() == version
        });
        found.ok_or_else(|| {
            anyhow!("cargo tree names {name} {version}, which cargo metadata does not know")
        })
    }
}

impl Member {
    /// Where its sources are.
    #[must_use]
    pub fn src(&self) -> PathBuf {
        self.folder.join("src")
    }
}

impl InProcess {
    /// The crates of others, counted.
    ///
    /// # Errors
    ///
    /// When their sources cannot be read.
    pub fn third_party(&self) -> Result<Vec<ThirdParty>> {
        let counted = self.others.iter().map(|other| {
            Ok(ThirdParty {
                name: other.name.clone(),
                version: other.version.clone(),
                lines: other.lines()?,
            })
        });
        counted.collect()
    }
}

/// What was counted, by where its sources are. Most crates are in many processes, and nobody writes to a registry's sources.
static LINES: Mutex<BTreeMap<PathBuf, u64>> = Mutex::new(BTreeMap::new());

impl Other {
    fn lines(&self) -> Result<u64> {
        let mut counted = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lines) = counted.get(&self.sources) {
            return Ok(*lines);
        }
        let mut lines = lines::of_rust(&self.sources)?;
        for file in &self.bundled {
            lines += lines::of_bundled(file)?;
        }
        counted.insert(self.sources.clone(), lines);
        Ok(lines)
    }
}

/// A line of `cargo tree`: `serde_json v1.0.154|default,std` and `book v0.1.0 (/a/path)|`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Listed<'a> {
    name: &'a str,
    version: &'a str,
    /// With commas between them.
    features: &'a str,
}

impl<'a> Listed<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (package, features) = line.rsplit_once('|')?;
        let mut words = package.split(' ');
        Some(Self {
            name: words.next().filter(|name| !name.is_empty())?,
            version: words.next()?.strip_prefix('v')?,
            features,
        })
    }
}

/// This machine, as `rustc` calls it. Crates for other platforms need not even be there.
fn host() -> Result<String> {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .context("rustc cannot be started")?;
    let text = String::from_utf8(output.stdout).context("rustc -vV")?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .context("rustc -vV does not name the host")
}

/// The folder that the library of a package is in, which is `src/` for nearly all.
fn sources(package: &Package) -> Result<PathBuf> {
    let library = package
        .targets
        .iter()
        .find(|target| target.is_lib() || target.is_rlib());
    let library = library.with_context(|| format!("{} has no library", package.name))?;
    let folder = library
        .src_path
        .parent()
        .context("a library is in a folder")?;
    Ok(folder.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_cargo_tree_is_read() {
        let read = |line| Listed::read(line).map(|read| (read.name, read.version, read.features));
        assert_eq!(
            read("itoa v1.0.19|default,std"),
            Some(("itoa", "1.0.19", "default,std"))
        );
        assert_eq!(read("book v0.1.0 (/a/b c)|"), Some(("book", "0.1.0", "")));
        assert_eq!(read(""), None);
    }
}
