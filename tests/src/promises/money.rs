//! A payment provider beside a rung, as somebody else's: what happens to the shop does not happen to it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use ureq::Agent;

use super::rung::{Rung, Till};

/// How long it may take to answer us.
const PATIENCE: Duration = Duration::from_secs(30);

/// A provider that runs. It ends when this is dropped, and all money with it.
#[derive(Debug)]
pub struct Provider {
    child: Child,
    url: String,
    agent: Agent,
}

impl Provider {
    /// Starts the one of a rung, which is told what the rung is: the secret that it signs with is in its environment.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn of(rung: &Rung, till: &Till) -> anyhow::Result<Self> {
        let told = rung.env.iter();
        let told = told.map(|(name, text)| (name.as_str(), text.as_str()));
        Self::start(&till.provider, told)
    }

    /// Starts this program, which is told so much.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn start<'a>(
        program: &Path,
        told: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> anyhow::Result<Self> {
        let name = program.display();
        let mut child = Command::new(program)
            .env_clear()
            .envs(told)
            .env("PORT", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{name} cannot be started"))?;
        let printed = child.stdout.take().context("its output is a pipe")?;
        let mut line = String::new();
        BufReader::new(printed).read_line(&mut line)?;
        let url = line.split_once("http://").map(|(_, at)| at.trim());
        let url = url.with_context(|| format!("{name} told {line:?}, and not where it listens"));
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(PATIENCE));
        // It ends with this, whatever its line was.
        let mut provider = Self {
            child,
            url: String::new(),
            agent: config.build().new_agent(),
        };
        provider.url = format!("http://{}", url?);
        Ok(provider)
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Tells this address of what has happened from now on.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub fn tell(&self, url: &str) -> anyhow::Result<()> {
        self.put("/hook", &json!({ "url": url }))
    }

    /// Behaves so from now on.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub fn behave(&self, mood: &Value) -> anyhow::Result<()> {
        self.put("/mood", mood)
    }

    /// Lets a card have so much to spend, in cents.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub fn give(&self, card: &str, amount: u64) -> anyhow::Result<()> {
        self.put(&format!("/cards/{card}"), &json!({ "amount": amount }))
    }

    /// What the shop has, in cents.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub fn of_the_shop(&self) -> anyhow::Result<i64> {
        let books = self.get("/books")?;
        let shop = books["shop"].as_i64();
        shop.with_context(|| format!("the provider's books: {books}"))
    }

    /// How often a card was charged for a checkout.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub fn charged(&self, checkout: &str) -> anyhow::Result<usize> {
        let found = self.get(&format!("/charges?reference={checkout}"))?;
        let charges = found["charges"].as_array().into_iter().flatten();
        Ok(charges
            .filter(|charge| charge["status"] == "succeeded")
            .count())
    }

    fn put(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        let answer = self
            .agent
            .put(format!("{}{path}", self.url))
            .send(body.to_string())?;
        ensure!(
            answer.status().is_success(),
            "PUT {path} of the provider: {}",
            answer.status()
        );
        Ok(())
    }

    fn get(&self, path: &str) -> anyhow::Result<Value> {
        let mut answer = self.agent.get(format!("{}{path}", self.url)).call()?;
        ensure!(
            answer.status().is_success(),
            "GET {path} of the provider: {}",
            answer.status()
        );
        Ok(serde_json::from_str(&answer.body_mut().read_to_string()?)?)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
