//! The pages are the tests: one for each page, with the book's static checks of it and everything on it run.

use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, OnceLock};
use std::thread;

use anyhow::{Context, Result};
use book::page::{Report, check};
use book::workspace::Workspace;
use less_to_run_tests::session::{Mode, Page, Runner, pages};
use libtest_mimic::{Arguments, Completion, Failed, Trial};

/// What is wrong with the book as it is written; found while the pages run.
type Checks =
    Arc<LazyLock<Result<Report, String>, Box<dyn FnOnce() -> Result<Report, String> + Send>>>;

fn main() -> Result<()> {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let workspace = Workspace::at(root.context("the tests have a workspace around them")?)?;
    let checks = checks(&workspace);
    let runner = Arc::new(Runner::new(&workspace)?);
    let told = Arc::new(Mutex::new(Vec::new()));
    let mut trials = vec![summary(&workspace, Arc::clone(&checks))?];
    let mut pages = pages(&workspace, &[])?;
    pages.retain(|page| is_wanted(&arguments, &page.name));
    let prepared = Arc::new((OnceLock::new(), pages.clone()));
    for page in pages {
        let (checks, runner, told) = (Arc::clone(&checks), Arc::clone(&runner), Arc::clone(&told));
        let prepared = Arc::clone(&prepared);
        trials.push(Trial::ignorable_test(page.name.clone(), move || {
            let (once, pages) = prepared.as_ref();
            once.get_or_init(|| runner.prepare(pages));
            let (line, done) = run(&page, &checks, &runner);
            told.lock().map_err(|_| "another test panicked")?.push(line);
            done
        }));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    for line in told.lock().iter().flat_map(|lines| lines.iter()) {
        println!("{line}");
    }
    conclusion.exit()
}

/// Whether the page of this name is among those that are asked for: what the others need is not built.
fn is_wanted(arguments: &Arguments, name: &str) -> bool {
    let matches = |filter: &String| {
        if arguments.exact {
            name == filter
        } else {
            name.contains(filter.as_str())
        }
    };
    arguments.filter.as_ref().is_none_or(matches) && !arguments.skip.iter().any(matches)
}

/// What is wrong with the list of pages and the files that pages share.
fn summary(workspace: &Workspace, checks: Checks) -> Result<Trial> {
    let pages = pages(workspace, &[])?;
    Ok(Trial::test("SUMMARY", move || {
        let checks = checks.as_ref().as_ref()?;
        for warning in &checks.warnings {
            println!("{warning}");
        }
        let is_of_a_page = |path: &Path| pages.iter().any(|page| Path::new(&page.path) == path);
        let problems: Vec<String> = checks
            .problems
            .iter()
            .filter(|problem| !is_of_a_page(&problem.page))
            .map(ToString::to_string)
            .collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems.join("\n").into())
        }
    }))
}

fn checks(workspace: &Workspace) -> Checks {
    let workspace = workspace.clone();
    let checking = thread::spawn(move || check(&workspace).map_err(|error| format!("{error:#}")));
    Arc::new(LazyLock::new(Box::new(|| {
        checking
            .join()
            .unwrap_or_else(|_| Err("the checks of the book panicked".to_owned()))
    })))
}

/// Runs a page; what to tell of it, and how it went.
fn run(page: &Page, checks: &Checks, runner: &Runner) -> (String, Result<Completion, Failed>) {
    let path = Path::new(&page.path);
    let report = runner.run(page, Mode::Compare);
    let checks = match checks.as_ref().as_ref() {
        Ok(checks) => checks,
        Err(error) => return (report.to_string(), Err(error.into())),
    };
    let counts = checks.pages.iter().find(|(other, _)| other == path);
    let counts = counts.map(|(_, counts)| *counts).unwrap_or_default();
    let mut wrong: Vec<String> = checks
        .problems
        .iter()
        .filter(|problem| problem.page == path)
        .map(ToString::to_string)
        .collect();
    let line = format!("{report}\n  blocks: {counts}");
    if let Some(reason) = report.skipped {
        return (line, Ok(Completion::ignored_with(reason)));
    }
    if report.is_clean() {
        if report.blocks != counts.executed {
            wrong.push(format!(
                "{}: {} blocks are to be executed and {} were",
                page.path, counts.executed, report.blocks
            ));
        }
    } else {
        wrong.push(report.told());
    }
    if wrong.is_empty() {
        (line, Ok(Completion::Completed))
    } else {
        (line, Err(wrong.join("\n\n").into()))
    }
}
