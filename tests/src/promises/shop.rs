//! A shop at an address, as its customers see it.

mod business;
mod staff;
mod told;

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;
use ureq::Agent;
use ureq::http::Request;

use super::contract::{Contract, shortened};
use super::tls::Trust;
use super::wire::{Answer, Wire, in_words};
use super::{Check, Stop};
pub use told::{expect, expect_problem, fresh_species, id_of, percent_encoded, pet};

/// No single request waits longer than this.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A running shop. Every answer is held against the contract; what broke it is kept as a remark.
#[derive(Debug, Clone)]
pub struct Shop {
    /// `host:port`, as it stands in `Host`.
    pub authority: String,
    /// What stands before every path: empty for a shop at the root of its host.
    pub prefix: String,
    /// Where raw connections go.
    pub address: SocketAddr,
    /// The certificates that are believed, for a shop behind TLS.
    trust: Option<Trust>,
    staff_key: Option<String>,
    agent: Agent,
    remarks: Arc<Mutex<Vec<String>>>,
}

impl Shop {
    /// The shop at `http://host:port`, or below a path there. One at `https://…` is asked only once it is known whom
    /// to believe; see [`Shop::trusting`].
    ///
    /// # Errors
    ///
    /// When the address is not of that form, or the host has no address.
    pub fn at(url: &str) -> anyhow::Result<Self> {
        let (rest, port) = match (url.strip_prefix("http://"), url.strip_prefix("https://")) {
            (Some(rest), _) => (rest, 80),
            (_, Some(rest)) => (rest, 443),
            _ => bail!("{url} is not of the form http://HOST:PORT"),
        };
        let (authority, prefix) = match rest.find('/') {
            Some(at) => (&rest[..at], rest[at..].trim_end_matches('/')),
            None => (rest, ""),
        };
        let with_port = if authority.contains(':') {
            authority.to_owned()
        } else {
            format!("{authority}:{port}")
        };
        let mut addresses = with_port
            .to_socket_addrs()
            .with_context(|| format!("{url} is not of the form http://HOST:PORT"))?;
        let address = addresses
            .next()
            .with_context(|| format!("{authority} has no address"))?;
        Ok(Self::new(authority, prefix, address))
    }

    /// A shop that is not there yet; see [`Shop::moved_to`].
    #[must_use]
    pub fn not_yet() -> Self {
        Self::new("127.0.0.1:1", "", SocketAddr::from(([127, 0, 0, 1], 1)))
    }

    fn new(authority: &str, prefix: &str, address: SocketAddr) -> Self {
        Self {
            authority: authority.to_owned(),
            prefix: prefix.to_owned(),
            address,
            // A connection that is kept for later may hold one of the few threads that a shop has.
            agent: agent(0, None),
            trust: None,
            staff_key: None,
            remarks: Arc::default(),
        }
    }

    /// The same shop, asked over one connection as long as it keeps that open.
    #[must_use]
    pub fn keeping_connections(mut self) -> Self {
        self.agent = agent(1, self.trust.as_ref());
        self
    }

    /// The same shop behind TLS, with a certificate that `trust` vouches for.
    #[must_use]
    pub fn trusting(mut self, trust: &Trust) -> Self {
        self.agent = agent(0, Some(trust));
        self.trust = Some(trust.clone());
        self
    }

    /// Whether it may close the connection of a request that is never whole without the contract's 408: behind TLS
    /// stands a proxy. RFC 9110 (section 15.5.9) does not ask for a 408, and nginx sends none.
    #[must_use]
    pub fn may_hang_up(&self) -> bool {
        self.trust.is_some()
    }

    /// Where the shop is: `http://host:port`, and the path below which it lies.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.trust.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}{}", self.authority, self.prefix)
    }

    /// The same shop after a restart: another address, the same remarks.
    ///
    /// # Errors
    ///
    /// As [`Shop::at`].
    pub fn moved_to(&self, url: &str) -> anyhow::Result<Self> {
        let mut moved = Self::at(url)?;
        if let Some(trust) = &self.trust {
            moved = moved.trusting(trust);
        }
        moved.staff_key.clone_from(&self.staff_key);
        moved.remarks = Arc::clone(&self.remarks);
        Ok(moved)
    }

    /// What answers broke of the contract so far, each thing once.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        self.remarks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Holds an answer against the contract.
    pub fn note(&self, method: &str, target: &str, answer: &Answer) {
        let breaches = Contract::of_the_shop().breaches(method, target, answer);
        let mut remarks = self.remarks.lock().unwrap_or_else(PoisonError::into_inner);
        for breach in breaches {
            // A shop that is wrong in everything need not be told so a thousand times.
            if remarks.len() < 5 && !remarks.contains(&breach) {
                remarks.push(breach);
            }
        }
    }

    /// `GET` a path below the prefix.
    ///
    /// # Errors
    ///
    /// Broken, when no answer comes.
    pub fn get(&self, target: &str) -> Check<Answer> {
        self.request("GET", target, None, &[])
    }

    /// `POST` a JSON body.
    ///
    /// # Errors
    ///
    /// Broken, when no answer comes.
    pub fn post(&self, target: &str, body: &Value) -> Check<Answer> {
        self.request("POST", target, Some(body), &[])
    }

    /// `POST` a JSON body with an `Idempotency-Key`.
    ///
    /// # Errors
    ///
    /// Broken, when no answer comes.
    pub fn post_with_key(&self, target: &str, body: &Value, key: &str) -> Check<Answer> {
        self.request("POST", target, Some(body), &[("Idempotency-Key", key)])
    }

    /// Any well-formed request. One that is for the staff is theirs, unless `fields` say otherwise.
    ///
    /// # Errors
    ///
    /// Broken, when no answer comes.
    pub fn request(
        &self,
        method: &str,
        target: &str,
        body: Option<&Value>,
        fields: &[(&str, &str)],
    ) -> Check<Answer> {
        let scheme = if self.trust.is_some() {
            "https"
        } else {
            "http"
        };
        let uri = format!("{scheme}://{}{}{target}", self.authority, self.prefix);
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        if let Some(credentials) = self.credentials(method, target)
            && !names(fields, staff::FIELD)
        {
            request = request.header(staff::FIELD, credentials);
        }
        let sent = match body {
            Some(body) => {
                let request = request.header("Content-Type", "application/json");
                let request = request.body(body.to_string().into_bytes());
                self.agent.run(request.context("a request of ours")?)
            }
            None => self
                .agent
                .run(request.body(()).context("a request of ours")?),
        };
        let no_answer = |why: &ureq::Error| {
            let why = match why {
                ureq::Error::Io(error) => in_words(error),
                ureq::Error::Timeout(_) => format!("no answer came in {} s", PATIENCE.as_secs()),
                other => other.to_string(),
            };
            Stop::broken(format!("{method} {}: {why}.", shortened(target, 80)))
        };
        let mut response = sent.map_err(|error| no_answer(&error))?;
        let fields = response.headers().iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let mut answer = Answer {
            status: response.status().as_u16(),
            fields: fields.collect(),
            ..Answer::default()
        };
        answer.body = response
            .body_mut()
            .read_to_vec()
            .map_err(|error| no_answer(&error))?;
        self.note(method, target, &answer);
        Ok(answer)
    }

    /// A connection whose bytes we choose.
    ///
    /// # Errors
    ///
    /// Broken, when nobody accepts it.
    pub fn wire(&self) -> Check<Wire> {
        self.open(PATIENCE).map_err(|error| {
            Stop::broken(format!(
                "A connection could not be opened: {}.",
                in_words(&error)
            ))
        })
    }

    /// A connection whose bytes we choose, encrypted where the shop is behind TLS.
    ///
    /// # Errors
    ///
    /// When nobody accepts it within `patience`.
    pub fn open(&self, patience: Duration) -> io::Result<Wire> {
        let Some(trust) = &self.trust else {
            return Wire::open(self.address, patience);
        };
        let host = self.authority.rsplit_once(':');
        let host = host.map_or(self.authority.as_str(), |(host, _)| host);
        Wire::open_encrypted(self.address, host, trust, patience)
    }

    /// The bytes of a request with its `Host`, with a `Content-Length` and type when it has a body, and with the staff's key when it is
    /// for them.
    #[must_use]
    pub fn bytes(&self, method: &str, target: &str, body: Option<&str>) -> Vec<u8> {
        let head = self.head(method, target);
        let rest = body.map_or("\r\n".to_owned(), |body| {
            let length = body.len();
            format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
        });
        (head + &rest).into_bytes()
    }

    /// The beginning of such a request: its line, `Host`, and the staff's key.
    #[must_use]
    pub fn head(&self, method: &str, target: &str) -> String {
        let (authority, prefix) = (&self.authority, &self.prefix);
        let key = self.credentials(method, target);
        let key = key.map(|key| format!("{}: {key}\r\n", staff::FIELD));
        format!(
            "{method} {prefix}{target} HTTP/1.1\r\nHost: {authority}\r\n{}",
            key.unwrap_or_default()
        )
    }
}

fn names(fields: &[(&str, &str)], name: &str) -> bool {
    fields
        .iter()
        .any(|(other, _)| other.eq_ignore_ascii_case(name))
}

fn agent(idle_connections: usize, trust: Option<&Trust>) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .allow_non_standard_methods(true)
        .max_idle_connections(idle_connections)
        .timeout_global(Some(PATIENCE));
    let config = match trust {
        Some(trust) => config.tls_config(trust.for_the_library()),
        None => config,
    };
    config.build().new_agent()
}
