//! Floors are chapters: what may depend on what, and that each floor has its page.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result};
use book::workspace::{Chapter, Workspace};
use cargo_metadata::MetadataCommand;
use less_to_run_tests::drafts::without_drafts;
use less_to_run_tests::programs;

use crate::none;

/// What chapters build on that is a library by itself, and knows none of them.
const LIBRARIES: [&str; 1] = ["event-store"];

/// Looks back at all rungs, and is none.
const WITHOUT_CRATE: &str = "ch12-where-from-here";

/// A package of the workspace, with the others of the workspace that it builds on.
struct Floor {
    name: String,
    builds_on: Vec<String>,
}

#[test]
fn a_chapter_builds_on_earlier_chapters_only() -> Result<()> {
    none(&wrong_dependencies(&floors()?))
}

#[test]
fn a_chapter_that_builds_on_a_later_one_is_found() {
    let floor = |name: &str, builds_on: &[&str]| Floor {
        name: name.into(),
        builds_on: builds_on.iter().map(ToString::to_string).collect(),
    };
    let problems = wrong_dependencies(&[
        floor("ch01-a", &["ch02-b"]),
        floor("ch02-b", &["ch01-a", "book", "event-store"]),
        floor("event-store", &["ch02-b"]),
        floor("book", &["ch01-a"]),
        floor("less-to-run-tests", &["book", "ch01-a"]),
    ]);
    assert_eq!(
        problems,
        [
            "ch01-a builds on ch02-b, which comes later",
            "ch02-b builds on book, which is no chapter",
            "event-store builds on ch02-b; it stands by itself",
            "book builds on ch01-a; readers would wait for that before they see a page",
        ]
    );
}

#[test]
fn every_chapter_has_its_crate_and_its_page() -> Result<()> {
    let workspace = Workspace::at(&programs::root())?;
    let crates = without_drafts(&workspace)?;
    assert!(!crates.is_empty(), "no chapter was found");
    let mut pages = Vec::new();
    for entry in fs::read_dir(workspace.book())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        pages.extend(name.strip_suffix(".md").map(str::to_owned));
    }
    let before = pages.len();
    pages.retain(|page| page != WITHOUT_CRATE);
    assert_eq!(pages.len() + 1, before, "there is no {WITHOUT_CRATE}.md");
    none(&without_the_other(&crates, &pages))
}

#[test]
fn a_crate_without_a_page_and_a_page_without_a_crate_are_found() {
    let crates: Vec<_> = ["ch01-a", "ch02-b"]
        .map(Chapter::from_name)
        .into_iter()
        .flatten()
        .collect();
    let pages = ["preface", "ch01-a-more", "ch01-a", "ch03-c"].map(str::to_owned);
    assert_eq!(
        without_the_other(&crates, &pages),
        [
            "chapters-code/ch02-b has no page: book/ch02-b.md",
            "book/ch03-c.md has no crate whose name begins with ch03-",
        ]
    );
}

#[test]
fn every_package_takes_over_the_workspace_and_its_lints() -> Result<()> {
    let mut problems = Vec::new();
    let root = read_toml("Cargo.toml")?;
    if root["workspace"]["lints"]["rust"]["unsafe_code"].as_str() != Some("forbid") {
        problems.push("Cargo.toml: the lint `unsafe_code` must be \"forbid\"".to_owned());
    }
    let metadata = metadata()?;
    for package in metadata.workspace_packages() {
        let inside = package
            .manifest_path
            .strip_prefix(&metadata.workspace_root)?;
        let manifest = read_toml(inside.as_str())?;
        let lints = manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"));
        if lints.and_then(toml::Value::as_bool) != Some(true) {
            problems.push(format!("{inside}: [lints] workspace = true is missing"));
        }
        for key in ["edition", "license", "rust-version"] {
            let value = &manifest["package"]
                .get(key)
                .and_then(|value| value.get("workspace"));
            if value.and_then(toml::Value::as_bool) != Some(true) {
                problems.push(format!("{inside}: {key}.workspace = true is missing"));
            }
        }
    }
    none(&problems)
}

/// Otherwise nobody would notice that the oldest Rust that is promised does not do any more.
#[test]
fn the_workflows_use_the_oldest_rust_that_is_promised() -> Result<()> {
    let root = read_toml("Cargo.toml")?;
    let version = root["workspace"]["package"]["rust-version"].as_str();
    let version = version.context("a rust-version")?;
    for workflow in ["test", "publish"] {
        let file = format!(".github/workflows/{workflow}.yml");
        let text = fs::read_to_string(programs::root().join(&file))?;
        let image = format!("container: rust:{version}-");
        assert!(text.contains(&image), "{file}: `{image}…` is missing");
    }
    Ok(())
}

fn wrong_dependencies(floors: &[Floor]) -> Vec<String> {
    let mut problems = Vec::new();
    for Floor { name, builds_on } in floors {
        let here = Chapter::from_name(name);
        for other in builds_on {
            match (&here, Chapter::from_name(other)) {
                (Some(here), Some(there)) if there.number >= here.number => {
                    problems.push(format!("{name} builds on {other}, which comes later"));
                }
                (Some(_), None) if !LIBRARIES.contains(&other.as_str()) => {
                    problems.push(format!("{name} builds on {other}, which is no chapter"));
                }
                (None, Some(_)) if LIBRARIES.contains(&name.as_str()) => {
                    problems.push(format!("{name} builds on {other}; it stands by itself"));
                }
                (None, Some(_)) if name == "book" => problems.push(format!(
                    "{name} builds on {other}; readers would wait for that before they see a page"
                )),
                _ => {}
            }
        }
    }
    problems
}

/// `tools/local` and whatever else comes below `tools/` is named by its crate; chapters may run on it.
fn floors() -> Result<Vec<Floor>> {
    let metadata = metadata()?;
    let local: BTreeSet<String> = metadata
        .workspace_packages()
        .iter()
        .filter(|package| !package.manifest_path.as_str().contains("/tools/local/"))
        .map(|package| package.name.to_string())
        .collect();
    let floors = metadata
        .workspace_packages()
        .into_iter()
        .map(|package| Floor {
            name: package.name.to_string(),
            builds_on: package
                .dependencies
                .iter()
                .map(|dependency| dependency.name.clone())
                .filter(|name| local.contains(name))
                .collect(),
        });
    Ok(floors.collect())
}

fn without_the_other(crates: &[Chapter], pages: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    for chapter in crates {
        if !pages.contains(&chapter.name) {
            problems.push(format!(
                "chapters-code/{0} has no page: book/{0}.md",
                chapter.name
            ));
        }
    }
    for page in pages.iter().filter_map(|page| Chapter::from_name(page)) {
        if !crates.iter().any(|chapter| chapter.number == page.number) {
            let prefix = page.prefix();
            problems.push(format!(
                "book/{}.md has no crate whose name begins with {prefix}-",
                page.name
            ));
        }
    }
    problems
}

fn metadata() -> Result<cargo_metadata::Metadata> {
    MetadataCommand::new()
        .manifest_path(programs::root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("cargo metadata")
}

fn read_toml(inside: &str) -> Result<toml::Value> {
    let text = fs::read_to_string(programs::root().join(inside))?;
    toml::from_str(&text).context(inside.to_owned())
}
