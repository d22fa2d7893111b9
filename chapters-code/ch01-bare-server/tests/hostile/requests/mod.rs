//! What clients should not send, and what the shop says to it.

#![expect(clippy::too_many_lines, reason = "a table is as long as it is")]

pub mod bodies;
pub mod chunks;
pub mod heads;
pub mod manners;
pub mod sizes;
pub mod smuggling;
pub mod targets;

use crate::shop::HEALTH;

/// One conversation.
pub struct Case {
    pub name: &'static str,
    /// What is sent, at once.
    pub bytes: Vec<u8>,
    /// Whether the client then closes its side.
    pub half_close: bool,
    /// The statuses of the answers, in their order.
    pub statuses: Vec<u16>,
    /// Whether the connection can be used afterwards. Otherwise the shop has closed it.
    pub open: bool,
}

/// The shop refuses it and closes, whatever comes after it: a good request comes, which must not be answered.
fn refused(name: &'static str, status: u16, bytes: impl AsRef<[u8]>) -> Case {
    let bytes = [bytes.as_ref(), HEALTH].concat();
    Case {
        name,
        bytes,
        half_close: false,
        statuses: vec![status],
        open: false,
    }
}

/// The shop answers, well or ill, and listens on.
fn answered(name: &'static str, statuses: impl Into<Vec<u16>>, bytes: impl AsRef<[u8]>) -> Case {
    Case {
        name,
        bytes: bytes.as_ref().to_vec(),
        half_close: false,
        statuses: statuses.into(),
        open: true,
    }
}

/// The client closes its side after these bytes.
fn half_closed(name: &'static str, statuses: impl Into<Vec<u16>>, bytes: impl AsRef<[u8]>) -> Case {
    Case {
        name,
        bytes: bytes.as_ref().to_vec(),
        half_close: true,
        statuses: statuses.into(),
        open: false,
    }
}

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: shop\r\n\r\n")
}

/// A GET with more fields.
fn with(fields: &str) -> String {
    format!("GET /pets/1 HTTP/1.1\r\nHost: shop\r\n{fields}\r\n\r\n")
}

/// An adoption with these fields of framing, and what follows the head.
fn framed(fields: &str, rest: &str) -> String {
    format!(
        "POST /pets/none/adoption HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n{fields}\r\n\r\n{rest}"
    )
}

fn chunked(rest: &str) -> String {
    framed("Transfer-Encoding: chunked", rest)
}

/// A well-framed POST.
fn post(target: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn adopt(customer: &str) -> Vec<u8> {
    post(
        "/pets/none/adoption",
        format!(r#"{{"customer":{customer}}}"#).as_bytes(),
    )
}
