//! A message of HTTP/1.1, as the parts of this machine send them to each other.

use std::io::{self, ErrorKind, Read};

use anyhow::{Context, Result};
use serde_json::Value;

/// A request or an answer of HTTP/1.1 that has a `Content-Length`, as all of `DynamoDB`'s have.
#[derive(Debug, Default)]
pub(super) struct Message {
    /// With the empty line.
    pub head: String,
    /// As many bytes as it says.
    pub body: Vec<u8>,
}

impl Message {
    /// `None` at the end of the connection.
    pub fn read(from: &mut impl Read) -> Result<Option<Self>> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            match from.read_exact(&mut byte) {
                Err(error) if error.kind() == ErrorKind::UnexpectedEof && head.is_empty() => {
                    return Ok(None);
                }
                read => read?,
            }
            head.extend(byte);
        }
        let head = String::from_utf8(head)?;
        let mut message = Self {
            head,
            body: Vec::new(),
        };
        let length = message.field("content-length").unwrap_or("0").parse()?;
        let read = from.take(length).read_to_end(&mut message.body)?;
        if read as u64 != length {
            return Err(io::Error::from(ErrorKind::UnexpectedEof).into());
        }
        Ok(Some(message))
    }

    fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(':'));
        let (_, value) = fields.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value.trim())
    }

    /// Of all of it.
    pub fn length(&self) -> u64 {
        (self.head.len() + self.body.len()) as u64
    }

    /// `X-Amz-Target: DynamoDB_20120810.GetItem`
    pub fn operation(&self) -> &str {
        let target = self.field("x-amz-target").unwrap_or_default();
        target.rsplit('.').next().unwrap_or_default()
    }

    /// Of an answer.
    pub fn status(&self) -> Result<u16> {
        let status = self.head.split(' ').nth(1).context("no status")?;
        Ok(status.parse()?)
    }

    /// The request, which now asks what it takes as well: `TOTAL`, or in parts, `INDEXES`.
    pub fn asking_for_units(&self, how: &str) -> Result<Vec<u8>> {
        let mut body: Value = serde_json::from_slice(&self.body)?;
        body["ReturnConsumedCapacity"] = how.into();
        let body = body.to_string();
        let fields = self.head.trim_end().lines().filter(|line| {
            let name = line.split(':').next().unwrap_or_default();
            !name.eq_ignore_ascii_case("content-length")
        });
        let mut request: Vec<&str> = fields.collect();
        let length = format!("Content-Length: {}", body.len());
        request.extend([length.as_str(), "", &body]);
        Ok(request.join("\r\n").into_bytes())
    }
}
