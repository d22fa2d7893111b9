//! One call of a customer.

use hyper::Request;
use hyper::Version;
use hyper::body::Bytes;
use hyper::header::{CONNECTION, TE, TRAILER, UPGRADE};
use hyper::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::http::uri::Uri;
use serde_json::{Value, json};

/// The field that names the operation.
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
/// What stands before its name.
const PREFIX: &str = "DynamoDB_20120810.";

/// What is meant for the next one on the way and for nobody behind it (RFC 9110, section
/// 7.6.1).
const HOP_BY_HOP: [HeaderName; 6] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// A call, read to its end.
#[derive(Debug)]
pub struct Call {
    /// As it goes on to a database.
    pub request: Request<Bytes>,
    /// `PutItem`, and so on; empty if it is none of `DynamoDB` itself.
    pub operation: String,
    /// What it is asked with; null if that is no JSON, as the database will say.
    pub body: Value,
}

impl Call {
    /// The call that is made by this request.
    pub fn new(mut request: Request<Bytes>) -> Self {
        remove_hop_by_hop(request.headers_mut());
        *request.version_mut() = Version::HTTP_11;
        if let Some(path) = request.uri().path_and_query() {
            *request.uri_mut() = Uri::from(path.clone());
        }
        let target = request.headers().get(TARGET);
        let target = target.and_then(|target| target.to_str().ok());
        let operation = target.and_then(|target| target.strip_prefix(PREFIX));
        Self {
            operation: operation.unwrap_or_default().to_owned(),
            body: serde_json::from_slice(request.body()).unwrap_or_default(),
            request,
        }
    }

    /// Whether it reads or writes items.
    pub fn is_on_items(&self) -> bool {
        let reads = [
            "GetItem",
            "Query",
            "Scan",
            "BatchGetItem",
            "TransactGetItems",
        ];
        self.is_write() || reads.contains(&&*self.operation)
    }

    /// Whether it writes items.
    pub fn is_write(&self) -> bool {
        let writes = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"];
        self.is_transaction() || writes.contains(&&*self.operation)
    }

    /// Whether it is a transaction that writes.
    pub fn is_transaction(&self) -> bool {
        self.operation == "TransactWriteItems"
    }

    /// Whether it reads an index, and may miss what was written just now.
    pub fn reads_an_index(&self) -> bool {
        let can_be = ["Query", "Scan"].contains(&&*self.operation);
        // A local index can be asked for a consistent read; that a global one cannot, the
        // database says.
        can_be && self.body["IndexName"].is_string() && self.body["ConsistentRead"] != true
    }

    /// Whether it writes items, or may do so as a statement in `PartiQL`.
    pub fn may_write(&self) -> bool {
        let statements = [
            "ExecuteStatement",
            "BatchExecuteStatement",
            "ExecuteTransaction",
        ];
        self.is_write() || statements.contains(&&*self.operation)
    }

    /// Whether it makes, changes or deletes a table.
    pub fn changes_a_table(&self) -> bool {
        let changes = ["CreateTable", "UpdateTable", "DeleteTable"];
        changes.contains(&&*self.operation)
    }

    /// The request by which whoever makes this call would have a table described.
    pub fn describe(&self, table: &str) -> Request<Bytes> {
        let body = json!({ "TableName": table }).to_string();
        let mut request = Request::post("/")
            .body(Bytes::from(body))
            .unwrap_or_default();
        *request.headers_mut() = self.request.headers().clone();
        let fields = request.headers_mut();
        fields.remove(CONTENT_LENGTH);
        let target = HeaderValue::from_static("DynamoDB_20120810.DescribeTable");
        fields.insert(TARGET, target);
        request
    }
}

/// Takes away what is meant for us alone.
pub fn remove_hop_by_hop(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}
