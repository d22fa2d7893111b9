//! Every rung is put to the contract by a client that we did not write: one test each, named like `ch01`. Wrong shops
//! show that it can see what is wrong.

use std::process::ExitCode;

use anyhow::{Result, bail, ensure};
use book::workspace::Workspace;
use clap::ValueEnum;
use less_to_run_tests::promises::declared::{self, Declared};
use less_to_run_tests::promises::{Rung, rung::SecondInstance};
use less_to_run_tests::schemathesis::{Verdict, ask, missing};
use less_to_run_tests::wrong_shop::Fault;
use libtest_mimic::{Arguments, Failed, Trial};

/// Faults, and the words in which each must be told; none must be told of the right shop.
const TOLD: &[(Fault, Option<&str>)] = &[
    (Fault::None, None),
    (
        Fault::AnswersCreatedToEverything,
        Some("Undocumented status code"),
    ),
    (
        Fault::SaysBadRequestToEverything,
        Some("Schema-valid request rejected"),
    ),
    (Fault::DiesOfNul, Some("Network Error")),
    (Fault::ExtraField, Some("Response violates schema")),
    (Fault::HtmlErrors, Some("Undocumented Content-Type")),
    (Fault::NoLocation, Some("Missing required response headers")),
    (Fault::WrongAllow, Some("Allow header mismatch")),
];
/// For a wrong shop; what is wrong with one is soon seen.
const FEW: u32 = 20;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let told = arguments.nocapture;
    let missing = missing();
    if let Ok(Some(why)) = &missing {
        eprintln!("no shop is put to the contract by schemathesis: {why}");
    }
    let missing = missing.map(|why| why.is_some());
    let workspace = Workspace::find().expect("the tests run in a clone of the book");
    let rungs = declared::read(&workspace).expect("tests/rungs.toml can be read");
    let rungs = rungs.into_iter().map(|declared| {
        let workspace = workspace.clone();
        let name = format!("ch{:02}", declared.number);
        Trial::test(name, move || failed(keeps(&workspace, &declared, told)))
    });
    let wrong_shops = TOLD.iter().map(|(fault, words)| {
        let value = fault.to_possible_value().expect("every fault has a name");
        let name = format!("wrong_shops::{}", value.get_name().replace('-', "_"));
        Trial::test(name, move || failed(sees(*fault, *words)))
    });
    let trials = rungs.chain(wrong_shops).map(|trial| match missing {
        Ok(missing) => trial.with_ignored_flag(missing),
        Err(_) => trial,
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn failed(outcome: Result<()>) -> Result<(), Failed> {
    missing()
        .and(outcome)
        .map_err(|error| Failed::from(format!("{error:#}")))
}

fn keeps(workspace: &Workspace, declared: &Declared, told: bool) -> Result<()> {
    let rung = declared.build(workspace)?;
    let machine = rung.machine()?;
    let running = machine.start()?;
    match ask(running.url(), None)? {
        Verdict::Kept(cases) => {
            if told {
                println!("{cases} requests, and every answer kept to the contract");
            }
            Ok(())
        }
        Verdict::Broken(report) => bail!("tests/contract/shop.yaml is not kept to:\n{report}"),
    }
}

fn sees(fault: Fault, words: Option<&str>) -> Result<()> {
    let program = env!("CARGO_BIN_EXE_wrong_shop");
    let value = fault.to_possible_value().expect("every fault has a name");
    let rung = Rung {
        number: 0,
        program: program.into(),
        with_a_bug: program.into(),
        env: [("FAULT".to_owned(), value.get_name().to_owned())].into(),
        disk: "SHOP_DATA".to_owned(),
        elsewhere: None,
        second_instance: SecondInstance::OwnDisk,
        kills: 0,
        loops: 0,
        forget: None,
        backup: None,
        restore: None,
        idle_month: None,
        golden: None,
    };
    let machine = rung.machine()?;
    let running = machine.start()?;
    let verdict = ask(running.url(), Some(FEW))?;
    match (verdict, words) {
        (Verdict::Kept(_), None) => Ok(()),
        (Verdict::Broken(report), Some(words)) => {
            ensure!(report.contains(words), "{words:?} is not told:\n{report}");
            Ok(())
        }
        (Verdict::Broken(report), None) => bail!("nothing is wrong with this shop:\n{report}"),
        (Verdict::Kept(cases), Some(_)) => bail!("{cases} requests, and nobody noticed"),
    }
}
