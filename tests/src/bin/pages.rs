//! Runs the pages of the book and compares what they show with what happens.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::Result;
use book::exercise::Number;
use book::workspace::Workspace;
use clap::Parser;
use less_to_run_tests::infra::cloud_init;
use less_to_run_tests::session::attempt::{self, Checked};
use less_to_run_tests::session::{Mode, Page, PageReport, Runner, pages, write};

/// Runs the pages of the book and compares what they show with what happens.
#[derive(Parser)]
struct Options {
    /// Pages by name or path, or chapters by number; all pages if none is named.
    wanted: Vec<String>,
    /// Rewrite the outputs on the pages instead, and nothing else of them.
    #[arg(long)]
    update: bool,
    /// Plays a page up to an exercise, and goes on with what somebody has made of that.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["wanted", "update"])]
    exercise: Option<Number>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if let Some(number) = options.exercise {
        return check(number);
    }
    let prepared = Workspace::find().and_then(|workspace| {
        let pages = pages(&workspace, &options.wanted)?;
        if options.update {
            for name in cloud_init::update(workspace.root())? {
                println!("{name} is made anew");
            }
        }
        let runner = Runner::new(&workspace)?;
        Ok((workspace, pages, runner))
    });
    let (workspace, pages, runner) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            eprintln!("{error:#}");
            return ExitCode::from(2);
        }
    };
    match run(&workspace, &pages, &runner, options.update) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Checks an exercise: status 1 says that something differs, 2 that it could not be run.
fn check(number: Number) -> ExitCode {
    let checked = Workspace::find().and_then(|workspace| attempt::check(&workspace, number));
    match checked {
        Ok(Checked::Well(told)) => {
            println!("{told}");
            ExitCode::SUCCESS
        }
        Ok(Checked::Differs(told)) => {
            eprintln!("{told}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Runs the pages side by side; whether all is well.
fn run(workspace: &Workspace, pages: &[Page], runner: &Runner, update: bool) -> Result<bool> {
    let mode = if update { Mode::Update } else { Mode::Compare };
    let next = AtomicUsize::new(0);
    let reports = Mutex::new(BTreeMap::new());
    let width = thread::available_parallelism().map_or(1, Into::into);
    runner.prepare(pages);
    thread::scope(|scope| {
        for _ in 0..width.min(pages.len()) {
            scope.spawn(|| {
                while let Some((at, page)) = take(pages, &next) {
                    let report = runner.run(page, mode);
                    println!("{report}");
                    if let Ok(mut reports) = reports.lock() {
                        reports.insert(at, report);
                    }
                }
            });
        }
    });
    let reports: BTreeMap<usize, PageReport> = reports.into_inner().unwrap_or_default();
    let mut is_clean = reports.len() == pages.len();
    for (page, report) in pages.iter().zip(reports.values()) {
        is_clean &= tell(workspace, page, report, update)?;
    }
    Ok(is_clean)
}

fn take<'a>(pages: &'a [Page], next: &AtomicUsize) -> Option<(usize, &'a Page)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    pages.get(at).map(|page| (at, page))
}

fn tell(workspace: &Workspace, page: &Page, report: &PageReport, update: bool) -> Result<bool> {
    if !report.is_clean() {
        eprintln!("\n{}", report.told());
        if update {
            eprintln!("\n{} is left as it was", page.path);
        }
    } else if let Some(text) = &report.updated {
        write(workspace, page, text)?;
        println!("{} is rewritten", page.path);
    }
    Ok(report.is_clean())
}
