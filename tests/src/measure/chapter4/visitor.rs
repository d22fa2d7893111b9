//! A customer who keeps a connection open and notes how long each answer takes.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use ureq::Agent;

use crate::measure::shops::PET;

pub struct Visitor {
    at: String,
    agent: Agent,
}

impl Visitor {
    /// Of the shop at `127.0.0.1:PORT`.
    pub fn of(at: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None);
        Self {
            at: format!("http://{at}"),
            agent: config.build().new_agent(),
        }
    }

    /// Looks at something: milliseconds to the end of the answer.
    pub fn looks_at(&self, path: &str) -> Result<f64> {
        let begin = Instant::now();
        let mut answer = self.agent.get(format!("{}{path}", self.at)).call()?;
        let body = answer.body_mut().read_to_string()?;
        let took = milliseconds(begin);
        ensure!(answer.status() == 200, "GET {path}: {body}");
        Ok(took)
    }

    /// Gives a pet away, and tells its id.
    pub fn takes_in(&self) -> Result<String> {
        let (_, pet) = self.posts("/pets", PET, 201)?;
        let id = pet["id"].as_str();
        Ok(id
            .with_context(|| format!("a pet without an id: {pet}"))?
            .to_owned())
    }

    /// Adopts a pet: milliseconds to the end of the answer.
    pub fn adopts(&self, pet: &str) -> Result<f64> {
        let path = format!("/pets/{pet}/adoption");
        let (took, _) = self.posts(&path, r#"{"customer":"Ada"}"#, 200)?;
        Ok(took)
    }

    fn posts(&self, path: &str, body: &str, status: u16) -> Result<(f64, Value)> {
        let begin = Instant::now();
        let request = self.agent.post(format!("{}{path}", self.at));
        let request = request.header("Content-Type", "application/json");
        let mut answer = request.send(body)?;
        let body = answer.body_mut().read_to_string()?;
        let took = milliseconds(begin);
        ensure!(answer.status() == status, "POST {path}: {body}");
        Ok((took, serde_json::from_str(&body)?))
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
