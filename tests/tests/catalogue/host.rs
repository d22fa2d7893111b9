//! The function host of chapter 4 with a table of its own, asked for one event at a time.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};
use less_to_run_tests::dynamodb::{TABLE, ask};
use less_to_run_tests::{programs, whole};
use local::Local;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::bus::Bus;
use crate::table;

const PACKAGE: &str = "ch04-functions";

/// The host, and what its functions work with.
pub struct Host {
    program: PathBuf,
    database: Local,
    folder: TempDir,
}

impl Host {
    /// Builds it and its functions, and makes the table.
    pub fn start() -> Result<Self> {
        let host = Self {
            program: program()?,
            database: Local::in_memory()?,
            folder: TempDir::new()?,
        };
        finish(host.command().arg("release"))?;
        Ok(host)
    }

    /// Has `function` answer an event, once: what it answers, or why it did not.
    pub fn invoke(&self, function: &str, event: &Value) -> Result<Result<Value, String>> {
        Self::invoked(self.command(), function, &self.file(event)?)
    }

    fn invoked(
        mut command: Command,
        function: &str,
        file: &PathBuf,
    ) -> Result<Result<Value, String>> {
        let output = command.args(["invoke", function]).arg(file).output()?;
        if output.status.success() {
            return Ok(Ok(serde_json::from_slice(&output.stdout)?));
        }
        ensure!(output.status.code() == Some(1), "{output:?}");
        Ok(Err(String::from_utf8_lossy(&output.stderr).into_owned()))
    }

    /// The rules that an event meets: `RULE -> FUNCTION`.
    pub fn matching(&self, event: &Value) -> Result<Vec<String>> {
        let said = finish(self.command().arg("match").arg(self.file(event)?))?;
        Ok(said.lines().map(str::to_owned).collect())
    }

    /// The items of a partition, by sort key; of each attribute its value alone, a number as text.
    pub fn items(&self, partition: &str) -> Result<Vec<Map<String, Value>>> {
        let question = json!({
            "TableName": TABLE,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
        });
        let answer = ask(&self.database.url(), "Query", &question)?;
        let items = answer["Items"].as_array().into_iter().flatten();
        let plain = |(name, value): (&String, &Value)| {
            let kinds = value.as_object().into_iter().flatten();
            let (_, value) = kinds.into_iter().next()?;
            Some((name.clone(), value.clone()))
        };
        let items = items.map(|item| {
            let attributes = item.as_object().into_iter().flatten();
            attributes.filter_map(plain).collect()
        });
        Ok(items.collect())
    }

    /// What functions publish when two pets are adopted and one is brought back: for each function, its events.
    pub fn published(&self) -> Result<Vec<(&'static str, Vec<Value>)>> {
        let bus = Bus::start()?;
        let ask = |function: &str, id: &str, body: &Value| -> Result<Value> {
            let mut command = self.command();
            command.env("AWS_ENDPOINT_URL_EVENTBRIDGE", bus.url());
            let answer = Self::invoked(command, function, &self.file(&request(id, body))?)?;
            let answer = answer
                .map_err(anyhow::Error::msg)
                .context(function.to_owned())?;
            let status = answer["statusCode"].as_u64().unwrap_or_default();
            ensure!((200..300).contains(&status), "{function}: {answer:#}");
            let body = answer["body"].as_str().context("it has a body")?;
            Ok(serde_json::from_str(body)?)
        };
        let take_in = |name: &str| -> Result<String> {
            let price = json!({"amount": 12_000, "currency": "EUR"});
            let pet = json!({"name": name, "species": "tortoise", "born": 1923, "price": price});
            let pet = ask("take-in", "", &pet)?;
            Ok(pet["id"].as_str().context("it has an id")?.to_owned())
        };
        let (gustav, lise) = (take_in("Gustav")?, take_in("Lise")?);
        ensure!(
            bus.told().is_empty(),
            "nobody is told of a pet that was taken in"
        );
        ask("adopt", &gustav, &json!({"customer": "Ada"}))?;
        let adopted = bus.told();
        ask(
            "give-back",
            &gustav,
            &json!({"reason": "He ate the tulips"}),
        )?;
        let returned = bus.told();
        ask(
            "adopt-several",
            "",
            &json!({"customer": "Ada", "pets": [gustav, lise]}),
        )?;
        let several = bus.told();
        Ok(vec![
            ("adopt", adopted),
            ("give-back", returned),
            ("adopt-several", several),
        ])
    }

    /// Nothing of the environment of the tests gets to it.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .envs(
                ["PATH", "HOME"]
                    .iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            .envs(local::environment(&self.database.url()))
            .env("TABLE", TABLE)
            .env("FUNCTIONS", table())
            .stdin(Stdio::null());
        command
    }

    fn file(&self, event: &Value) -> Result<PathBuf> {
        let path = self.folder.path().join("event.json");
        fs::write(&path, event.to_string())?;
        Ok(path)
    }
}

/// A request as the gateway hands it on, as far as the shop reads it.
fn request(id: &str, body: &Value) -> Value {
    json!({
        "version": "2.0",
        "rawPath": "/",
        "headers": {"content-type": "application/json"},
        "pathParameters": {"id": id},
        "requestContext": {"http": {"method": "POST"}, "requestId": "mine"},
        "body": body.to_string(),
    })
}

/// The host's program, with those of its functions beside it.
fn program() -> Result<PathBuf> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        for function in ["shop-counter", "shop-papers", "shop-thanks", "shop-display"] {
            programs::build(PACKAGE, function).map_err(|error| format!("{error:#}"))?;
        }
        programs::build(PACKAGE, PACKAGE).map_err(|error| format!("{error:#}"))
    });
    built.clone().map_err(anyhow::Error::msg)
}

/// What an example of the chapter says on standard output.
pub fn example(name: &str, arguments: &[&str]) -> Result<String> {
    if let Some(example) = whole::program(PACKAGE, whole::Kind::Example, name)? {
        return finish(Command::new(example).args(arguments));
    }
    let mut cargo = book::cargo::command();
    cargo
        .current_dir(programs::root())
        .args([
            "run",
            "--quiet",
            "--package",
            PACKAGE,
            "--example",
            name,
            "--",
        ])
        .args(arguments);
    finish(&mut cargo)
}

fn finish(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{command:?}: {}: {said}",
        output.status
    );
    Ok(String::from_utf8(output.stdout)?)
}
