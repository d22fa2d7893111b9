//! Asks the provider over HTTP.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::task::spawn_blocking;
use ureq::Agent;
use ureq::http::Request;

use super::{
    Charge, Charges, IDEMPOTENCY_KEY, NewCharge, NewRefund, Payments, Refund, Refusal, Trouble,
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The provider at an address.
#[derive(Debug, Clone)]
pub struct Http {
    /// `http://127.0.0.1:8081`
    address: String,
    agent: Agent,
}

impl Http {
    /// The provider at this address, such as `http://127.0.0.1:8081`.
    #[must_use]
    pub fn new(address: &str) -> Self {
        Self::with_patience(address, PATIENCE)
    }

    /// The same, waited for at most so long.
    #[must_use]
    pub fn with_patience(address: &str, patience: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(patience))
            .proxy(None);
        Self {
            address: address.trim_end_matches('/').to_owned(),
            agent: config.build().new_agent(),
        }
    }

    async fn post<T: DeserializeOwned + Send + 'static>(
        &self,
        path: &str,
        key: &str,
        body: &impl Serialize,
    ) -> Result<T, Trouble> {
        let body = serde_json::to_string(body).map_err(|why| unclear(&why))?;
        let request = Request::post(format!("{}{path}", self.address));
        let request = request
            .header("content-type", "application/json")
            .header(IDEMPOTENCY_KEY, key);
        self.call(request.body(body).map_err(|why| unclear(&why))?)
            .await
    }

    /// Makes a call, in a thread in which it may wait.
    async fn call<T: DeserializeOwned + Send + 'static>(
        &self,
        request: Request<String>,
    ) -> Result<T, Trouble> {
        let agent = self.agent.clone();
        let called = spawn_blocking(move || {
            let mut answer = agent.run(request).map_err(|why| unclear(&why))?;
            let text = answer
                .body_mut()
                .read_to_string()
                .map_err(|why| unclear(&why))?;
            read(answer.status().as_u16(), &text)
        });
        called.await.map_err(|why| unclear(&why))?
    }
}

// ANCHOR: read
/// What an answer says. One that says nothing clear may come from anybody on the way.
fn read<T: DeserializeOwned>(status: u16, text: &str) -> Result<T, Trouble> {
    if (200..300).contains(&status) {
        return serde_json::from_str(text).map_err(|why| unclear(&why));
    }
    let problem: Option<Value> = serde_json::from_str(text).ok();
    let refusal = problem.and_then(|problem| {
        let name = problem["type"].as_str()?.strip_prefix("/problems/")?;
        serde_json::from_value::<Refusal>(name.into()).ok()
    });
    match refusal {
        Some(refusal) if refusal.status() == status => Err(refusal.into()),
        _ => Err(unclear(&format!("status {status}"))),
    }
}
// ANCHOR_END: read

fn unclear(why: &impl ToString) -> Trouble {
    Trouble::Unclear(why.to_string())
}

impl Payments for Http {
    async fn charge(&self, key: &str, new: &NewCharge) -> Result<Charge, Trouble> {
        self.post("/charges", key, new).await
    }

    async fn refund(&self, key: &str, new: &NewRefund) -> Result<Refund, Trouble> {
        self.post("/refunds", key, new).await
    }

    async fn charges(&self, reference: &str) -> Result<Charges, Trouble> {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("reference", reference)
            .finish();
        let request = Request::get(format!("{}/charges?{query}", self.address));
        self.call(request.body(String::new()).map_err(|why| unclear(&why))?)
            .await
    }
}
