//! The Procfile, and what says the same to other platforms.

use std::process::{Command, Stdio};
use std::{fs, io::Write};

use anyhow::{Context, Result, ensure};
use less_to_run_tests::platform::tool;
use less_to_run_tests::programs;
use toml::Table;

use crate::damaged;

fn deployed(name: &str) -> Result<String> {
    let path = programs::root().join("infra/ch03-platform").join(name);
    fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// Where they contradict each other or the program, in words.
fn disagreement(procfile: &str, dockerfile: &str, fly: &str) -> Result<Option<String>> {
    let process = |name: &str| {
        let mut lines = procfile.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(other, _)| *other == name)
            .map(|(_, command)| command)
    };
    let instruction = |name: &str| {
        let mut lines = dockerfile.lines().filter_map(|line| line.split_once(' '));
        lines
            .rfind(|(other, _)| *other == name)
            .map(|(_, rest)| rest)
    };
    let fly: Table = fly.parse()?;
    let set = |path: &str| {
        let mut parts = path.split('.');
        let first = fly.get(parts.next()?);
        parts.try_fold(first?, |value, part| value.get(part))
    };
    let text = |path: &str| {
        set(path)
            .and_then(|value| value.as_str())
            .unwrap_or_default()
    };
    let web = process("web").context("a process")?;
    // Without the shell of the Procfile, which a Dockerfile's list has not.
    let web = web.trim_start_matches("exec ");
    let entry: Vec<String> =
        serde_json::from_str(instruction("ENTRYPOINT").context("an ENTRYPOINT")?)?;
    let [entry] = &entry[..] else {
        return Ok(Some("ENTRYPOINT has arguments".into()));
    };
    let released = format!(
        "{} {}",
        entry.trim_start_matches('/'),
        text("deploy.release_command")
    );
    let number = |text: &str| text.parse::<i64>().ok();
    let (grace, timeout) = (
        number(text("env.GRACE")),
        set("kill_timeout").and_then(toml::Value::as_integer),
    );
    let port = set("http_service.internal_port").and_then(toml::Value::as_integer);
    let checks = set("http_service.checks").and_then(toml::Value::as_array);
    let ready = checks.is_some_and(|checks| {
        checks
            .iter()
            .any(|check| check.get("path").and_then(|path| path.as_str()) == Some("/ready"))
    });
    let secrets = set("env").and_then(|env| env.as_table()).context("[env]")?;
    let agreements = [
        ("the program", entry.trim_start_matches('/') == web),
        ("the release command", process("release") == Some(&released)),
        ("the Dockerfile", text("build.dockerfile") == "Dockerfile"),
        (
            "the port",
            port.is_some() && port == number(text("env.PORT")),
        ),
        (
            "the grace",
            matches!((grace, timeout), (Some(grace), Some(timeout)) if grace < timeout),
        ),
        ("the signal", text("kill_signal") == "SIGTERM"),
        ("the check", ready),
        (
            "the user",
            instruction("USER").is_some_and(|user| !user.starts_with('0') && user != "root"),
        ),
        ("the address", instruction("ENV") == Some("HOST=0.0.0.0")),
        (
            "secrets",
            !secrets
                .keys()
                .any(|name| name.contains("SECRET") || name.contains("ACCESS_KEY")),
        ),
    ];
    let broken = agreements.iter().find(|(_, is_so)| !is_so);
    Ok(broken.map(|(what, _)| (*what).to_owned()))
}

#[test]
fn all_three_say_the_same() -> Result<()> {
    let files = [
        deployed("Procfile")?,
        deployed("Dockerfile")?,
        deployed("fly.toml")?,
    ];
    let of = |files: &[String; 3]| disagreement(&files[0], &files[1], &files[2]);
    ensure!(of(&files)?.is_none(), "{:?}", of(&files)?);
    for (file, from, to, what) in [
        (
            0,
            "web: exec ch03-platform",
            "web: exec ch02-virtual-server",
            "the program",
        ),
        (
            0,
            "platform release",
            "platform migrate",
            "the release command",
        ),
        (
            1,
            "ENTRYPOINT [\"/ch03-platform\"]",
            "ENTRYPOINT [\"/shop\"]",
            "the program",
        ),
        (1, "USER 65534:65534", "USER root", "the user"),
        (1, "HOST=0.0.0.0", "HOST=127.0.0.1", "the address"),
        (2, "internal_port = 8080", "internal_port = 80", "the port"),
        (2, "kill_timeout = 5", "kill_timeout = 4", "the grace"),
        (
            2,
            "kill_signal = \"SIGTERM\"",
            "kill_signal = \"SIGQUIT\"",
            "the signal",
        ),
        (2, "path = \"/ready\"", "path = \"/health\"", "the check"),
        (
            2,
            "[env]",
            "[env]\nAWS_SECRET_ACCESS_KEY = \"x\"",
            "secrets",
        ),
    ] {
        let mut files = files.clone();
        files[file] = damaged(&files[file], from, to)?;
        ensure!(
            of(&files)?.as_deref() == Some(what),
            "{to}: {:?}",
            of(&files)?
        );
    }
    Ok(())
}

/// The settings that the shop must have are those that Fly.io is told.
#[test]
fn every_setting_is_one_that_the_program_reads() -> Result<()> {
    let fly: Table = deployed("fly.toml")?.parse()?;
    let program = programs::build("ch03-platform", "ch03-platform")?;
    let help = Command::new(program).arg("--help").output()?;
    let help = String::from_utf8(help.stdout)?;
    let env = fly["env"].as_table().context("[env]")?;
    let mut known = help.lines().filter_map(|line| line.split_once("  "));
    let missing = env
        .keys()
        .find(|name| !known.clone().any(|(known, _)| known == **name));
    ensure!(missing.is_none(), "{missing:?} is not in: {help}");
    let unset =
        known.find(|(name, purpose)| purpose.ends_with("must be set") && !env.contains_key(*name));
    ensure!(unset.is_none(), "{unset:?}");
    Ok(())
}

#[test]
fn hadolint_has_nothing_to_say() -> Result<()> {
    let Some(hadolint) = tool("hadolint")? else {
        return Ok(());
    };
    let says = |text: &str| -> Result<String> {
        let mut child = Command::new(&hadolint)
            .args(["--no-color", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        child
            .stdin
            .take()
            .context("it is piped")?
            .write_all(text.as_bytes())?;
        let output = child.wait_with_output()?;
        let said = String::from_utf8(output.stdout)?;
        ensure!(output.status.success() == said.is_empty(), "{said}");
        Ok(said)
    };
    let text = deployed("Dockerfile")?;
    let said = says(&text)?;
    ensure!(said.is_empty(), "{said}");
    for (from, to, rule) in [
        ("rust:1.95-alpine", "rust", "DL3006"),
        (
            "ENTRYPOINT [\"/ch03-platform\"]",
            "ENTRYPOINT /ch03-platform",
            "DL3025",
        ),
        ("WORKDIR /book", "WORKDIR book", "DL3000"),
    ] {
        let said = says(&damaged(&text, from, to)?)?;
        ensure!(said.contains(rule), "{to}: {said}");
    }
    Ok(())
}
