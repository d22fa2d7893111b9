//! The whole house, with its functions, as a customer and somebody with a kill signal see it.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use aws_sdk_dynamodb::Client;
use ch03_platform::table;
use ch05_lambda::aws;
use ch07_events::queue::Queues;
use local::Local;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// Nobody waits longer.
const PATIENCE: Duration = Duration::from_mins(2);

const STAFF: &str = "tulips";

/// A folder, a database, and a way to start houses with both.
struct Place {
    folder: TempDir,
    database: Local,
    table: Client,
}

impl Place {
    async fn new() -> Result<Self> {
        let place = Self::without_table().await?;
        ch07_events::changes::make(&place.table, "shop").await?;
        Ok(place)
    }

    async fn without_table() -> Result<Self> {
        let (folder, database) = (tempfile::tempdir()?, Local::in_memory()?);
        let config = aws_config::defaults(aws_config::BehaviorVersion::latest());
        let config = config.test_credentials().region("eu-central-1");
        let config = config
            .endpoint_url(database.url())
            .http_client(aws::http()?);
        let table = table::patient(&Client::new(&config.load().await));
        Ok(Self {
            folder,
            database,
            table,
        })
    }

    /// A house, which is told this besides.
    async fn open(&self, told: &[(&str, &str)]) -> Result<House> {
        let mut program = self.program();
        let mut child = program
            .envs(told.iter().copied())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().context("it has an output")?;
        let lines = Arc::new(Mutex::new(vec![]));
        let kept = Arc::clone(&lines);
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                kept.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(line);
            }
        });
        let mut house = House {
            child,
            address: String::new(),
            lines,
        };
        let line = house.says("listening on ").await?;
        let line: Value = serde_json::from_str(&line)?;
        let address = line["message"]
            .as_str()
            .and_then(|text| text.split(' ').next_back());
        address
            .context("it says where")?
            .clone_into(&mut house.address);
        Ok(house)
    }

    /// The host's, in this place.
    fn program(&self) -> Command {
        let own = self.folder.path().join("functions.toml");
        let functions = if own.exists() {
            own
        } else {
            infra().join("functions.toml")
        };
        let mut program = Command::new(env!("CARGO_BIN_EXE_ch07-events"));
        program
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(local::environment(&self.database.url()))
            .env("FUNCTIONS", functions)
            .env(
                "STAFF_KEY_SHA256",
                "270fd076df620dfc6234c4b2bae509d432be5c662b5ba77f10c856eecf894533",
            )
            .env("CURSOR_KEY", "5".repeat(64))
            .env("TABLE", "shop")
            .env("PORT", "0")
            .current_dir(self.folder.path());
        program
    }

    /// How many items there are in a partition.
    async fn count(&self, partition: &str) -> Result<usize> {
        let found = self.table.scan().table_name("shop").send().await?;
        let is_in = |item: &&ch03_platform::items::Item| {
            item.get("pk")
                .and_then(|pk| pk.as_s().ok())
                .is_some_and(|pk| pk == partition)
        };
        Ok(found.items().iter().filter(is_in).count())
    }

    /// The tables of functions and of sources with these words in place of others, one
    /// each, in the folder.
    fn with(&self, changes: &[(&str, &str, &str)]) -> Result<()> {
        for file in ["functions.toml", "sources.toml"] {
            let mut text = fs::read_to_string(infra().join(file))?;
            for (_, before, now) in changes.iter().filter(|(of, ..)| *of == file) {
                ensure!(text.contains(before), "{file} has no {before:?}");
                text = text.replacen(before, now, 1);
            }
            fs::write(self.folder.path().join(file), text)?;
        }
        Ok(())
    }

    /// What is said to somebody who gives it these words, and whether that is a success.
    fn say(&self, words: &[&str]) -> Result<(bool, String)> {
        let output = self.program().args(words).output()?;
        let text = [output.stdout, output.stderr].concat();
        Ok((output.status.success(), String::from_utf8(text)?))
    }
}

fn infra() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/ch07-events")
}

struct House {
    child: Child,
    address: String,
    lines: Arc<Mutex<Vec<String>>>,
}

impl House {
    /// Waits until it has said something with these words in it.
    async fn says(&self, words: &str) -> Result<String> {
        Ok(self.says_often(1, words).await?.remove(0))
    }

    /// The same, so many times.
    async fn says_often(&self, times: usize, words: &str) -> Result<Vec<String>> {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            let lines = self
                .lines
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            let found = lines.iter().filter(|line| line.contains(words));
            let found: Vec<String> = found.cloned().collect();
            if found.len() >= times {
                return Ok(found);
            }
            sleep(Duration::from_millis(20)).await;
        }
        let lines = self
            .lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .join("\n");
        bail!("it has not said {words:?} {times} times:\n{lines}")
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request = ureq::post(format!("{}{path}", self.address));
        let request = request.header("Authorization", format!("Bearer {STAFF}"));
        let request = request.header("Content-Type", "application/json");
        let answer = request
            .send(body.to_string())?
            .into_body()
            .read_to_string()?;
        Ok(serde_json::from_str(&answer)?)
    }

    /// Takes in a pet, which Ada adopts.
    fn adopt_one(&self) -> Result<String> {
        let price = json!({ "amount": 4_500, "currency": "EUR" });
        let pet = json!({ "name": "Kiwi", "species": "lovebird", "born": 2024, "price": price });
        let pet = self.post("/pets", &pet)?;
        let id = pet["id"].as_str().context("it has an id")?.to_owned();
        self.post(
            &format!("/pets/{id}/adoption"),
            &json!({ "customer": "Ada" }),
        )?;
        Ok(id)
    }

    fn homes(&self) -> Result<Value> {
        let answer = ureq::get(format!("{}/display", self.address)).call()?;
        let answer: Value = serde_json::from_str(&answer.into_body().read_to_string()?)?;
        Ok(answer["homes"].clone())
    }

    /// Tells it to end, politely.
    fn end(mut self) -> Result<()> {
        let pid = self.child.id().to_string();
        Command::new("kill").arg(pid).status()?;
        let status = self.child.wait()?;
        ensure!(status.success(), "{status}");
        Ok(())
    }

    fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn what_was_not_told_before_a_kill_is_told_after_it() -> Result<()> {
    let place = Place::new().await?;
    let house = place.open(&[]).await?;
    house.adopt_one()?;
    house.kill()?;
    let house = place.open(&[]).await?;
    house.says("the display has counted").await?;
    house.says("the papers of Kiwi are written").await?;
    house.says("to Ada: Thank you").await?;
    assert_eq!(
        (place.count("letters").await?, house.homes()?),
        (1, json!(1))
    );
    Ok(())
}

#[tokio::test]
async fn when_the_queues_are_lost_everything_is_told_again_and_nothing_done_twice() -> Result<()> {
    let place = Place::new().await?;
    let house = place.open(&[]).await?;
    house.adopt_one()?;
    for words in [
        "to Ada: Thank you",
        "the display has counted",
        "the papers of Kiwi",
    ] {
        house.says(words).await?;
    }
    house.kill()?;
    for file in ["queues.db", "queues.db-wal", "queues.db-shm"] {
        fs::remove_file(place.folder.path().join(file))?;
    }
    let house = place.open(&[]).await?;
    house.says("Ada has been thanked").await?;
    house.says("the display has counted that before").await?;
    house.says("Kiwi has these papers").await?;
    assert_eq!(
        (place.count("letters").await?, house.homes()?),
        (1, json!(1))
    );
    Ok(())
}

#[tokio::test]
async fn a_host_that_was_told_to_end_has_brought_all_and_the_next_tells_nothing_again() -> Result<()>
{
    let place = Place::new().await?;
    let house = place.open(&[]).await?;
    house.adopt_one()?;
    house.end()?;
    assert_eq!(place.count("letters").await?, 1);
    assert_eq!(place.count("papers").await?, 1);
    assert_eq!(place.count("counted").await?, 1);
    let house = place.open(&[]).await?;
    house.adopt_one()?;
    house.says("to Ada: Thank you").await?;
    let told = house.says_often(1, "the bus is told").await?;
    assert_eq!(told.len(), 1, "{told:?}");
    Ok(())
}

#[tokio::test]
async fn a_host_that_is_there_before_the_table_follows_it_when_it_comes() -> Result<()> {
    let place = Place::without_table().await?;
    let house = place.open(&[]).await?;
    house.says("the table has no stream").await?;
    ch07_events::changes::make(&place.table, "shop").await?;
    house.adopt_one()?;
    house.says("to Ada: Thank you").await?;
    Ok(())
}

#[tokio::test]
async fn what_comes_three_times_is_done_once() -> Result<()> {
    let place = Place::new().await?;
    let house = place.open(&[("DELIVERIES", "3")]).await?;
    house.adopt_one()?;
    // Three times three: the batch comes three times to the teller, and each of its events
    // three times to each of the office's queues.
    house.says_often(9, "the display has counted").await?;
    house.says_often(8, "Ada has been thanked").await?;
    house.says_often(8, "Kiwi has these papers").await?;
    assert_eq!(
        (place.count("letters").await?, house.homes()?),
        (1, json!(1))
    );
    Ok(())
}

#[tokio::test]
async fn what_is_in_the_outbox_keeps_to_the_catalogue() -> Result<()> {
    let place = Place::new().await?;
    let house = place.open(&[]).await?;
    let pet = house.adopt_one()?;
    let back = json!({ "reason": "She sings at four" });
    house.post(&format!("/pets/{pet}/return"), &back)?;
    let found = place.table.scan().table_name("shop").send().await?;
    let text = |item: &ch03_platform::items::Item, name: &str| {
        let text = item.get(name).and_then(|value| value.as_s().ok());
        text.cloned().unwrap_or_default()
    };
    let events = found
        .items()
        .iter()
        .filter(|item| text(item, "pk") == "outbox");
    let mut versions = vec![];
    for event in events {
        let (name, detail) = (text(event, "name"), text(event, "detail"));
        let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/catalogue");
        let entry = fs::read_to_string(catalogue.join(format!("{name}.v1.json")))?;
        let entry: Value = serde_json::from_str(&entry)?;
        let detail: Value = serde_json::from_str(&detail)?;
        let schema = jsonschema::validator_for(&entry["schema"])?;
        let faults: Vec<String> = schema
            .iter_errors(&detail)
            .map(|fault| fault.to_string())
            .collect();
        assert!(faults.is_empty(), "{name} {detail}: {faults:?}");
        let pet = if name == "PetAdopted" {
            &detail["pets"][0]
        } else {
            &detail["pet"]
        };
        versions.push((name, pet["version"].clone()));
    }
    versions.sort_by_key(|(name, _)| name.clone());
    let due = [
        ("PetAdopted".to_owned(), json!(2)),
        ("PetReturned".to_owned(), json!(3)),
    ];
    assert_eq!(versions, due);
    Ok(())
}

/// A program in place of that of a desk, which can do nothing there.
const BROKEN_DISPLAY: (&str, &str, &str) = (
    "functions.toml",
    "name = \"display\"\nprogram = \"events-office\"",
    "name = \"display\"\nprogram = \"events-counter\"",
);

#[tokio::test]
async fn what_a_desk_has_given_up_is_told_again_when_it_is_mended() -> Result<()> {
    let place = Place::new().await?;
    place.with(&[BROKEN_DISPLAY])?;
    let house = place.open(&[]).await?;
    house.adopt_one()?;
    house.says("an event is given up").await?;
    house.end()?;
    place.with(&[])?;
    let due = "on their way again: 1 events to their functions, 0 to the bus\n";
    assert_eq!(place.say(&["retell", "given-up"])?, (true, due.into()));
    let house = place.open(&[]).await?;
    house.says("the display has counted").await?;
    assert_eq!(house.homes()?, json!(1));
    let (_, queues) = place.say(&["queues"])?;
    assert!(queues.contains("given-up: 0 visible, 0 hidden"), "{queues}");
    // Whoever reads it may stop before the end.
    let (reader, writer) = io::pipe()?;
    drop(reader);
    let cut_off = place.program().arg("queues").stdout(writer).output()?;
    assert!(cut_off.status.success(), "{cut_off:?}");
    assert_eq!(String::from_utf8(cut_off.stderr)?, "");
    Ok(())
}

#[tokio::test]
async fn what_the_bus_could_not_be_told_is_told_again_from_the_outbox() -> Result<()> {
    let place = Place::new().await?;
    place.with(&[
        (
            "functions.toml",
            "program = \"events-teller\"",
            "program = \"events-office\"",
        ),
        ("sources.toml", "age = 3600", "attempts = 0"),
    ])?;
    let house = place.open(&[]).await?;
    house.adopt_one()?;
    house.says("are given up").await?;
    // Of the same minute, so that each of both tells of the other as well.
    house.adopt_one()?;
    house.says_often(2, "are given up").await?;
    house.end()?;
    assert_eq!(place.count("letters").await?, 0);
    place.with(&[])?;
    let due = "on their way again: 0 events to their functions, 2 to the bus\n";
    assert_eq!(place.say(&["retell", "given-up"])?, (true, due.into()));
    let house = place.open(&[]).await?;
    house.says_often(2, "to Ada: Thank you").await?;
    house.says_often(2, "the display has counted").await?;
    assert_eq!(
        (place.count("letters").await?, house.homes()?),
        (2, json!(2))
    );
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_told_again_stays_and_is_named() -> Result<()> {
    let place = Place::new().await?;
    let queues = Queues::open(&place.folder.path().join("queues.db"))?;
    let nobody = json!({ "requestContext": { "functionArn": "nobody" }, "requestPayload": {} });
    let time = "2026-11-28T03:00:00Z";
    let changes = json!({
        "requestContext": { "functionArn": "papers" },
        "DDBStreamBatchInfo": {
            "approximateArrivalOfFirstRecord": time,
            "approximateArrivalOfLastRecord": time,
        },
    });
    let now = ch07_events::clock::now();
    for body in ["no JSON", "{}", &nobody.to_string(), &changes.to_string()] {
        queues.send(&["given-up"], body, now)?;
    }
    let (is_success, said) = place.say(&["retell", "given-up"])?;
    assert!(!is_success);
    for words in [
        "on their way again: 0 events to their functions, 0 to the bus",
        "left in given-up:",
        "it tells of nothing given up",
        "missing field `requestContext`",
        "there is no function \"nobody\"",
        "\"papers\" does not read the outbox",
    ] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
    let (_, counts) = place.say(&["queues"])?;
    assert!(counts.contains("given-up: 4 visible, 0 hidden"), "{counts}");
    Ok(())
}

#[tokio::test]
async fn a_display_that_is_wrong_is_found_when_it_is_counted_again() -> Result<()> {
    let place = Place::new().await?;
    place.with(&[
        BROKEN_DISPLAY,
        ("sources.toml", "cron(0 3 * * ? *)", "rate(2 seconds)"),
    ])?;
    let house = place.open(&[]).await?;
    house.says("the display is right").await?;
    house.adopt_one()?;
    house
        .says("homes: 0 on the display, 1 in the table")
        .await?;
    house.says_often(2, "an event is given up").await?;
    house.end()?;
    let (_, given_up) = place.say(&["look", "given-up"])?;
    assert!(given_up.contains("homes: 0 on the display"), "{given_up}");
    Ok(())
}
