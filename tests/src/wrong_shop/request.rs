//! The head of a request.

use super::Fault;
use super::problem::{Reply, problem};
use crate::promises::wire::find;

const FIELDS: usize = 100;

/// A request that is there whole.
#[derive(Debug, Default)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub fields: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
    /// Whether a length or chunks were announced.
    pub has_body: bool,
    /// Whether the connection may stay open.
    pub keeps: bool,
    /// The announced length of the body.
    pub length: Option<usize>,
    pub chunked: bool,
}

impl Request {
    /// The first field of this name (lower case).
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        self.fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_slice())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_slice())
    }

    /// Reads the request line and the fields.
    pub fn parse(&mut self, head: &[u8], fault: Fault) -> Result<(), Reply> {
        let malformed = |what: &str| problem(400, "malformed-request", what);
        if fault == Fault::DiesOfNul && head.contains(&0) {
            std::process::abort();
        }
        let mut lines = split(head, b"\r\n").into_iter();
        let line = lines.next().unwrap_or_default();
        let line =
            std::str::from_utf8(line).map_err(|_| malformed("The request line is no text."))?;
        let words: Vec<&str> = line.split(' ').collect();
        let [method, target, version] = words[..] else {
            return Err(malformed("The request line has not three words."));
        };
        let numbers = version.strip_prefix("HTTP/").map(str::as_bytes);
        let one = match numbers {
            Some([b'1', b'.', b'0']) => false,
            Some([b'1', b'.', b'0'..=b'9']) => true,
            Some([b'0'..=b'9', b'.', b'0'..=b'9']) => {
                return Err(problem(
                    505,
                    "version-not-supported",
                    "This shop speaks HTTP/1.1.",
                ));
            }
            _ => return Err(malformed("The version is none.")),
        };
        let absolute = target
            .strip_prefix("http://")
            .and_then(|rest| rest.find('/').map(|at| &rest[at..]));
        let target = absolute.unwrap_or(target);
        if !target.starts_with('/') || !target.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(malformed("The target is no path."));
        }
        method.clone_into(&mut self.method);
        target.clone_into(&mut self.target);
        for line in lines {
            let colon = line
                .iter()
                .position(|byte| *byte == b':')
                .filter(|at| *at > 0);
            let (name, value) =
                line.split_at(colon.ok_or_else(|| malformed("A field has no name."))?);
            let token =
                |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
            if !name.iter().all(token) || value.iter().any(|byte| [0, b'\r', b'\n'].contains(byte))
            {
                return Err(malformed("A field is malformed."));
            }
            let name = String::from_utf8_lossy(name).to_ascii_lowercase();
            self.fields.push((name, value[1..].trim_ascii().to_vec()));
        }
        if self.fields.len() > FIELDS {
            return Err(too_many_fields());
        }
        if self.all("host").count() > 1 || one && self.field("host").is_none() {
            return Err(malformed("There is not one Host."));
        }
        let closes = self
            .field("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case(b"close"));
        self.keeps = one && !closes;
        self.frame(fault).map_err(malformed)
    }

    fn frame(&mut self, fault: Fault) -> Result<(), &'static str> {
        let lengths: Vec<&[u8]> = self.all("content-length").collect();
        let mut different = lengths.clone();
        different.dedup();
        if different.len() > 1 && fault != Fault::AcceptsTwoLengths {
            return Err("There are two lengths.");
        }
        let length = lengths.first().map(|length| {
            let digits = !length.is_empty() && length.iter().all(u8::is_ascii_digit);
            std::str::from_utf8(length)
                .ok()
                .filter(|_| digits)
                .and_then(|length| length.parse().ok())
        });
        match (length, self.field("transfer-encoding")) {
            (None, None) => {}
            (Some(None), _) => return Err("The length is no number."),
            (Some(length), None) => self.length = length,
            (None, Some(coding)) if coding.eq_ignore_ascii_case(b"chunked") => {
                self.chunked = true;
            }
            _ => return Err("The body's end cannot be known."),
        }
        self.has_body = self.chunked || self.length.is_some();
        Ok(())
    }
}

/// More than the limits allow.
pub fn too_many_fields() -> Reply {
    problem(431, "headers-too-large", "The head is too large.").closing()
}

fn split<'a>(bytes: &'a [u8], by: &[u8]) -> Vec<&'a [u8]> {
    let (mut parts, mut rest) = (Vec::new(), bytes);
    while let Some(at) = find(rest, by) {
        parts.push(&rest[..at]);
        rest = &rest[at + by.len()..];
    }
    parts.push(rest);
    parts
}
