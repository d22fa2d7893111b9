//! HTTP/1.1, as much of it as a shop needs: [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110) says what
//! the words mean, [RFC 9112](https://www.rfc-editor.org/rfc/rfc9112) how they travel.

mod body;
mod connection;
mod head;
mod problem;
mod response;

pub use body::{Chunked, MAX_BODY};
pub use connection::{Patience, Wire, converse};
pub use head::{Framing, Head, MAX_FIELDS, MAX_HEAD, MAX_REQUEST_LINE};
pub use response::Response;

/// One request, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What stands before the body.
    pub head: Head,
    /// The body, without its framing; at most [`MAX_BODY`] bytes.
    pub body: Vec<u8>,
}

/// What is wrong with the bytes of a request, before anybody has asked what they
/// mean. After a fault nobody knows where the next request begins, so the
/// connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The bytes are no request; the text says why.
    Malformed(&'static str),
    /// The request line is longer than [`MAX_REQUEST_LINE`].
    TargetTooLong,
    /// The head is longer than [`MAX_HEAD`] or has more than [`MAX_FIELDS`] fields.
    HeadersTooLarge,
    /// Not HTTP/1.0 or HTTP/1.1.
    Version,
    /// A body in a transfer coding that the shop does not know, under `chunked`.
    TransferCoding,
    /// A body of unknown length.
    LengthRequired,
    /// A body longer than [`MAX_BODY`].
    BodyTooLarge,
    /// An `Expect` other than `100-continue`.
    Expectation,
    /// The request was not there whole in time.
    Timeout,
}
