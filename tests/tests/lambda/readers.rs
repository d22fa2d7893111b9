//! The template, before the programs that read it: as it is, and damaged, to see that it would be noticed.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use less_to_run_tests::infra::accepted;
use less_to_run_tests::lambda::{linter, template, translated};
use regex::Regex;
use tempfile::tempdir;

use crate::damaged;
use crate::host::{DIGEST, KEY};

/// Of what a function may do it reads the long form alone.
#[test]
fn cfn_lint_has_nothing_to_say_of_either_form() -> Result<()> {
    let Some(cfn_lint) = linter()? else {
        return Ok(());
    };
    let says = |file: &Path| {
        let mut command = Command::new(&cfn_lint);
        accepted(command.arg("--").arg(file))
    };
    let lint = |file: &Path| -> Result<String> {
        let of_short = says(file)?;
        let long = tempfile::Builder::new().suffix(".json").tempfile()?;
        fs::write(
            long.path(),
            translated(file)?.unwrap_or_default().to_string(),
        )?;
        Ok(of_short + &says(long.path())?)
    };
    let said = lint(&template())?;
    ensure!(said.is_empty(), "{said}");
    refused(&lint, "MemorySize: 128", "MemorySize: 12", "E3034")?;
    refused(&lint, "Days: 30", "Days: 31", "E3030")?;
    refused(&lint, "!GetAtt Table.Arn", "!GetAtt Tables.Arn", "E1010")?;
    refused(&lint, "dynamodb:Query", "dynamodb:Queries", "W3037")
}

#[test]
fn sam_understands_its_short_form() -> Result<()> {
    let Some(long) = translated(&template())? else {
        return Ok(());
    };
    let resources = long["Resources"].as_object().context("no resources")?;
    let types: Vec<_> = resources.values().map(|each| &each["Type"]).collect();
    let short = types
        .iter()
        .find(|kind| kind.to_string().contains("Serverless"));
    ensure!(short.is_none(), "{short:?}");
    let translate = |file: &Path| translated(file).map(|_| "nothing".to_owned());
    let rule = "Type: EventBridgeRule";
    refused(&translate, rule, "Type: EventBridgeRules", "Papers")?;
    refused(&translate, "Timeout: 3", "Timeouts: 3", "Timeouts")?;
    refused(&translate, "Handler: list", "Handlers: list", "List")?;
    refused(&translate, "Type: SQS", "Type: Mail", "Papers")
}

/// AWS holds the whole of a value against the pattern.
#[test]
fn a_key_is_not_taken_for_its_digest() -> Result<()> {
    let Some(long) = translated(&template())? else {
        return Ok(());
    };
    let pattern = &long["Parameters"]["StaffKeySha256"]["AllowedPattern"];
    let pattern = pattern.as_str().context("no pattern")?;
    let pattern = Regex::new(&format!("^(?:{pattern})$"))?;
    let another = "0".repeat(64);
    ensure!(pattern.is_match(DIGEST));
    ensure!(pattern.is_match(&format!("{DIGEST},{another}")));
    // What `openssl rand -hex 32` prints has as many digits. There only the functions can tell, to nobody's harm: they let nobody in.
    for other in [
        KEY,
        "",
        &DIGEST[1..],
        &format!("{DIGEST},"),
        &format!("{DIGEST},{another},{another}"),
        &format!("{DIGEST}  -"),
    ] {
        ensure!(!pattern.is_match(other), "{other:?}");
    }
    Ok(())
}

/// Has `check` refuse the template with a damage, saying `why`.
fn refused(check: &dyn Fn(&Path) -> Result<String>, from: &str, to: &str, why: &str) -> Result<()> {
    let folder = tempdir()?;
    let file = folder.path().join("template.yaml");
    fs::write(&file, damaged(&fs::read_to_string(template())?, from, to)?)?;
    let Err(error) = check(&file) else {
        bail!("{to:?} was accepted");
    };
    let words = format!("{error:#}");
    ensure!(words.contains(why), "{to:?}: {words}");
    Ok(())
}
