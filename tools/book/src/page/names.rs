//! Names in inline code: paths, crates, `Type::method` and `cargo book` commands of this workspace must exist.
//!
//! Something that only looks like one (a file of somebody else's) is written as `<code>`, which is not looked at.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use super::files::Files;
use super::index::Index;
use super::source::display;
use crate::nearest::{nearest, or_nearest};

/// What the names on a page are looked up in.
pub(super) struct Names<'a> {
    pub(super) files: &'a Files,
    pub(super) index: &'a Index,
    pub(super) commands: &'a clap::Command,
}

/// The folders that a page speaks of besides the root: its chapter's crate and its part of `infra/`.
pub(super) type Folders = Vec<PathBuf>;

impl Names<'_> {
    /// What is wrong with a piece of inline code on a page; `None` if nothing is, or it is no name of ours.
    pub(super) fn fault(&self, code: &str, folders: &Folders) -> Option<String> {
        if code == "cargo book" || code.starts_with("cargo book ") {
            return self.command(code);
        }
        self.package(code)
            .or_else(|| self.path(code, folders))
            .or_else(|| self.method(code, folders))
    }

    fn command(&self, code: &str) -> Option<String> {
        let mut words = code.split_whitespace().skip(2);
        let mut command = self.commands;
        let mut flags: Vec<&clap::Arg> = command.get_arguments().collect();
        let first = words.clone().next().filter(|word| !word.starts_with('-'))?;
        let named = |command: &&clap::Command| {
            command.get_name() == first || command.get_all_aliases().any(|alias| alias == first)
        };
        if first != "help" {
            let Some(found) = command.get_subcommands().find(named) else {
                let hint = or_nearest(
                    first,
                    self.commands.get_subcommands().map(clap::Command::get_name),
                );
                return Some(format!("`cargo book` has no command `{first}`{hint}"));
            };
            command = found;
            flags.extend(command.get_arguments());
        }
        let longs: Vec<&str> = flags
            .iter()
            .filter_map(|flag| flag.get_long())
            .chain(["help"])
            .collect();
        let flag = words.find_map(|word| {
            let flag = word.strip_prefix("--")?.split('=').next()?;
            (!flag.is_empty() && !longs.contains(&flag)).then_some(flag)
        })?;
        let hint = nearest(flag, longs)
            .map(|name| format!("; the nearest is `--{name}`"))
            .unwrap_or_default();
        Some(format!("`cargo book {first}` has no `--{flag}`{hint}"))
    }

    fn package(&self, code: &str) -> Option<String> {
        static PACKAGE: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"^(?:ch\d\d[-_][a-z0-9_-]+|less[-_]to[-_]run[-_][a-z_-]+)$")
                .expect("a valid pattern")
        });
        if !PACKAGE.is_match(code) {
            return None;
        }
        let packages = self.files.packages();
        let wanted = code.replace('_', "-");
        if packages.contains(&wanted) {
            return None;
        }
        let hint = or_nearest(&wanted, packages.iter().map(String::as_str));
        Some(format!("the workspace has no crate `{code}`{hint}"))
    }

    fn path(&self, code: &str, folders: &Folders) -> Option<String> {
        static PATH: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"^([A-Za-z0-9_][A-Za-z0-9_./-]*?)(?::\d+)?$").expect("a valid pattern")
        });
        let path = PATH.captures(code)?.get(1)?.as_str();
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let is_path = match path.rsplit_once('.') {
            Some((_, "rs" | "toml" | "md")) => true,
            Some((
                _,
                "json" | "yaml" | "yml" | "svg" | "html" | "css" | "js" | "conf" | "service" | "sh",
            )) => path.contains('/'),
            _ => path.contains('/') && self.is_folder_of_ours(first, rest, folders),
        };
        if !is_path || first == "target" || self.is_there(path, folders) {
            return None;
        }
        let hint = self.nearest_path(path, folders);
        Some(format!("`{path}` is no path of the workspace{hint}"))
    }

    fn nearest_path(&self, path: &str, folders: &Folders) -> String {
        let places = folders.iter().map(PathBuf::as_path).chain([Path::new("")]);
        let hints = places
            .filter(|_| path.contains('/'))
            .map(|place| self.files.nearest(&place.join(path)));
        hints
            .into_iter()
            .find(|hint| !hint.is_empty())
            .unwrap_or_else(|| {
                let all = self.files.all(folders);
                let names: Vec<String> = all
                    .iter()
                    .map(|path| {
                        display(
                            path.strip_prefix(path.parent().unwrap_or(path))
                                .unwrap_or(path),
                        )
                    })
                    .collect();
                let found = nearest(path, names.iter().map(String::as_str));
                let found = found.and_then(|found| all.iter().find(|path| path.ends_with(found)));
                found
                    .map(|path| format!("; the nearest is `{}`", display(path)))
                    .unwrap_or_default()
            })
    }

    /// Whether the first part of a path is a folder at the root or in the chapter, or almost is one.
    fn is_folder_of_ours(&self, first: &str, rest: &str, folders: &Folders) -> bool {
        let mut names = Vec::new();
        for folder in folders.iter().map(PathBuf::as_path).chain([Path::new("")]) {
            let inside = self
                .files
                .list(folder)
                .into_iter()
                .filter(|path| self.files.is_dir(path));
            names.extend(inside.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())));
        }
        let alike = |name: &String| name.len() > 4 && strsim::jaro_winkler(name, first) > 0.9;
        names.iter().any(|name| name == first)
            || (!rest.is_empty() || first.len() > 4) && names.iter().any(alike)
    }

    fn is_there(&self, path: &str, folders: &Folders) -> bool {
        let path = path.trim_end_matches('/');
        let direct = folders.iter().map(PathBuf::as_path).chain([Path::new("")]);
        direct
            .into_iter()
            .any(|folder| self.files.exists(&folder.join(path)))
            || self
                .files
                .all(folders)
                .iter()
                .any(|file| file.ends_with(path))
    }

    fn method(&self, code: &str, folders: &Folders) -> Option<String> {
        static METHOD: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"^&?(?:[a-z_][a-z0-9_]*::)*([A-Z]\w*)::([A-Za-z_]\w*)(?:\(.*\))?\??$")
                .expect("a valid pattern")
        });
        let found = METHOD.captures(code)?;
        let (of, member) = (&found[1], &found[2]);
        let home = folders
            .iter()
            .find(|dir| dir.starts_with("chapters-code"))
            .map(PathBuf::as_path);
        let members = self.index.members(self.files, of, home)?;
        if members.contains(member) {
            return None;
        }
        let hint = or_nearest(member, members.iter().map(String::as_str));
        Some(format!("`{of}` has no `{member}`{hint}"))
    }
}

/// The folders of a page: `chapters-code/ch01-…` and `infra/ch01-…` for `book/ch01-….md`.
pub(super) fn folders(files: &Files, page: &Path) -> Folders {
    let stem = page
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let Some((prefix, _)) = stem.split_once('-').filter(|(prefix, _)| {
        prefix.len() == 4
            && prefix.starts_with("ch")
            && prefix[2..].bytes().all(|b| b.is_ascii_digit())
    }) else {
        return Vec::new();
    };
    ["chapters-code", "infra"]
        .iter()
        .flat_map(|dir| files.list(Path::new(dir)))
        .filter(|dir| {
            dir.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(prefix))
        })
        .filter(|dir| !display(dir).is_empty())
        .collect()
}
