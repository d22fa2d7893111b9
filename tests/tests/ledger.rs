//! The ledger, the bill and every measured figure are what they say they are.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow};
use book::bill::Bill;
use book::ledger::Ledger;
use book::measured::Measured;
use book::prices::Prices;
use book::responsibility::Responsibilities;
use book::workspace::Workspace;
use book::{generated, measured};
use less_to_run_tests::drafts::without_drafts;
use less_to_run_tests::ledger::bundled::BUNDLED;
use less_to_run_tests::ledger::{self, carried, crates::Crates, processes};
use less_to_run_tests::measure::open::{Open, Rung};
use less_to_run_tests::measure::programs::{Served, data_folder};
use less_to_run_tests::measure::quiet;
use less_to_run_tests::programs;

fn workspace() -> Workspace {
    Workspace::find().expect("the tests run inside the workspace")
}

/// The count of all rungs. It reads all the code that they run, and is the same for every test.
fn counted() -> Result<&'static Measured> {
    static COUNTED: OnceLock<Result<Measured, String>> = OnceLock::new();
    let counted =
        COUNTED.get_or_init(|| ledger::count(&workspace()).map_err(|error| format!("{error:#}")));
    counted.as_ref().map_err(|error| anyhow!("{error}"))
}

/// Says something although the test passes: what the macros print is kept back then.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[test]
fn a_new_count_gives_the_ledger_that_the_book_shows() -> Result<()> {
    let workspace = workspace();
    let shown = measured::load(&workspace, "ledger")?;
    let counted = counted()?;
    let differences = ledger::differences(&shown.rungs, &counted.rungs);
    assert!(
        differences.is_empty(),
        "book/measured/ledger.json is stale. Count again with `{}`\n{}",
        ledger::COMMAND,
        differences.join("\n")
    );
    Ok(())
}

#[test]
fn the_picture_in_the_readme_is_the_ladder() -> Result<()> {
    let workspace = workspace();
    let shown = fs::read_to_string(workspace.book().join("ladder.svg"))?;
    assert!(
        shown == generated::ladder::standalone(&workspace)?,
        "book/ladder.svg is stale. Draw it again with `{}`",
        ledger::COMMAND
    );
    Ok(())
}

#[test]
fn no_measured_figure_is_stale() -> Result<()> {
    let stale = measured::stale_files(&workspace())?;
    let told: Vec<String> = stale.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    for (name, file) in measured::load_all(&workspace())? {
        if file.machine.contains(quiet::BUSY) {
            say(&format!(
                "warning: book/measured/{name}.json was taken on a machine that was {}: `{}`",
                quiet::BUSY,
                file.command
            ));
        }
    }
    Ok(())
}

#[test]
fn the_prices_are_well_formed() -> Result<()> {
    let prices = Prices::load(&workspace())?;
    assert!(prices.iter().count() > 0, "the price list is empty");
    for warning in prices.too_old_today() {
        say(&format!("warning: {warning}"));
    }
    Ok(())
}

#[test]
fn every_chapter_has_its_rung_and_is_called_what_its_page_is_called() -> Result<()> {
    let workspace = workspace();
    let declared = Responsibilities::load(&workspace)?;
    let chapters = without_drafts(&workspace)?;
    assert!(!chapters.is_empty());
    for chapter in &chapters {
        let rung = declared.rung(chapter.number)?;
        let page = workspace.book().join(format!("{}.md", chapter.name));
        let text = std::fs::read_to_string(&page).with_context(|| page.display().to_string())?;
        let title = text.lines().find_map(|line| line.strip_prefix("# "));
        assert_eq!(
            title,
            Some(rung.title.as_str()),
            "book/{}.md and book/responsibility.toml",
            chapter.name
        );
    }
    for rung in &declared.rungs {
        workspace
            .chapter(rung.rung)
            .context("book/responsibility.toml declares it")?;
    }
    Ok(())
}

#[test]
fn what_is_declared_of_a_rung_does_not_contradict_itself() -> Result<()> {
    let workspace = workspace();
    for rung in &Responsibilities::load(&workspace)?.rungs {
        for part in &rung.parts {
            let there =
                part.source.starts_with("https://") || workspace.root().join(&part.source).exists();
            assert!(
                there,
                "rung {}: the source {} of the {} does not exist",
                rung.rung, part.source, part.part
            );
        }
        let kernel = rung
            .part("kernel")
            .is_some_and(book::responsibility::Part::is_yours);
        assert_eq!(
            kernel,
            rung.machines > 0,
            "rung {}: whoever applies the kernel's fixes has machines to keep up to date, and nobody else has",
            rung.rung
        );
    }
    Ok(())
}

#[test]
fn a_running_rung_consists_of_the_processes_that_it_declares() -> Result<()> {
    if !processes::can_be_seen() {
        assert!(
            std::env::var_os("BOOK_REQUIRE_ALL").is_none(),
            "there is no /proc on this system"
        );
        say("skipped: there is no /proc on this system, which would tell the processes of a rung");
        return Ok(());
    }
    let workspace = workspace();
    let declared = Responsibilities::load(&workspace)?;
    let target = workspace.root().join("target");
    let folder = data_folder(&target)?;
    let shop = programs::build("ch01-bare-server", "ch01-bare-server")?;
    let shop = Served::start(&shop, folder.path())?;
    let seen = processes::tree_of(shop.process())?;
    assert_eq!(seen, declared.rung(1)?.processes, "rung 1");
    let platform = programs::build("ch03-platform", "ch03-platform")?;
    let database = programs::build("local", "local")?;
    let rung = Rung::elsewhere(platform, database.clone(), false);
    // The platform starts it as often as it is declared, and runs the database nowhere.
    let open = Open::within(data_folder(&target)?, &rung)?;
    let seen = processes::tree_of(open.shop.process())?;
    let mut once = declared.rung(3)?.processes.clone();
    once.dedup();
    assert_eq!(seen, once, "rung 3");
    let host = programs::build("ch04-functions", "ch04-functions")?;
    let rung = Rung::Elsewhere {
        release: host.clone(),
        shop: host,
        told: vec![(
            "FUNCTIONS".to_owned(),
            workspace.told("{root}/infra/ch04-functions/functions.toml"),
        )],
        database,
        on_file: false,
    };
    // No function runs before somebody comes.
    let open = Open::within(data_folder(&target)?, &rung)?;
    let seen = processes::tree_of(open.shop.process())?;
    let mut once = declared.rung(4)?.processes.clone();
    once.dedup();
    assert_eq!(seen, once, "rung 4");
    Ok(())
}

#[test]
fn what_is_only_for_this_machine_is_not_counted() -> Result<()> {
    let workspace = workspace();
    let rung = counted()?.rungs.iter().find(|rung| rung.rung == 5);
    let template = workspace.root().join("infra/ch05-lambda/template.yaml");
    let deployed = ledger::lines::of_configuration(&template)?;
    let configuration = rung.context("rung 5 is counted")?.configuration;
    assert_eq!(configuration, deployed, "the rest is not deployed");
    Ok(())
}

#[test]
fn what_only_builds_and_tests_need_is_not_in_the_process() -> Result<()> {
    let in_process = Crates::of(&workspace())?.in_process("ch01-bare-server")?;
    let names: Vec<String> = in_process
        .third_party()?
        .into_iter()
        .map(|one| one.name)
        .collect();
    let has = |name: &str| names.iter().any(|other| other == name);
    assert!(has("serde_json") && has("itoa"), "{names:?}");
    assert!(
        !has("proptest") && !has("tempfile") && !has("serde_derive"),
        "{names:?}"
    );
    assert_eq!(in_process.ours.len(), 1, "{:?}", in_process.ours);
    Ok(())
}

#[test]
fn a_chapter_that_reuses_another_one_runs_its_code_too() -> Result<()> {
    let in_process = Crates::of(&workspace())?.in_process("ch02-virtual-server")?;
    let ours: Vec<&str> = in_process
        .ours
        .iter()
        .map(|member| member.name.as_str())
        .collect();
    assert!(ours.contains(&"ch01-bare-server"), "{ours:?}");
    assert!(
        in_process
            .third_party()?
            .iter()
            .all(|one| one.name != "ch01-bare-server")
    );
    Ok(())
}

#[test]
fn what_chapter_2_alone_needs_is_not_counted_for_chapter_3() -> Result<()> {
    let crates = Crates::of(&workspace())?;
    let in_process = crates.in_process("ch03-platform")?;
    let names: Vec<String> = (in_process.third_party()?.into_iter())
        .map(|one| one.name)
        .collect();
    for (name, wanted) in [
        ("rusqlite", false),
        ("libsqlite3-sys", false),
        ("aws-sdk-dynamodb", true),
        ("ring", true),
    ] {
        let is_there = names.iter().any(|other| other == name);
        assert_eq!(is_there, wanted, "{name}: {names:?}");
    }
    let (own, earlier): (Vec<_>, Vec<_>) =
        (in_process.ours.into_iter()).partition(|member| member.name == "ch03-platform");
    let files = carried::files(&own[0], &earlier)?;
    let carries = |file: &str| files.iter().any(|path| path.ends_with(file));
    for (file, wanted) in [
        ("ch01-bare-server/src/shop.rs", true),
        ("ch01-bare-server/src/journal.rs", false),
        ("ch02-virtual-server/src/answer.rs", true),
        ("ch02-virtual-server/src/rows.rs", false),
        ("ch02-virtual-server/src/database.rs", false),
    ] {
        assert_eq!(carries(file), wanted, "{file}: {files:?}");
    }
    Ok(())
}

#[test]
fn the_host_that_stands_in_for_others_is_not_counted_for_chapter_7() -> Result<()> {
    let crates = Crates::of(&workspace())?;
    let in_process = crates.in_process_without_defaults("ch07-events")?;
    let names = in_process.third_party()?;
    let has = |name: &str| names.iter().any(|other| other.name == name);
    assert!(has("aws-sdk-dynamodb") && !has("rusqlite") && !has("quamina"));
    let (own, earlier): (Vec<_>, Vec<_>) =
        (in_process.ours.into_iter()).partition(|member| member.name == "ch07-events");
    let others = carried::files(&own[0], &earlier)?;
    let runs = |file: &str| others.iter().any(|path| path.ends_with(file));
    assert!(runs("ch06-state/src/store.rs") && runs("ch04-functions/src/counter.rs"));
    assert!(!runs("ch04-functions/src/host.rs") && !runs("ch04-functions/src/pool.rs"));
    let folder = own[0].folder.join("src");
    let files = ledger::lines::rust_files(&folder)?;
    let files = ledger::lines::compiled(&files, &own[0].features)?;
    let has = |file: &str| files.iter().any(|path| path.ends_with(file));
    assert!(has("src/outbox.rs") && has("office/display.rs"));
    let hosts = [
        "src/main.rs",
        "src/house.rs",
        "src/queue.rs",
        "queue/file.rs",
    ];
    assert!(!hosts.iter().any(|file| has(file)), "{files:?}");
    Ok(())
}

/// What build scripts have left in the target folder tells what they compiled.
#[test]
fn the_c_and_assembler_that_is_counted_is_what_was_compiled() -> Result<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        say("skipped: what a crate compiles is counted as on Linux on an x86_64, and this is none");
        return Ok(());
    }
    // As a test it has been built with both.
    let built = Crates::of(&workspace())?.target().join("debug/build");
    for (name, files) in BUNDLED {
        let compiled = compiled(&built, name)?;
        let listed: BTreeSet<String> = files.iter().filter_map(stem).collect();
        assert_eq!(
            compiled, listed,
            "objects of {name}, and what BUNDLED says of it"
        );
    }
    Ok(())
}

/// The names of the objects that the newest build of a crate has made, without those for tests.
fn compiled(built: &Path, name: &str) -> Result<BTreeSet<String>> {
    let mut newest = None;
    for entry in fs::read_dir(built)? {
        let out = entry?.path().join("out");
        let folder = out.parent().and_then(stem).unwrap_or_default();
        let is_of = folder
            .rsplit_once('-')
            .is_some_and(|(package, _)| package == name);
        if is_of && out.is_dir() {
            newest = newest.max(Some((fs::metadata(&out)?.modified()?, out)));
        }
    }
    let (_, out) =
        newest.with_context(|| format!("{name} was not built in {}", built.display()))?;
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(out)? {
        let path = entry?.path();
        // `1d2c4b69585b25ac-crypto.o`
        if path.extension().is_some_and(|extension| extension == "o")
            && let Some((_, name)) = stem(&path).as_deref().and_then(|name| name.split_once('-'))
            && !name.ends_with("_test")
        {
            names.insert(name.to_owned());
        }
    }
    Ok(names)
}

fn stem(path: impl AsRef<Path>) -> Option<String> {
    Some(path.as_ref().file_stem()?.to_str()?.to_owned())
}

#[test]
fn a_changed_number_is_told() -> Result<()> {
    let counted = &counted()?.rungs;
    let mut shown = counted.clone();
    shown[0].code += 1;
    shown[0].third_party.remove(0);
    let differences = ledger::differences(&shown, counted);
    assert_eq!(differences.len(), 2, "{differences:?}");
    assert!(
        differences[0].starts_with("rung 1: lines of code: the ledger says "),
        "{differences:?}"
    );
    assert_eq!(
        ledger::differences(&counted[..1], &[]),
        ["rung 1 has no crate any more"]
    );
    assert_eq!(
        ledger::differences(&[], &counted[..1]),
        ["rung 1 is not in the ledger"]
    );
    Ok(())
}

#[test]
fn everything_generated_from_the_ledger_can_be_shown() -> Result<()> {
    let workspace = workspace();
    for entry in &Ledger::load(&workspace)?.entries {
        let rung = entry.counted.rung;
        Bill::of(&workspace, rung)?;
        for directive in ["ledger", "bill", "ladder", "head"] {
            let html = generated::render(&workspace, directive, &rung.to_string())?;
            assert!(
                !html.contains("\n\n"),
                "{directive} {rung} holds a blank line"
            );
        }
    }
    Ok(())
}
