//! The templates, before the programs that read it: as they are, and damaged, to see that it would be noticed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use less_to_run_tests::infra::accepted;
use less_to_run_tests::lambda::{CHAPTERS, Chapter, linter, parameters, translated};
use tempfile::tempdir;

use crate::{all_long, damaged, newest, on_each};

#[test]
fn cfn_lint_has_nothing_to_say_of_either_form() -> Result<()> {
    let Some(cfn_lint) = linter()? else {
        return Ok(());
    };
    let says = |files: &[&Path]| {
        let mut command = Command::new(&cfn_lint);
        accepted(command.arg("--").args(files))
    };
    let folder = tempdir()?;
    let mut files: Vec<PathBuf> = vec![];
    for (chapter, long) in CHAPTERS.iter().zip(all_long()?) {
        let file = folder.path().join(format!("{}.json", chapter.name));
        fs::write(&file, long.to_string())?;
        files.extend([chapter.template(), file]);
    }
    ensure!(files.len() == 2 * CHAPTERS.len(), "not all are translated");
    // It takes longer to start than to read one.
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let said = says(&files)?;
    ensure!(said.is_empty(), "{said}");
    let chapter = newest();
    let short = |file: &Path| says(&[file]);
    let long = |file: &Path| {
        let long = tempfile::Builder::new().suffix(".json").tempfile()?;
        let translated = translated(file)?.unwrap_or_default();
        fs::write(long.path(), translated.to_string())?;
        says(&[long.path()])
    };
    let refused = |check, from: &str, to: &str, why| refused(chapter, check, from, to, why);
    refused(&short, "MemorySize: 128", "MemorySize: 12", "E3034")?;
    refused(&short, "Days: 30", "Days: 31", "E3030")?;
    let (table, _) = chapter.tables.first().context("no table")?;
    let (arn, other) = (
        format!("!GetAtt {table}.Arn"),
        format!("!GetAtt {table}s.Arn"),
    );
    // Of what a function may do it reads the long form alone.
    refused(&long, &arn, &other, "E1010")?;
    refused(&long, "dynamodb:Query", "dynamodb:Queries", "W3037")?;
    // ANCHOR: visibility
    // A letter has to be hidden for as long as somebody may be writing it.
    let longer = ("Timeout: 3\n", "Timeout: 30\n");
    refused(&long, longer.0, longer.1, "E3505")
    // ANCHOR_END: visibility
}

#[test]
fn sam_understands_its_short_form() -> Result<()> {
    on_each(|_, long| {
        let resources = long["Resources"].as_object().context("no resources")?;
        let types: Vec<_> = resources.values().map(|each| &each["Type"]).collect();
        let short = types
            .iter()
            .find(|kind| kind.to_string().contains("Serverless"));
        ensure!(short.is_none(), "{short:?}");
        Ok(())
    })?;
    if linter()?.is_none() {
        return Ok(());
    }
    let translate = |file: &Path| translated(file).map(|_| "nothing".to_owned());
    let refused = |from, to, why| refused(newest(), &translate, from, to, why);
    let rule = "Type: EventBridgeRule";
    refused(rule, "Type: EventBridgeRules", "Papers")?;
    refused("Timeout: 3", "Timeouts: 3", "Timeouts")?;
    refused("Handler: list", "Handlers: list", "List")?;
    refused("Type: SQS", "Type: Mail", "'Type")
}

#[test]
fn a_key_is_not_taken_for_its_digest() -> Result<()> {
    on_each(parameters::digest)
}

#[test]
fn a_key_for_cursors_is_hidden_and_is_a_key() -> Result<()> {
    on_each(parameters::cursors)
}

#[test]
fn a_key_for_names_is_hidden_and_is_one_key() -> Result<()> {
    on_each(parameters::names)
}

#[test]
fn a_secret_of_the_provider_is_hidden_and_cannot_be_guessed() -> Result<()> {
    on_each(parameters::secret)
}

#[test]
fn a_provider_without_an_address_is_none() -> Result<()> {
    on_each(parameters::provider)
}

/// Has `check` refuse the template of a chapter with a damage, saying `why`.
fn refused(
    chapter: &Chapter,
    check: &dyn Fn(&Path) -> Result<String>,
    from: &str,
    to: &str,
    why: &str,
) -> Result<()> {
    let folder = tempdir()?;
    let file = folder.path().join("template.yaml");
    fs::write(
        &file,
        damaged(&fs::read_to_string(chapter.template())?, from, to)?,
    )?;
    let Err(error) = check(&file) else {
        bail!("{to:?} was accepted");
    };
    let words = format!("{error:#}");
    ensure!(words.contains(why), "{to:?}: {words}");
    Ok(())
}
