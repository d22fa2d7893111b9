//! Every rung is put to every promise, and must be seen to do what `tests/rungs` says of it: one test each,
//! named like `ch01::P3`. Where it survives a power cut, syncs are taken away from it as well, and somebody must
//! notice.

use std::process::ExitCode;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use anyhow::{Context, Result, bail, ensure};
use book::workspace::Workspace;
use less_to_run_tests::promises::declared::{self, Declared};
use less_to_run_tests::promises::disk::Pretend;
use less_to_run_tests::promises::p04_kill;
use less_to_run_tests::promises::p04_power_cut::{SYNCS_DO_NOTHING, cut_power};
use less_to_run_tests::promises::record;
use less_to_run_tests::promises::rung::SecondInstance;
use less_to_run_tests::promises::{Promise, Rung, Seen, State, Stop, ask_rung, strace};
use libtest_mimic::{Arguments, Failed, Trial};

/// P5 opens a thousand connections and allows two seconds, so nothing else runs beside it.
static QUIET: RwLock<()> = RwLock::new(());

/// How often an example is killed, at most, and a rung with a database: what survives twenty kills would survive more.
const MOST_KILLS: u32 = 20;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let told = arguments.nocapture;
    if let Ok(Some(why)) = strace::missing() {
        eprintln!("P4 is asked without power cuts and failing syncs: {why}");
    }
    let workspace = Workspace::find().expect("the tests run in a clone of the book");
    let rungs = declared::read(&workspace).expect("tests/rungs can be read");
    let drafts = declared::drafts(&workspace).expect("tests/rungs/draft can be read");
    let rungs = rungs.into_iter().chain(drafts);
    let rungs = rungs.map(|declared| Arc::new(Tested::new(&workspace, declared)));
    let mut trials: Vec<Trial> = rungs.flat_map(|tested| tested.trials(told)).collect();
    // What must be alone comes first, so that the others wait for it once.
    trials.sort_by_key(|trial| !trial.name().ends_with("::P5"));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A rung, which is built when the first test needs it.
struct Tested {
    workspace: Workspace,
    declared: Declared,
    rung: OnceLock<Result<Rung, String>>,
}

impl Tested {
    fn new(workspace: &Workspace, declared: Declared) -> Self {
        Self {
            workspace: workspace.clone(),
            declared,
            rung: OnceLock::new(),
        }
    }

    fn trials(self: &Arc<Self>, told: bool) -> Vec<Trial> {
        let asked = |promise: Promise| {
            self.trial(&promise.to_string(), move |tested| {
                tested.holds(promise, told)
            })
        };
        let is_draft = self.declared.is_draft;
        // Of a draft there is no bill yet, and nothing is written down.
        let promises = Promise::all().filter(|promise| !is_draft || promise.to_string() != "P10");
        let mut trials: Vec<Trial> = promises.map(asked).collect();
        if !is_draft {
            trials.push(self.trial("what_is_written_down", |tested| {
                record::is_as_declared(&tested.workspace, &tested.declared)
            }));
        }
        let survives = |(promise, declaration): (&Promise, &declared::Declaration)| {
            promise.to_string() == "P4" && declaration.state == State::Kept
        };
        if self.declared.has_database() {
            trials.push(self.trial("P8_fails_with_a_database_for_each", |tested| {
                tested.needs_one_database()
            }));
        } else if self.declared.promises.iter().any(survives) {
            let without = |name: &str, pretend: Pretend, inject: Option<&'static str>| {
                self.trial(name, move |tested| tested.misses_its_syncs(pretend, inject))
            };
            trials.extend([
                without("P4_fails_without_file_syncs", Pretend::NoFileSync, None),
                without(
                    "P4_fails_without_directory_syncs",
                    Pretend::NoDirectorySync,
                    None,
                ),
                without(
                    "P4_fails_when_strace_turns_syncs_off",
                    Pretend::Nothing,
                    Some(SYNCS_DO_NOTHING),
                ),
            ]);
        }
        if let Some(example) = self.declared.loses_at_a_power_cut.clone() {
            let name = format!("P4_of_{example}");
            trials.push(self.trial(&name, move |tested| tested.only_survives_kills(&example)));
        }
        trials
    }

    fn trial(
        self: &Arc<Self>,
        name: &str,
        test: impl FnOnce(&Self) -> Result<()> + Send + 'static,
    ) -> Trial {
        let tested = Arc::clone(self);
        Trial::test(
            format!("ch{:02}::{name}", self.declared.number),
            move || test(&tested).map_err(|error| Failed::from(format!("{error:#}"))),
        )
    }

    fn rung(&self) -> Result<&Rung> {
        let build = || {
            let rung = self.declared.build(&self.workspace);
            let rung = rung.map(|rung| Rung {
                kills: kills(&rung),
                ..rung
            });
            rung.map_err(|error| format!("{error:#}"))
        };
        self.rung
            .get_or_init(build)
            .as_ref()
            .map_err(|error| anyhow::anyhow!("{error}"))
    }

    fn holds(&self, promise: Promise, told: bool) -> Result<()> {
        let rung = self.rung()?;
        let alone = promise.to_string() == "P5";
        let _alone = alone.then(|| QUIET.write().unwrap_or_else(PoisonError::into_inner));
        let _beside = (!alone).then(|| QUIET.read().unwrap_or_else(PoisonError::into_inner));
        let finding = ask_rung(promise, rung)?;
        if told {
            println!("{finding}");
        }
        self.declared.promises[&promise].agrees_with(&finding)
    }

    /// Gives each instance a database of its own. They must then be seen to be two shops.
    fn needs_one_database(&self) -> Result<()> {
        let rung = Rung {
            second_instance: SecondInstance::OwnDisk,
            ..self.rung()?.clone()
        };
        let finding = ask_rung("P8".parse().map_err(anyhow::Error::msg)?, &rung)?;
        ensure!(finding.seen == Seen::Broken, "nobody noticed: {finding}");
        Ok(())
    }

    /// A process that is killed takes nothing along that the kernel has; a machine does.
    fn only_survives_kills(&self, example: &str) -> Result<()> {
        let mut rung = self.declared.build_example(&self.workspace, example)?;
        rung.kills = rung.kills.min(MOST_KILLS);
        match p04_kill::ask(&rung, &rung.shop()) {
            Ok(_) => {}
            Err(Stop::Broken(lines)) => bail!("{example} does not survive a kill: {lines:?}"),
            Err(Stop::Suite(error)) => return Err(error),
            Err(Stop::NotAsked(why)) => bail!("{example} was not killed: {why:?}"),
        }
        if let Some(why) = strace::missing()? {
            eprintln!("{example}: the power is not cut: {why}");
            return Ok(());
        }
        loses_at_a_power_cut(&rung, Pretend::Nothing, None)
    }

    /// Takes syncs away from the rung, which must then be seen to lose what it acknowledged.
    fn misses_its_syncs(&self, pretend: Pretend, inject: Option<&str>) -> Result<()> {
        if let Some(why) = strace::missing()? {
            eprintln!("no syncs are taken away: {why}");
            return Ok(());
        }
        loses_at_a_power_cut(self.rung()?, pretend, inject)
    }
}

/// Where it costs a second to start again, fewer than when what is seen is written down.
fn kills(rung: &Rung) -> u32 {
    if rung.database.is_some() {
        rung.kills.min(MOST_KILLS)
    } else {
        rung.kills
    }
}

fn loses_at_a_power_cut(rung: &Rung, pretend: Pretend, inject: Option<&str>) -> Result<()> {
    match cut_power(rung, &rung.shop(), pretend, inject) {
        Err(Stop::Broken(lines)) => {
            let line = lines.first().context("it broke without a word")?;
            ensure!(
                line.starts_with("After a power cut"),
                "it broke otherwise: {line}"
            );
            Ok(())
        }
        Err(Stop::Suite(error)) => Err(error),
        other => bail!("nobody noticed: {other:?}"),
    }
}
