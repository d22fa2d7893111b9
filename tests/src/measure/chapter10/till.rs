//! A shop at which one can pay, with its provider.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use ureq::Agent;

use crate::measure::chapter5::Programs;
use crate::measure::chapter5::host::Host;
use crate::promises::money::Provider;

/// What the provider signs with, on this machine.
pub(in crate::measure) const SECRET: &str = "tulips-tulips-tulips";

/// The card that pays for everything, and what it has, in cents.
pub(in crate::measure) const CARD: (&str, u64) = ("ada", 1_000_000_000_000);

/// No checkout takes longer.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often somebody looks how one stands whose time is taken. It is a part of what is measured: the next look finds it.
pub(in crate::measure) const LOOKS: Duration = Duration::from_millis(2);

/// A host with the functions of the chapter, and its provider. Both end when this is dropped.
///
/// Nothing comes by the clock. The look of each minute would come now and then while something else is counted, and what it reads is in
/// no sale.
pub(in crate::measure) struct Till {
    pub provider: Provider,
    pub host: Host,
    agent: Agent,
}

impl Till {
    /// Opens it for the database at `127.0.0.1:PORT`.
    pub fn open(programs: &Programs, database: &str, folder: &Path) -> Result<Self> {
        let program = programs.shops.shop("payments");
        let provider = Provider::start(&program, [("WEBHOOK_SECRET", SECRET)])?;
        let (card, amount) = CARD;
        provider.give(card, amount)?;
        let sources = without_clock(programs, folder)?;
        let sources = sources.to_str().context("it is not UTF-8")?;
        let mut told = programs.clone();
        // It is told to a host that runs until this program ends, or nearly so.
        for (name, text) in [("PAYMENTS_URL", provider.url()), ("SOURCES", sources)] {
            told.told.push((name, text.to_owned().leak()));
        }
        let host = Host::start(&told, database, folder)?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None);
        Ok(Self {
            provider,
            host,
            agent: config.build().new_agent(),
        })
    }

    /// Lets the provider tell the shop what it has done.
    pub fn hears(&self) -> Result<()> {
        self.provider
            .tell(&format!("http://{}/payments/notices", self.host.at))
    }

    /// Begins a checkout of this pet. Gives its name, and how many bytes the answer has, head and body.
    pub fn begin(&self, pet: &str) -> Result<(String, usize)> {
        let (card, _) = CARD;
        let wanted = json!({ "customer": "Ada", "card": card }).to_string();
        let request = self
            .agent
            .post(format!("http://{}/pets/{pet}/checkout", self.host.at));
        let mut answer = request
            .header("content-type", "application/json")
            .send(wanted)?;
        let head = length(&answer);
        let body = answer.body_mut().read_to_string()?;
        ensure!(answer.status() == 202, "a checkout: {body}");
        let told: Value = serde_json::from_str(&body)?;
        let id = told["id"].as_str().context("a checkout without an id")?;
        Ok((id.to_owned(), head + body.len()))
    }

    /// How something of the shop stands, and how many bytes the answer has.
    pub fn show(&self, path: &str) -> Result<(Value, usize)> {
        let mut answer = self
            .agent
            .get(format!("http://{}{path}", self.host.at))
            .call()?;
        let head = length(&answer);
        let body = answer.body_mut().read_to_string()?;
        ensure!(answer.status() == 200, "GET {path}: {body}");
        Ok((serde_json::from_str(&body)?, head + body.len()))
    }

    /// Waits until a checkout is an adoption, and looks as often as that.
    pub fn is_paid(&self, checkout: &str, looks: Duration) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (told, _) = self.show(&format!("/checkouts/{checkout}"))?;
            if told["status"] == "adopted" {
                return Ok(());
            }
            ensure!(
                told["status"] == "open" && Instant::now() < deadline,
                "{told}"
            );
            thread::sleep(looks);
        }
    }
}

/// What leads to the functions, as a file in this folder, where the clock comes too late for anything that is measured. It may not be
/// left out: the host wants something to lead to each function.
fn without_clock(programs: &Programs, folder: &Path) -> Result<PathBuf> {
    let all = fs::read_to_string(programs.table.with_file_name("sources.toml"))?;
    let mut sources: toml::Table = all.parse()?;
    let timers = sources.get_mut("schedule");
    let timers = timers.and_then(toml::Value::as_array_mut);
    for timer in timers.context("nothing comes by the clock")? {
        let timer = timer.as_table_mut().context("a schedule is no table")?;
        timer.insert("when".to_owned(), "rate(365 days)".into());
    }
    let file = folder.join("sources.toml");
    fs::write(&file, toml::to_string(&sources)?)?;
    Ok(file)
}

/// The bytes of an answer's head: its line, its fields, and an empty line.
fn length(answer: &ureq::http::Response<ureq::Body>) -> usize {
    let fields = answer.headers().iter();
    let fields: usize = fields
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    let reason = answer.status().canonical_reason().unwrap_or_default();
    "HTTP/1.1 200 \r\n".len() + reason.len() + fields + 2
}
