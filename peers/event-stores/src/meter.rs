//! A meter between a store and its database, in the place of the SDK's HTTP client. It asks with each call what the call
//! takes, whoever makes it, and can lose answers and hold calls back.
//!
//! Each call is changed after it was signed, so that the database must be one that does not check signatures: any on this
//! machine.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::{Value, json};
use tokio::sync::oneshot;

const READS: [&str; 5] = [
    "GetItem",
    "BatchGetItem",
    "Query",
    "Scan",
    "TransactGetItems",
];

const WRITES: [&str; 5] = [
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
];

/// Bytes that a write unit is good for.
const UNIT: usize = 1_024;

/// What calls on items have cost.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Spent {
    /// How many there were, those of the SDK's own tries included.
    pub requests: u64,
    /// Read units, as the database says.
    pub reads: f64,
    /// Write units, as the database says.
    pub writes: f64,
    /// Write units of what was refused because of a condition. No answer tells them: they are computed by AWS's rule, which
    /// counts a refused write as one that was done.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>
    pub by_rule: f64,
}

/// A meter.
#[derive(Debug, Clone)]
pub struct Meter {
    http: SharedHttpClient,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    spent: Spent,
    /// How many answers to writes are to be lost.
    loses: usize,
    held: Option<(oneshot::Sender<()>, oneshot::Receiver<()>)>,
}

/// A write that is held back.
#[derive(Debug)]
pub struct Held {
    /// Tells when it has come.
    pub come: oneshot::Receiver<()>,
    /// Lets it go.
    pub go: oneshot::Sender<()>,
}

impl Meter {
    /// A meter before an HTTP client.
    #[must_use]
    pub fn new(http: SharedHttpClient) -> Self {
        Self {
            http,
            state: Arc::default(),
        }
    }

    /// What was spent since this was asked last.
    #[must_use]
    pub fn spent(&self) -> Spent {
        std::mem::take(&mut lock(&self.state).spent)
    }

    /// Loses the next so many answers to writes, which are carried out.
    pub fn lose(&self, answers: usize) {
        lock(&self.state).loses = answers;
    }

    /// Holds the next write back.
    #[must_use]
    pub fn hold(&self) -> Held {
        let (here, come) = oneshot::channel();
        let (go, released) = oneshot::channel();
        lock(&self.state).held = Some((here, released));
        Held { come, go }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HttpClient for Meter {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Metered {
            connector: self.http.http_connector(settings, components),
            state: Arc::clone(&self.state),
        })
    }
}

#[derive(Debug)]
struct Metered {
    connector: SharedHttpConnector,
    state: Arc<Mutex<State>>,
}

impl HttpConnector for Metered {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (connector, state) = (self.connector.clone(), Arc::clone(&self.state));
        let operation = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = operation.rsplit('.').next().unwrap_or_default().to_owned();
        let (reads, writes) = [READS, WRITES]
            .map(|operations| operations.contains(&operation.as_str()))
            .into();
        if !reads && !writes {
            return connector.call(request);
        }
        HttpConnectorFuture::new(async move {
            let (request, question) = asking(request)?;
            let held = lock(&state).held.take_if(|_| writes);
            if let Some((here, released)) = held {
                // Whoever holds it may have gone; then it goes on.
                let _ = here.send(());
                let _ = released.await;
            }
            let (answer, told) = whole(connector.call(request).await?).await?;
            let mut state = lock(&state);
            state.spent.add(&operation, &question, &told);
            if writes && state.loses > 0 {
                state.loses -= 1;
                return Err(ConnectorError::timeout("the answer is lost".into()));
            }
            Ok(answer)
        })
    }
}

/// The call, which asks what it takes, and what it says.
fn asking(mut request: HttpRequest) -> Result<(HttpRequest, Value), ConnectorError> {
    let body = request.body().bytes().unwrap_or_default();
    let mut question: Value =
        serde_json::from_slice(body).map_err(|error| ConnectorError::user(error.into()))?;
    question["ReturnConsumedCapacity"] = json!("TOTAL");
    let body = question.to_string();
    let length = body.len().to_string();
    request.headers_mut().insert("content-length", length);
    *request.body_mut() = SdkBody::from(body);
    Ok((request, question))
}

/// The answer, and what it says.
async fn whole(mut answer: HttpResponse) -> Result<(HttpResponse, Value), ConnectorError> {
    let body = ByteStream::new(answer.take_body()).collect().await;
    let body = body.map_err(|error| ConnectorError::io(error.into()))?;
    let body = body.into_bytes();
    let told = serde_json::from_slice(&body).unwrap_or_default();
    *answer.body_mut() = SdkBody::from(body);
    Ok((answer, told))
}

impl Spent {
    fn add(&mut self, operation: &str, question: &Value, told: &Value) {
        self.requests += 1;
        let tables = match &told["ConsumedCapacity"] {
            Value::Array(several) => several.iter().collect(),
            Value::Null => vec![],
            one => vec![one],
        };
        for table in tables {
            let units = |name: &str| table[name].as_f64();
            match (units("ReadCapacityUnits"), units("WriteCapacityUnits")) {
                (None, None) if READS.contains(&operation) => {
                    self.reads += units("CapacityUnits").unwrap_or_default();
                }
                (None, None) => self.writes += units("CapacityUnits").unwrap_or_default(),
                // A transaction that comes again is read, and not written.
                (reads, writes) => {
                    self.reads += reads.unwrap_or_default();
                    self.writes += writes.unwrap_or_default();
                }
            }
        }
        if is_refused(told) {
            self.by_rule += by_rule(question);
        }
    }
}

fn is_refused(told: &Value) -> bool {
    let name = told["__type"].as_str().unwrap_or_default();
    name.ends_with("ConditionalCheckFailedException")
        || name.ends_with("TransactionCanceledException")
}

/// An item's JSON is longer than it is, so that this is not too little.
fn by_rule(question: &Value) -> f64 {
    let units = |item: &Value| item.to_string().len().div_ceil(UNIT);
    let units = match question["TransactItems"].as_array() {
        Some(items) => items.iter().map(|item| 2 * units(item)).sum(),
        None => units(question),
    };
    u32::try_from(units).map_or(f64::MAX, f64::from)
}
