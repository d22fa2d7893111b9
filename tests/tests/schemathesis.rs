//! Every rung is put to the contract by a client that we did not write: one test each, named like `ch01`. Wrong shops
//! show that it can see what is wrong.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, anyhow, bail, ensure};
use book::workspace::Workspace;
use clap::ValueEnum;
use less_to_run_tests::promises::Shop;
use less_to_run_tests::promises::declared::{self, Declared};
use less_to_run_tests::promises::shop::pet;
use less_to_run_tests::schemathesis::{Database, Verdict, ask, missing};
use less_to_run_tests::wrong_shop::{Fault, rung};
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
    (
        Fault::LetsEverybodyIn,
        Some("API accepts requests without authentication"),
    ),
    (
        Fault::BelievesAnyKey,
        Some("API accepts invalid authentication"),
    ),
    (
        Fault::NeverSaysHowToComeIn,
        Some("Missing required response headers"),
    ),
];

/// The rungs that read requests in a way of their own: over TCP, and as events of functions. They and the newest are asked everything.
const FIRST: [u8; 2] = [1, 4];

/// It asks its database by itself, and loses it. Those after it have functions that do.
const FIRST_WITH_A_DATABASE: u8 = 3;

/// What the staff of a wrong shop says of itself.
const STAFF_KEY: &str = "anemones";

/// For a wrong shop, of which is soon seen what is wrong, for one that takes its time, and for a rung that is asked again what one before it was
/// asked: the seed is the same.
const FEW: u32 = 20;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Shops and the client are mostly waited for.
    arguments.test_threads.get_or_insert(4);
    let told = arguments.nocapture;
    let missing = missing();
    if let Ok(Some(why)) = &missing {
        eprintln!("no shop is put to the contract by schemathesis: {why}");
    }
    let missing = missing.map(|why| why.is_some());
    let workspace = Workspace::find().expect("the tests run in a clone of the book");
    let rungs = declared::read(&workspace).expect("tests/rungs can be read");
    let newest = rungs.iter().map(|declared| declared.number).max();
    let rungs = rungs.into_iter().flat_map(|declared| {
        let is_asked_all = FIRST.contains(&declared.number) || Some(declared.number) == newest;
        // Each takes as long as a shop waits for its database.
        let is_asked_without = is_asked_all || FIRST_WITH_A_DATABASE == declared.number;
        let ways = [
            Some(Database::There),
            (declared.has_database() && is_asked_without).then_some(Database::Away),
        ];
        let workspace = &workspace;
        ways.into_iter().flatten().map(move |database| {
            let (workspace, declared) = (workspace.clone(), declared.clone());
            let away = match database {
                Database::There => "",
                Database::Away => "::with_its_database_away",
            };
            let name = format!("ch{:02}{away}", declared.number);
            Trial::test(name, move || {
                let examples = (!is_asked_all).then_some(FEW);
                failed(keeps(&workspace, &declared, (database, examples), told))
            })
        })
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

fn keeps(
    workspace: &Workspace,
    declared: &Declared,
    (database, mut examples): (Database, Option<u32>),
    told: bool,
) -> Result<()> {
    let rung = declared.build(workspace)?;
    let mut machine = rung.machine()?;
    let running = machine.start()?;
    let key = declared.staff_key();
    if database == Database::Away {
        let shop = running.shop()?;
        let there = shop.take_in_a("dog").map_err(|stop| anyhow!("{stop:?}"))?;
        machine.lose_database();
        is_away(&shop, &there)?;
        // Whoever does not know of it takes it for a fault.
        let unaware = ask(running.url(), key, Database::There, Some(1))?;
        let told = matches!(&unaware, Verdict::Broken(report) if report.contains("Server error"));
        ensure!(
            told,
            "nobody noticed that the database is away: {unaware:?}"
        );
        examples = Some(FEW);
    }
    match ask(running.url(), key, database, examples)? {
        Verdict::Kept(cases) => {
            if told {
                println!("{cases} requests, and every answer kept to the contract");
            }
            Ok(())
        }
        Verdict::Broken(report) => bail!("tests/contract/shop.yaml is not kept to:\n{report}"),
    }
}

/// Whether it says so, to who reads and to who writes, and when to come back.
fn is_away(shop: &Shop, there: &str) -> Result<()> {
    let write = || shop.post("/pets", &pet("Rex", "dog"));
    let read = || shop.get(&format!("/pets/{there}"));
    for answer in [shop.get("/pets"), read(), write()] {
        let answer = answer.map_err(|stop| anyhow!("{stop:?}"))?;
        let retry_after = answer.field("retry-after");
        ensure!(
            answer.status == 503 && answer.problem() == "storage-failed" && retry_after.is_some(),
            "its database is away, and it answers {answer:?}"
        );
    }
    Ok(())
}

fn sees(fault: Fault, words: Option<&str>) -> Result<()> {
    let program = env!("CARGO_BIN_EXE_wrong_shop");
    let mut rung = rung(Path::new(program), fault);
    rung.env
        .insert("STAFF_KEY".to_owned(), STAFF_KEY.to_owned());
    let machine = rung.machine()?;
    let running = machine.start()?;
    let verdict = ask(running.url(), Some(STAFF_KEY), Database::There, Some(FEW))?;
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
