//! `cargo book events` as its user sees it: what it prints, and how it ends.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::copy::Copy;
use crate::folder;

fn events<A: AsRef<OsStr>>(arguments: &[A], input: &str) -> Result<Output> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_catalogue"))
        .args(arguments)
        .current_dir(folder().join("golden"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().context("a pipe")?;
    // A program that ends before it has read all is no failure here.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    Ok(child.wait_with_output()?)
}

fn assert_said(output: &Output, status: i32, said: &str) {
    assert_eq!(String::from_utf8_lossy(&output.stdout), said, "{output:?}");
    assert_eq!(output.status.code(), Some(status), "{output:?}");
}

#[test]
fn events_that_keep_their_contracts_have_status_0() -> Result<()> {
    let output = events(&["PetReturned.v1.json", "PetAdopted.v1.json"], "")?;
    let said = "PetReturned 1 in PetReturned.v1.json keeps its contract with display\n\
                PetAdopted 1 in PetAdopted.v1.json keeps its contract with display, papers and thanks\n";
    assert_said(&output, 0, said);
    Ok(())
}

#[test]
fn an_event_that_breaks_its_contract_has_status_1_also_beside_a_good_one() -> Result<()> {
    let recorded = fs::read(folder().join("golden/PetReturned.v1.json"))?;
    let mut envelope: Value = serde_json::from_slice(&recorded)?;
    envelope["detail"]["reason"] = 7.into();
    let output = events(&["-", "PetReturned.v1.json"], &envelope.to_string())?;
    let said = "PetReturned 1 in standard input breaks its contract\n  \
                /reason: 7 is not of type \"string\"\n\
                display would not notice\n\
                PetReturned 1 in PetReturned.v1.json keeps its contract with display\n";
    assert_said(&output, 1, said);
    Ok(())
}

#[test]
fn without_an_event_the_catalogue_itself_is_held_to_the_rules() -> Result<()> {
    let none: [&str; 0] = [];
    let said = "PetAdopted 1, published by adopt and adopt-several, read by display, papers and thanks\n\
                PetReturned 1, published by give-back, read by display\n";
    assert_said(&events(&none, "")?, 0, said);

    let copy = Copy::new()?;
    copy.change("PetReturned.v1.json", |event| {
        event["consumers"] = serde_json::json!({});
    })?;
    let (folder, table) = (copy.path(""), copy.table());
    let arguments = [
        OsStr::new("--catalogue"),
        folder.as_os_str(),
        OsStr::new("--functions"),
        table.as_os_str(),
    ];
    let said =
        "the rule display calls display with PetReturned 1, which does not name it as a consumer\n";
    assert_said(&events(&arguments, "")?, 1, said);
    Ok(())
}

#[test]
fn wrong_use_is_one_line_and_status_2() -> Result<()> {
    let uses: [(&[&str], &str, &str); 6] = [
        (&["--against"], "", "unexpected argument '--against' found"),
        (
            &["nowhere.json"],
            "",
            "nowhere.json cannot be read: No such file or directory (os error 2)",
        ),
        (
            &["-"],
            "no JSON",
            "standard input: expected ident at line 1 column 2",
        ),
        (
            &["-"],
            "{}",
            "standard input: it is no event: it has no `detail-type`",
        ),
        (
            &["-"],
            r#"{"detail-type": "PetAdopted"}"#,
            "standard input: it is no event: it has no `detail`",
        ),
        (
            &["--catalogue", "."],
            "",
            "./PetAdopted.v1.json: unknown field `account`, expected one of `name`, `version`, `source`, `about`, \
             `owners`, `consumers`, `schema`, `examples` at line 3 column 11",
        ),
    ];
    for (arguments, input, expected) in uses {
        let output = events(arguments, input)?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.starts_with("events: "), "{said}");
        if arguments[0] != "--catalogue" {
            assert_eq!(said, format!("events: {expected}\n"));
        }
        assert_eq!(said.lines().count(), 1, "{said}");
        assert_said(&output, 2, "");
    }
    Ok(())
}
