//! Counting lines: without blank ones and comments, as `tokei` counts them, and with tests apart from
//! what runs.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use proc_macro2::LineColumn;
use syn::spanned::Spanned;
use syn::{Attribute, Item, Meta};
use tokei::{Config, LanguageType};

use super::crates::Features;

/// Lines of a crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lines {
    /// Lines that run.
    pub code: u64,
    /// Lines of tests: what stands under `#[cfg(test)]` in `src/`, and `tests/`.
    pub tests: u64,
}

impl Lines {
    /// Counts `src/` and `tests/` of the crate in `folder`, when it is compiled with these features. Examples, benchmarks and fuzz
    /// targets are none of both.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or is not Rust.
    pub fn of_crate(folder: &Path, features: &Features) -> Result<Self> {
        let mut lines = Self::of_files(&rust_files(&folder.join("src"))?, features)?;
        let tests = folder.join("tests");
        if tests.is_dir() {
            lines.tests += of_rust(&tests)?;
        }
        Ok(lines)
    }

    /// Counts some files of a library that is compiled with these features.
    ///
    /// # Errors
    ///
    /// As for [`Self::of_crate`].
    pub fn of_files(files: &[PathBuf], features: &Features) -> Result<Self> {
        let sources = files
            .iter()
            .map(|path| Source::read(path, features))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self::of(&sources))
    }

    fn of(sources: &[Source]) -> Self {
        let within = |source: &Source, modules: fn(&Source) -> &[PathBuf]| {
            let mut modules = sources.iter().flat_map(modules);
            modules.any(|module| {
                source.path == module.with_extension("rs") || source.path.starts_with(module)
            })
        };
        let mut lines = Self::default();
        for source in sources {
            if source.is_left_out || within(source, |source| &source.modules_left_out) {
                continue;
            }
            if within(source, |source| &source.test_modules) {
                lines.tests += source.code + source.tests;
            } else {
                lines.code += source.code;
                lines.tests += source.tests;
            }
        }
        lines
    }
}

/// Those of a crate's own files that are compiled with these features.
///
/// # Errors
///
/// When a file cannot be read, or is not Rust.
pub fn compiled(paths: &[PathBuf], features: &Features) -> Result<Vec<PathBuf>> {
    let sources = paths.iter().map(|path| Source::read(path, features));
    let sources: Vec<Source> = sources.collect::<Result<_>>()?;
    let left_out = sources
        .iter()
        .flat_map(|source| source.modules_left_out.clone());
    let left_out: Vec<PathBuf> = left_out.collect();
    let is_compiled = |source: &Source| {
        let path = source.path.with_extension("");
        !source.is_left_out && !left_out.iter().any(|module| path.starts_with(module))
    };
    let compiled = sources.into_iter().filter(is_compiled);
    Ok(compiled.map(|source| source.path).collect())
}

/// Lines of Rust below a folder, tests or not: for other people's crates.
///
/// # Errors
///
/// When a file cannot be read.
pub fn of_rust(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for path in rust_files(folder)? {
        sum += count(LanguageType::Rust, &read(&path)?);
    }
    Ok(sum)
}

/// Lines of a file of C or assembler: for what other people's crates bring with them.
///
/// # Errors
///
/// When it cannot be read, or is of neither.
pub fn of_bundled(path: &Path) -> Result<u64> {
    let language = match path.extension().and_then(OsStr::to_str) {
        Some("c") => LanguageType::C,
        Some("S") => LanguageType::AssemblyGAS,
        _ => bail!("{} is neither C nor assembler", path.display()),
    };
    Ok(count(language, &read(path)?))
}

/// Lines of configuration in a file or below a folder. A kind of file that tokei does not know is counted by its lines that
/// are neither empty nor begin with `#` or `;`.
///
/// # Errors
///
/// When a file cannot be read.
pub fn of_configuration(path: &Path) -> Result<u64> {
    let mut sum = 0;
    for file in files(path)? {
        let text = read(&file)?;
        if text.lines().take(5).any(|line| line.contains("@generated")) {
            continue;
        }
        sum += match LanguageType::from_path(&file, &config()) {
            Some(language)
                if language != LanguageType::Text && language != LanguageType::Markdown =>
            {
                count(language, &text)
            }
            Some(_) => 0,
            None => plain(&text),
        };
    }
    Ok(sum)
}

/// One Rust file.
struct Source {
    path: PathBuf,
    code: u64,
    tests: u64,
    /// Where its `#[cfg(test)] mod name;` are: the path without `.rs`.
    test_modules: Vec<PathBuf>,
    /// Where the modules are that belong to a feature it is compiled without.
    modules_left_out: Vec<PathBuf>,
    /// Whether it belongs to one itself.
    is_left_out: bool,
}

impl Source {
    fn read(path: &Path, features: &Features) -> Result<Self> {
        let text = read(path)?;
        let file = syn::parse_file(&text).map_err(|error| {
            anyhow!("{}:{}: {error}", path.display(), error.span().start().line)
        })?;
        let mut tests = Apart::default();
        tests.find(&file.items, &module_folder(path), &is_cfg_test);
        let mut left_out = Apart::default();
        left_out.find(&file.items, &module_folder(path), &|attribute| {
            is_left_out(attribute, features)
        });
        let all = without(&text, &left_out.lines);
        let code = without(&all, &tests.lines);
        let (all, code) = [all, code]
            .map(|text| count(LanguageType::Rust, &text))
            .into();
        Ok(Self {
            path: path.to_owned(),
            code,
            tests: all.saturating_sub(code),
            test_modules: tests.modules,
            modules_left_out: left_out.modules,
            is_left_out: file
                .attrs
                .iter()
                .any(|attribute| is_left_out(attribute, features)),
        })
    }
}

/// Items that are counted apart, or not at all, by an attribute of theirs.
#[derive(Default)]
struct Apart {
    /// Their first and last lines.
    lines: Vec<(usize, usize)>,
    /// Those that are modules in files of their own.
    modules: Vec<PathBuf>,
}

impl Apart {
    fn find(&mut self, items: &[Item], folder: &Path, is_apart: &dyn Fn(&Attribute) -> bool) {
        for item in items {
            if attributes(item).iter().any(is_apart) {
                let (from, to): (LineColumn, LineColumn) = (item.span().start(), item.span().end());
                self.lines.push((from.line, to.line));
                if let Item::Mod(module) = item
                    && module.content.is_none()
                {
                    self.modules.push(folder.join(module.ident.to_string()));
                }
            } else if let Item::Mod(module) = item
                && let Some((_, items)) = &module.content
            {
                self.find(items, &folder.join(module.ident.to_string()), is_apart);
            }
        }
    }
}

pub(super) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

pub(super) fn is_cfg_test(attribute: &Attribute) -> bool {
    match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    }
}

/// Whether what carries this attribute is not compiled, since it asks for a feature that is not among these.
pub(super) fn is_left_out(attribute: &Attribute, features: &Features) -> bool {
    let Meta::List(list) = &attribute.meta else {
        return false;
    };
    let asked: Option<syn::MetaNameValue> = list.parse_args().ok();
    let Some(asked) =
        asked.filter(|asked| list.path.is_ident("cfg") && asked.path.is_ident("feature"))
    else {
        return false;
    };
    match asked.value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(name),
            ..
        }) => !features.contains(&name.value()),
        _ => false,
    }
}

/// Where the files of a file's modules are: beside `lib.rs`, `main.rs` and `mod.rs`, else in a folder of its name.
fn module_folder(path: &Path) -> PathBuf {
    let beside = matches!(
        path.file_name().and_then(|name| name.to_str()),
        Some("lib.rs" | "main.rs" | "mod.rs")
    );
    if beside {
        path.parent().unwrap_or(path).to_owned()
    } else {
        path.with_extension("")
    }
}

/// The text with these lines empty. They are counted from 1 and include the last.
fn without(text: &str, ranges: &[(usize, usize)]) -> String {
    let out = |line: usize| {
        ranges
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&line))
    };
    let kept = text.lines().zip(1..);
    kept.flat_map(|(text, line)| [if out(line) { "" } else { text }, "\n"])
        .collect()
}

fn count(language: LanguageType, text: &str) -> u64 {
    language.parse_from_str(text, &config()).code as u64
}

fn plain(text: &str) -> u64 {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with(['#', ';']))
        .count() as u64
}

fn config() -> Config {
    Config {
        treat_doc_strings_as_comments: Some(true),
        ..Config::default()
    }
}

pub(super) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// The files of Rust in or below a folder.
///
/// # Errors
///
/// When it cannot be read.
pub fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut all = files(folder)?;
    all.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    Ok(all)
}

pub(super) fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut all = Vec::new();
    for entry in fs::read_dir(path).with_context(|| format!("{} cannot be read", path.display()))? {
        all.extend(files(&entry?.path())?);
    }
    all.sort();
    Ok(all)
}

#[cfg(test)]
mod tests;
