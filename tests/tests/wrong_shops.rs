//! The suite is not fooled: a right shop is seen to keep everything, and each of many wrong shops is seen to break
//! what it breaks, and nothing else of what every shop here is asked.

use std::path::Path;
use std::process::ExitCode;
use std::sync::{PoisonError, RwLock};

use anyhow::{Result, bail, ensure};
use book::bill::IdleMonth;
use clap::ValueEnum;
use less_to_run_tests::promises::database::Kind;
use less_to_run_tests::promises::rung::{Messages, SecondInstance};
use less_to_run_tests::promises::{Promise, Rung, Seen, ask_rung, strace};
use less_to_run_tests::wrong_shop::{Fault, rung};
use libtest_mimic::{Arguments, Failed, Trial};

/// What every wrong shop is asked, besides what it is known to break: these take little time.
const QUICK: [&str; 7] = ["P3", "P6", "P7", "P8", "P11", "P12", "P16"];

/// Each fault, and the promises that it breaks.
const BREAKS: &[(Fault, &[&str])] = &[
    (Fault::None, &[]),
    (
        Fault::AnswersCreatedToEverything,
        &[
            "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P11", "P12", "P14", "P15", "P16",
        ],
    ),
    (Fault::EmptyErrors, &["P1", "P2", "P14"]),
    (Fault::ExtraField, &["P1"]),
    (Fault::HalfOfARefusedGroup, &["P1"]),
    (Fault::HeadWithBody, &["P1", "P2"]),
    (Fault::HtmlErrors, &["P1", "P2", "P14"]),
    (Fault::IgnoresFilters, &["P1"]),
    (Fault::NoLocation, &["P1"]),
    (Fault::PagesRepeat, &["P1"]),
    (Fault::PagesSkip, &["P1", "P8"]),
    (Fault::CountsBytesForCharacters, &["P1"]),
    (Fault::AcceptsTwoLengths, &["P2"]),
    (Fault::DiesOfNul, &["P2"]),
    (Fault::HangsUpOnBadJson, &["P2"]),
    (Fault::LeavesBodiesUnread, &["P2"]),
    (Fault::NeverTimesOut, &["P2"]),
    (
        Fault::SaysBadRequestToEverything,
        &["P1", "P2", "P3", "P11", "P14", "P16"],
    ),
    (Fault::TimesOutAtOnce, &["P2"]),
    (Fault::WrongAllow, &["P2"]),
    (Fault::WrongPointers, &["P2"]),
    (Fault::AsksCustomersForAKey, &["P1", "P2", "P14"]),
    (Fault::BelievesAnyKey, &["P2", "P16"]),
    (Fault::DoesItAndSaysNo, &["P2"]),
    (Fault::LetsEverybodyIn, &["P2", "P16"]),
    (Fault::NeverSaysHowToComeIn, &["P2"]),
    (Fault::LastOneWins, &["P1", "P3", "P8", "P11"]),
    (
        Fault::RefusesEverybody,
        &[
            "P1", "P2", "P3", "P4", "P7", "P8", "P11", "P12", "P14", "P16",
        ],
    ),
    (Fault::SellsTwice, &["P3"]),
    (
        Fault::AnswersBeforeWriting,
        &["P4", "P6", "P7", "P8", "P11", "P12", "P14"],
    ),
    (Fault::GroupInTwoWrites, &["P4"]),
    (Fault::KeepsWritingAfterAFailedSync, &["P4"]),
    (Fault::TrustsTheLastLine, &["P4"]),
    (Fault::NoDirectorySync, &["P4"]),
    (Fault::NoFileSync, &["P4"]),
    (Fault::TornLineStaysThere, &["P4"]),
    (Fault::SixtyFourThreads, &["P5"]),
    (Fault::DropsInFlight, &["P6"]),
    (Fault::EndsWithAnError, &["P6"]),
    (Fault::ServesOnAfterTheSignal, &["P6"]),
    (Fault::NothingElsewhere, &["P7"]),
    (Fault::DecidesFromMemory, &["P8"]),
    (Fault::ReadsOnlyItself, &["P8"]),
    (Fault::AbortsInProcess, &["P9"]),
    (Fault::LoopsHoldingTheLock, &["P9"]),
    (Fault::PanicsHoldingTheLock, &["P9"]),
    (Fault::HistoryInReverse, &["P11", "P16"]),
    (Fault::HistoryOfRefusals, &["P11"]),
    (Fault::HistoryWithoutReasons, &["P11", "P16"]),
    (Fault::CountsAdoptions, &["P12"]),
    (Fault::CountsSinceStart, &["P12"]),
    (Fault::AProcessMore, &["P13"]),
    (Fault::CountsEveryDelivery, &["P13"]),
    (Fault::LosesMessages, &["P13"]),
    (Fault::ACheckout, &["P15"]),
    (Fault::AnyBodyForAKey, &["P14"]),
    (Fault::ForgetsKeys, &["P14"]),
    (Fault::HappensAgain, &["P14"]),
    (Fault::IgnoresKeys, &["P14"]),
    (Fault::KeyInASecondWrite, &["P14"]),
    (Fault::CannotReadOldLines, &["P16"]),
    (Fault::ForgetsForStrangers, &["P16"]),
    (Fault::OnlySaysItForgot, &["P16"]),
    (
        Fault::ForgetsOnRestart,
        &["P4", "P6", "P7", "P8", "P11", "P12", "P14", "P16"],
    ),
];

/// Faults that only a kill at the right moment, a power cut or a failing sync brings to light.
const SEEN_BY_STRACE: [Fault; 6] = [
    Fault::KeyInASecondWrite,
    Fault::KeepsWritingAfterAFailedSync,
    Fault::TrustsTheLastLine,
    Fault::NoDirectorySync,
    Fault::NoFileSync,
    Fault::TornLineStaysThere,
];

/// P5 opens a thousand connections and allows two seconds, so nothing else runs beside it.
static QUIET: RwLock<()> = RwLock::new(());

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Most of the time is spent waiting.
    arguments.test_threads.get_or_insert(10);
    let told = arguments.nocapture;
    let missing = strace::missing().unwrap_or_default();
    if let Some(why) = &missing {
        eprintln!("{} faults cannot be seen: {why}", SEEN_BY_STRACE.len());
    }
    let trial = |fault: &'static Fault| {
        let trial = Trial::test(name(*fault), move || {
            seen_to_break(*fault, told).map_err(failed)
        });
        trial.with_ignored_flag(missing.is_some() && SEEN_BY_STRACE.contains(fault))
    };
    let mut trials: Vec<Trial> = Fault::value_variants().iter().map(trial).collect();
    trials.extend([
        Trial::test("a_shop_that_is_paid_by_the_month_breaks_P10", || {
            paid_by_the_month().map_err(failed)
        }),
        Trial::test("what_a_backup_does_not_bring_back_is_counted", || {
            backups().map_err(failed)
        }),
        Trial::test("files_on_a_machine_that_is_to_have_none_are_seen", || {
            files_beside_a_database().map_err(failed)
        })
        .with_ignored_flag(missing.is_some()),
        Trial::test("a_kill_between_the_database_and_the_answer_is_seen", || {
            keys_beside_a_database().map_err(failed)
        }),
        Trial::test("a_shop_s_processes_and_memory_are_read", || {
            processes_and_memory().map_err(failed)
        }),
    ]);
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn name(fault: Fault) -> String {
    let value = fault.to_possible_value().expect("every fault has a name");
    value.get_name().replace('-', "_")
}

#[allow(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn failed(error: anyhow::Error) -> Failed {
    Failed::from(format!("{error:#}"))
}

/// What its staff says of itself.
const STAFF_KEY: &str = "anemones";

fn shop_with(fault: Fault) -> Rung {
    let mut rung = rung(Path::new(env!("CARGO_BIN_EXE_wrong_shop")), fault);
    rung.env
        .insert("STAFF_KEY".to_owned(), STAFF_KEY.to_owned());
    Rung {
        staff_key: Some(STAFF_KEY.to_owned()),
        elsewhere: Some("SHOP_ELSEWHERE".to_owned()),
        kills: 20,
        loops: 4,
        forget: Some("DELETE /customers/{customer}".to_owned()),
        idle_month: Some(IdleMonth::default()),
        golden: Some(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/old-shop").into()),
        // Whoever says nothing of messages is looked at for processes that may send some.
        messages: (fault != Fault::AProcessMore).then(messages),
        ..rung
    }
}

/// The display counts the homes, and no letters are written, for there is no table.
fn messages() -> Messages {
    Messages {
        twice: [("DELIVERIES".to_owned(), "2".to_owned())].into(),
        count: "/display".to_owned(),
        field: "homes".to_owned(),
        letters: None,
    }
}

fn seen_to_break(fault: Fault, told: bool) -> Result<()> {
    let Some((_, breaks)) = BREAKS.iter().find(|(known, _)| *known == fault) else {
        bail!("{} has no line in the table", name(fault));
    };
    let rung = shop_with(fault);
    for promise in Promise::all() {
        let short = promise.to_string();
        let breaks = breaks.contains(&short.as_str());
        if !breaks && fault != Fault::None && !QUICK.contains(&short.as_str()) {
            continue;
        }
        let alone = short == "P5";
        let _alone = alone.then(|| QUIET.write().unwrap_or_else(PoisonError::into_inner));
        let _beside = (!alone).then(|| QUIET.read().unwrap_or_else(PoisonError::into_inner));
        let finding = ask_rung(promise, &rung)?;
        if told {
            println!("{}: {finding}", name(fault));
        }
        let due = if breaks { Seen::Broken } else { Seen::Kept };
        ensure!(
            finding.seen == due,
            "{} should be seen as {due:?}:\n{finding}",
            name(fault)
        );
    }
    Ok(())
}

fn paid_by_the_month() -> Result<()> {
    let nothing = "A month in which nobody comes costs nothing but storage";
    let five = "A month in which nobody comes costs $5.00, storage";
    for (waiting, watch, seen, line) in [
        ("0", "0", Seen::Kept, format!("{nothing}.")),
        (
            "0",
            "0.4",
            Seen::Kept,
            format!("{nothing}, and $0.40 for what watches over it."),
        ),
        ("5", "0", Seen::Broken, format!("{five} not counted.")),
        (
            "5",
            "0.4",
            Seen::Broken,
            format!("{five} and $0.40 for what watches over it not counted."),
        ),
    ] {
        let rung = Rung {
            idle_month: Some(IdleMonth {
                waiting: waiting.parse()?,
                watch: watch.parse()?,
            }),
            ..shop_with(Fault::None)
        };
        let finding = ask_rung("P10".parse().map_err(anyhow::Error::msg)?, &rung)?;
        ensure!(
            finding.seen == seen && finding.lines == [line.as_str()],
            "{line}\n{finding}"
        );
    }
    Ok(())
}

fn backups() -> Result<()> {
    let told = [
        (
            "backup",
            "brought back all 10 pets from before it, and 10 of 10 acknowledged after it are gone",
        ),
        ("backup-of-half", "brought back no more than "),
        ("no-backup", "`no-backup {file}` failed"),
    ];
    for (backup, words) in told {
        let rung = Rung {
            elsewhere: None,
            backup: Some(vec![backup.to_owned(), "{file}".to_owned()]),
            restore: Some(vec!["restore".to_owned(), "{file}".to_owned()]),
            ..shop_with(Fault::None)
        };
        let finding = ask_rung("P7".parse().map_err(anyhow::Error::msg)?, &rung)?;
        ensure!(finding.seen == Seen::Broken, "{finding}");
        ensure!(finding.lines[0].contains(words), "{words:?}: {finding}");
    }
    // What is kept elsewhere as well needs no backup to bring it back.
    let rung = Rung {
        backup: Some(vec!["backup".to_owned(), "{file}".to_owned()]),
        restore: Some(vec!["restore-nothing".to_owned(), "{file}".to_owned()]),
        ..shop_with(Fault::None)
    };
    let finding = ask_rung("P7".parse().map_err(anyhow::Error::msg)?, &rung)?;
    ensure!(finding.seen == Seen::Kept, "{finding}");
    Ok(())
}

/// A database elsewhere is asked for less. So whoever says that they have one must not keep anything else.
fn files_beside_a_database() -> Result<()> {
    let told = [
        (
            "P4",
            "and yet it changes files on its own machine, 2 of them: ",
        ),
        (
            "P7",
            "The disk was lost, and 10 of 10 acknowledged pets with it",
        ),
        ("P8", "was answered 404 at the other"),
    ];
    for (promise, words) in told {
        let rung = Rung {
            elsewhere: None,
            database: Some(Kind::Dynamodb),
            second_instance: SecondInstance::SameDatabase,
            ..shop_with(Fault::None)
        };
        let finding = ask_rung(promise.parse().map_err(anyhow::Error::msg)?, &rung)?;
        ensure!(finding.seen == Seen::Broken, "{finding}");
        ensure!(finding.lines[0].contains(words), "{words:?}: {finding}");
    }
    Ok(())
}

fn keys_beside_a_database() -> Result<()> {
    for (fault, seen) in [
        (Fault::None, Seen::Kept),
        (Fault::KeyInASecondWrite, Seen::Broken),
    ] {
        let rung = Rung {
            database: Some(Kind::Dynamodb),
            ..shop_with(fault)
        };
        let finding = ask_rung("P14".parse().map_err(anyhow::Error::msg)?, &rung)?;
        ensure!(finding.seen == seen, "{}: {finding}", name(fault));
        let words = "had happened, the shop was killed before it answered";
        let is_told = finding.lines[0].contains(words);
        ensure!(is_told == (seen == Seen::Broken), "{finding}");
    }
    Ok(())
}

fn processes_and_memory() -> Result<()> {
    let rung = shop_with(Fault::AProcessMore);
    let machine = rung.machine()?;
    let running = machine.start()?;
    let (processes, memory) = (running.processes()?.len(), running.memory()?);
    ensure!(processes == 2, "{processes} processes");
    ensure!((100_000..1_000_000_000).contains(&memory), "{memory} bytes");
    Ok(())
}
