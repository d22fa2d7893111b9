//! Asks the provider over HTTP.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result as Anyhow, bail, ensure};
use rustls::crypto::ring;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::task::spawn_blocking;
use ureq::Agent;
use ureq::http::Request;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

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
    /// The provider at this address, such as `https://payments.example`, which has to be one that
    /// this machine believes. Whoever is asked by `http` alone is believed.
    ///
    /// # Errors
    ///
    /// When it is no such address, or when this machine believes nobody.
    pub fn new(address: &str) -> Anyhow<Self> {
        let scheme = address.split_once("://").map(|(scheme, _)| scheme);
        let roots = match scheme.map(str::to_ascii_lowercase).as_deref() {
            Some("https") => roots()?,
            Some("http") => Vec::new(),
            _ => bail!("{address}: it begins with neither https:// nor http://"),
        };
        Ok(Self::believing(address, PATIENCE, &roots))
    }

    /// The same, waited for at most so long, which by `https` has to be one for whom these answer.
    #[must_use]
    pub fn believing(address: &str, patience: Duration, roots: &[Certificate<'static>]) -> Self {
        // Everything here uses these ciphers.
        let ciphers = Arc::new(ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(roots))
            .unversioned_rustls_crypto_provider(ciphers);
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(patience))
            .tls_config(tls.build())
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

/// Whom this machine believes: at AWS, the store of Amazon Linux.
fn roots() -> Anyhow<Vec<Certificate<'static>>> {
    let found = rustls_native_certs::load_native_certs();
    let certificates = found.certs.iter();
    let roots: Vec<_> = certificates
        .map(|der| Certificate::from_der(der).to_owned())
        .collect();
    let errors = found.errors.iter();
    let errors: Vec<_> = errors.map(ToString::to_string).collect();
    ensure!(
        !roots.is_empty(),
        "this machine has no certificates of whom to believe: {}; SSL_CERT_FILE may name a file of them",
        errors.join(", ")
    );
    Ok(roots)
}

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
