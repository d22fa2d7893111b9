//! Who notices that one value of a template is another.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, anyhow, ensure};
use book::measured::{Cell, Measured};
use serde_json::Value;

use crate::lambda::{CHAPTER_11, Checks, linter, translated};
use crate::measure::chapter4::{table, words};
use crate::measure::chapter5::sale::count_of;
use crate::programs;

const TRANSLATOR: &str = "SAM’s translator";
const LINTER: &str = "cfn-lint";

/// A template with one other value.
struct Mutant {
    place: String,
    was: Value,
    now: Value,
    long: Option<Value>,
}

/// Puts down how many values chapter 11's template has, and who notices when one of them is another.
pub fn with_another_value(folder: &Path, file: &mut Measured) -> Result<()> {
    eprintln!("who notices another value in a template");
    let chapter = &CHAPTER_11;
    let why = "cfn-lint is missing (`cargo book fetch` brings it)";
    let cfn_lint = linter()?.context(why)?;
    let long = translated(&chapter.template())?.context(why)?;
    let checks = Checks::of(chapter, &long)?;
    let mut noticed: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unnoticed = vec![];
    let (mut values, mut files) = (0, vec![]);
    each(&chapter.template(), |mutant| {
        values += 1;
        let who = match &mutant.long {
            None => Some(TRANSLATOR),
            Some(long) => checks.noticed(long),
        };
        if let Some(who) = who {
            *noticed.entry(who).or_default() += 1;
            return Ok(());
        }
        let name = folder.join(format!("{values}.json"));
        let long = mutant.long.as_ref().map(Value::to_string);
        fs::write(&name, long.unwrap_or_default())?;
        files.push(name);
        unnoticed.push(mutant);
        Ok(())
    })?;
    let refused = linted(&cfn_lint, &files)?;
    let mut left = vec![];
    for (mutant, refused) in unnoticed.into_iter().zip(refused) {
        if refused {
            *noticed.entry(LINTER).or_default() += 1;
        } else {
            left.push(mutant);
        }
    }
    put(values, &noticed, &left, file);
    Ok(())
}

/// Hands over each of the templates, one after the other.
fn each(template: &Path, mut to: impl FnMut(Mutant) -> Result<()>) -> Result<()> {
    let python = programs::root().join("target/tools/cfn-lint/bin/python");
    let script = programs::root().join("tests/lambda/mutants.py");
    let mut process = Command::new(python)
        .arg(script)
        .arg(template)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // The translator complains of a habit of its own.
        .stderr(Stdio::null())
        .spawn()?;
    let lines = process.stdout.take().context("no output")?;
    for line in BufReader::new(lines).lines() {
        let mut line: Value = serde_json::from_str(&line?)?;
        let long = line.get_mut("long").map(Value::take);
        to(Mutant {
            place: line["place"].as_str().unwrap_or_default().to_owned(),
            was: line["was"].take(),
            now: line["now"].take(),
            long,
        })?;
    }
    let status = process.wait()?;
    ensure!(status.success(), "tests/lambda/mutants.py: {status}");
    Ok(())
}

/// Of each of these templates whether the linter has something to say. It takes seconds for each.
fn linted(cfn_lint: &Path, files: &[PathBuf]) -> Result<Vec<bool>> {
    let lint = |files: &[PathBuf]| -> Result<Vec<bool>> {
        let each = files.iter().map(|file| {
            let mut command = Command::new(cfn_lint);
            let output = command.arg("--").arg(file).output()?;
            Ok(!output.status.success())
        });
        each.collect()
    };
    let parts = files.chunks(files.len().div_ceil(2).max(1));
    thread::scope(|scope| {
        let parts: Vec<_> = parts.map(|part| scope.spawn(move || lint(part))).collect();
        let mut all = vec![];
        for part in parts {
            all.extend(
                part.join()
                    .map_err(|_| anyhow!("the linter's reader panicked"))??,
            );
        }
        Ok(all)
    })
}

fn put(values: usize, noticed: &BTreeMap<&str, usize>, left: &[Mutant], file: &mut Measured) {
    let of = "values of chapter 11’s template, without descriptions";
    let sum: usize = noticed.values().sum();
    for (key, number, what) in [
        ("template_values", values, of.to_owned()),
        (
            "template_noticed",
            sum,
            format!("{of}, of which it is noticed when one of them is another"),
        ),
        (
            "template_unnoticed",
            left.len(),
            format!("{of}, of which nobody notices it"),
        ),
    ] {
        file.put(key, count_of(number), "values", &what);
    }
    let mut by_number: Vec<(&str, usize)> = noticed.iter().map(|(who, n)| (*who, *n)).collect();
    by_number.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    by_number.push(("nobody", left.len()));
    let rows = by_number
        .into_iter()
        .map(|(who, number)| vec![words(who), Cell::Number(count_of(number))]);
    let note = format!(
        "Each of {values} values was another once: a number ten times as large, a switch thrown, a word another that would do as well. Nothing was taken away, and nothing added. What several \
         notice is counted for the first of them, SAM’s translator before our tests, and cfn-lint last. What functions do and what a release makes is \
         taken from the template as it is; that it is so is tested by running them."
    );
    file.tables.insert(
        "noticed".to_owned(),
        table(
            "Who notices another value",
            &[("Who", ""), ("Values", "values")],
            rows.collect(),
            &note,
        ),
    );
    let rows = left.iter().map(|mutant| {
        // What all have in their names says nothing.
        let place = mutant
            .place
            .replace("Resources/", "")
            .replace("/Properties", "");
        let told = [&place, &mutant.was.to_string(), &mutant.now.to_string()];
        told.map(|told| words(told)).to_vec()
    });
    let heads = [("Where", ""), ("Was", ""), ("Is", "")];
    file.tables.insert(
        "unnoticed".to_owned(),
        table("What nobody notices", &heads, rows.collect(), ""),
    );
}
