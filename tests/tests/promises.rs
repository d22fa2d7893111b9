//! Every rung is put to every promise, and must be seen to do what `tests/rungs.toml` says of it: one test each,
//! named like `ch01::P3`.

use std::process::ExitCode;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use book::workspace::Workspace;
use less_to_run_tests::promises::declared::{self, Declared};
use less_to_run_tests::promises::{Promise, Rung, ask_rung};
use libtest_mimic::{Arguments, Failed, Trial};

/// P5 opens a thousand connections and allows two seconds, so nothing else runs beside it.
static QUIET: RwLock<()> = RwLock::new(());

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let workspace = Workspace::find().expect("the tests run in a clone of the book");
    let rungs = declared::read(&workspace).expect("tests/rungs.toml");
    let trials = rungs
        .into_iter()
        .flat_map(|declared| trials(&workspace, declared))
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trials(workspace: &Workspace, declared: Declared) -> Vec<Trial> {
    let (declared, workspace) = (Arc::new(declared), Arc::new(workspace.clone()));
    let rung: Arc<OnceLock<Result<Rung, String>>> = Arc::default();
    let trial = |promise: Promise| {
        let (declared, workspace, rung) = (
            Arc::clone(&declared),
            Arc::clone(&workspace),
            Arc::clone(&rung),
        );
        Trial::test(format!("ch{:02}::{promise}", declared.number), move || {
            let rung = rung.get_or_init(|| {
                declared
                    .build(&workspace)
                    .map_err(|error| format!("{error:#}"))
            });
            let rung = rung.as_ref().map_err(Failed::from)?;
            holds(&declared, rung, promise).map_err(|error| Failed::from(format!("{error:#}")))
        })
    };
    Promise::all().map(trial).collect()
}

fn holds(declared: &Declared, rung: &Rung, promise: Promise) -> anyhow::Result<()> {
    let alone = promise.to_string() == "P5";
    let _alone = alone.then(|| QUIET.write().unwrap_or_else(PoisonError::into_inner));
    let _beside = (!alone).then(|| QUIET.read().unwrap_or_else(PoisonError::into_inner));
    let finding = ask_rung(promise, rung)?;
    println!("{finding}");
    declared.promises[&promise].agrees_with(&finding)
}
