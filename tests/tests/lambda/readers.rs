//! The templates, before the programs that read it: as they are, and damaged, to see that it would be noticed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use less_to_run_tests::infra::accepted;
use less_to_run_tests::lambda::{CHAPTERS, Chapter, linter, translated};
use regex::Regex;
use serde_json::Value;
use tempfile::tempdir;

use crate::host::{DIGEST, KEY};
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
    refused(&long, "dynamodb:Query", "dynamodb:Queries", "W3037")
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
    on_each(|_, long| {
        let pattern = pattern(long, "StaffKeySha256")?;
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
    })
}

/// Its functions start with what they are given here, and with nothing else: chapters-code/ch06-state/src/cursor.rs
#[test]
fn a_key_for_cursors_is_hidden_and_is_a_key() -> Result<()> {
    on_each(|chapter, long| {
        let Some(key) = given(chapter, "CURSOR_KEY") else {
            return Ok(());
        };
        let name = "CursorKey";
        ensure!(long["Parameters"][name]["NoEcho"] == true, "it is shown");
        let pattern = pattern(long, name)?;
        let another = "0".repeat(64);
        ensure!(pattern.is_match(key));
        ensure!(pattern.is_match(&format!("{another},{key}")));
        for other in [
            "",
            "secret",
            &key[1..],
            &format!("{key},"),
            &format!("{key}{another}"),
            &key.replace('4', "g"),
        ] {
            ensure!(!pattern.is_match(other), "{other:?}");
        }
        Ok(())
    })
}

/// Its functions start with what they are given here, and with nothing else: chapters-code/ch11-change-over-time/src/people.rs
#[test]
fn a_key_for_names_is_hidden_and_is_one_key() -> Result<()> {
    on_each(|chapter, long| {
        let Some(key) = given(chapter, "NAMES_KEY") else {
            return Ok(());
        };
        let name = "NamesKey";
        ensure!(long["Parameters"][name]["NoEcho"] == true, "it is shown");
        let pattern = pattern(long, name)?;
        ensure!(pattern.is_match(key));
        for other in [
            "",
            "secret",
            &key[1..],
            &format!("{key},{key}"),
            &key.replace('4', "g"),
        ] {
            ensure!(!pattern.is_match(other), "{other:?}");
        }
        Ok(())
    })
}

/// Its functions start with what they are given here, and with nothing that is shorter: chapters-code/ch10-processes/src/webhook.rs
#[test]
fn a_secret_of_the_provider_is_hidden_and_cannot_be_guessed() -> Result<()> {
    on_each(|chapter, long| {
        let Some(secret) = given(chapter, "WEBHOOK_SECRET") else {
            return Ok(());
        };
        let name = "WebhookSecret";
        ensure!(long["Parameters"][name]["NoEcho"] == true, "it is shown");
        let pattern = pattern(long, name)?;
        let least = "tulips-and-roses";
        ensure!(least.len() == 16);
        for known in [secret, least, &format!("{least},{secret}")] {
            ensure!(pattern.is_match(known), "{known:?}");
        }
        for other in [
            "",
            KEY,
            &least[1..],
            &format!("{secret},"),
            &format!(",{secret}"),
            &format!("{secret},{KEY}"),
            &format!("{KEY},{secret}"),
            &format!("{secret}, {secret}"),
            &format!("{secret},{secret},{secret}"),
            &" ".repeat(16),
        ] {
            ensure!(!pattern.is_match(other), "{other:?}");
        }
        Ok(())
    })
}

#[test]
fn a_provider_without_an_address_is_none() -> Result<()> {
    on_each(|chapter, long| {
        // The one that is given here is asked in the clear, which is good for this machine only.
        let Some(here) = given(chapter, "PAYMENTS_URL") else {
            return Ok(());
        };
        let pattern = pattern(long, "PaymentsUrl")?;
        for known in ["https://payments.example", "https://payments.example/v1"] {
            ensure!(pattern.is_match(known), "{known:?}");
        }
        for other in [
            "",
            here,
            "payments.example",
            "https://",
            "ftp://payments.example",
        ] {
            ensure!(!pattern.is_match(other), "{other:?}");
        }
        Ok(())
    })
}

/// What the functions of a chapter are told here in a variable.
fn given(chapter: &Chapter, variable: &str) -> Option<&'static str> {
    let mut told = chapter.environment.iter();
    let told = told.find(|(name, _)| *name == variable);
    told.map(|(_, value)| *value)
}

/// What a parameter may be. AWS holds the whole of a value against it.
fn pattern(long: &Value, parameter: &str) -> Result<Regex> {
    let pattern = &long["Parameters"][parameter]["AllowedPattern"];
    let pattern = pattern.as_str().context("no pattern")?;
    Ok(Regex::new(&format!("^(?:{pattern})$"))?)
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
