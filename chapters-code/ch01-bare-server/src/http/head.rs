//! The head of a request: the request line and the fields, up to the empty line.

use super::{Fault, MAX_BODY};

/// Bytes in a request line, without its line end; a longer one is answered 414.
pub const MAX_REQUEST_LINE: usize = 8_192;
/// Bytes in a head, all lines together; a longer one is answered 431.
pub const MAX_HEAD: usize = 16_384;
/// Fields in a head; more are answered 431.
pub const MAX_FIELDS: usize = 100;

/// A request line and its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// As it was sent: `GET`.
    pub method: String,
    /// The target up to the question mark, as it was sent: `/pets/1`.
    pub path: String,
    /// The target after the question mark, as it was sent; empty if there is none.
    pub query: String,
    /// The 1 in HTTP/1.1; 0 for an HTTP/1.0 client.
    pub minor_version: u8,
    /// How the end of the body is found.
    pub framing: Framing,
    fields: Vec<(String, String)>,
}

/// How the end of a body is found (RFC 9112, section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    Empty,
    /// It has so many bytes.
    Length(usize),
    /// It comes in chunks, each with its own length.
    Chunked,
}

impl Head {
    // ANCHOR: parse
    /// Reads a head from the beginning of `bytes`. Gives the head and its length in
    /// bytes, or `None` when its end has not arrived yet.
    ///
    /// # Errors
    ///
    /// A [`Fault`]. A line too long or without its CR is found at once, the others
    /// when the head is whole.
    pub fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, Fault> {
        let Some((lines, length)) = lines(bytes)? else {
            return Ok(None);
        };
        let (first, rest) = lines
            .split_first()
            .ok_or(Fault::Malformed("there is no request line"))?;
        let (method, target, minor_version) = request_line(first)?;
        let fields = rest
            .iter()
            .map(|line| field(line))
            .collect::<Result<Vec<_>, _>>()?;
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path.to_owned(), query.to_owned()),
            None => (target, String::new()),
        };
        let mut head = Self {
            method,
            path,
            query,
            minor_version,
            framing: Framing::Empty,
            fields,
        };
        head.check_host()?;
        head.framing = head.find_framing()?;
        head.check_expectation()?;
        Ok(Some((head, length)))
    }
    // ANCHOR_END: parse

    /// The value of a field, if it was sent; `name` in lower case. Of a repeated
    /// field, the first.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|field| field.0 == name)
            .map(|field| field.1.as_str())
    }

    /// The values of a field in the order in which they came; `name` in lower case.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields
            .iter()
            .filter(move |field| field.0 == name)
            .map(|field| field.1.as_str())
    }

    /// Whether the client waits for a `100 Continue` before it sends the body (RFC
    /// 9110, section 10.1.1).
    #[must_use]
    pub fn expects_continue(&self) -> bool {
        self.minor_version > 0 && self.field("expect").is_some()
    }

    /// Whether the connection ends after this request (RFC 9112, section 9.3).
    #[must_use]
    pub fn wants_close(&self) -> bool {
        let says_close = self
            .all("connection")
            .flat_map(|value| value.split(','))
            .any(|option| option.trim_ascii().eq_ignore_ascii_case("close"));
        says_close || self.minor_version == 0
    }

    /// RFC 9112, section 3.2: an HTTP/1.1 request has exactly one `Host`.
    fn check_host(&self) -> Result<(), Fault> {
        let mut hosts = self.all("host");
        match (hosts.next(), hosts.next()) {
            (None, _) if self.minor_version > 0 => Err(Fault::Malformed("there is no Host")),
            (Some(_), Some(_)) => Err(Fault::Malformed("there is more than one Host")),
            (Some(host), None) if !host.bytes().all(is_host) => {
                Err(Fault::Malformed("Host is no host"))
            }
            _ => Ok(()),
        }
    }

    // ANCHOR: framing
    /// RFC 9112, section 6.3. Two programs that disagree here see different
    /// requests in the same bytes, and one of them can be made to smuggle a
    /// request past the other. So there is no leniency.
    fn find_framing(&self) -> Result<Framing, Fault> {
        let lengths: Vec<&str> = self.all("content-length").collect();
        let codings: Vec<&str> = self.all("transfer-encoding").collect();
        match (lengths.as_slice(), codings.as_slice()) {
            ([], []) if self.method == "POST" => Err(Fault::LengthRequired),
            ([], []) => Ok(Framing::Empty),
            ([length], []) => content_length(length),
            ([], [coding]) if self.minor_version > 0 => transfer_coding(coding),
            ([], [_]) => Err(Fault::Malformed("Transfer-Encoding in an HTTP/1.0 request")),
            ([], _) => Err(Fault::Malformed("there is more than one Transfer-Encoding")),
            (_, []) => Err(Fault::Malformed("there is more than one Content-Length")),
            _ => Err(Fault::Malformed("Content-Length beside Transfer-Encoding")),
        }
    }
    // ANCHOR_END: framing

    fn check_expectation(&self) -> Result<(), Fault> {
        let known = |value: &str| value.eq_ignore_ascii_case("100-continue");
        if self.minor_version == 0 || self.all("expect").all(known) {
            Ok(())
        } else {
            Err(Fault::Expectation)
        }
    }
}

/// The lines of a head and how many bytes they take.
type Lines<'a> = (Vec<&'a [u8]>, usize);

/// The lines of a head without their line ends, and how many bytes they take with
/// the empty line that ends them.
fn lines(bytes: &[u8]) -> Result<Option<Lines<'_>>, Fault> {
    let mut lines = Vec::new();
    let mut start = 0;
    while let Some(end) = bytes[start..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map(|at| start + at)
    {
        check_size(lines.len(), &bytes[..=end], start)?;
        // RFC 9112, section 2.2 would let a lone LF pass. The programs in front of a shop
        // may not.
        let line = bytes[start..end]
            .strip_suffix(b"\r")
            .ok_or(Fault::Malformed("a line ends without CR"))?;
        start = end + 1;
        if line.is_empty() {
            return Ok(Some((lines, start)));
        }
        if lines.len() > MAX_FIELDS {
            return Err(Fault::HeadersTooLarge);
        }
        lines.push(line);
    }
    check_size(lines.len(), bytes, start)?;
    Ok(None)
}

/// Whether the line that begins at `start` may be as long as it is, whole or not:
/// what a client is told must not depend on where the network cut its bytes.
fn check_size(lines_before: usize, bytes: &[u8], start: usize) -> Result<(), Fault> {
    if lines_before == 0 && bytes.len() - start > MAX_REQUEST_LINE + 2 {
        return Err(Fault::TargetTooLong);
    }
    if bytes.len() > MAX_HEAD {
        return Err(Fault::HeadersTooLarge);
    }
    Ok(())
}

// ANCHOR: request_line
/// RFC 9112, section 3: `GET /pets/1 HTTP/1.1`.
fn request_line(line: &[u8]) -> Result<(String, String, u8), Fault> {
    let mut words = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Fault::Malformed("the request line is not three words"));
    };
    if method.is_empty() || !method.iter().copied().all(is_token) {
        return Err(Fault::Malformed("the method is no word"));
    }
    if target.is_empty() || !target.iter().all(u8::is_ascii_graphic) {
        return Err(Fault::Malformed("the target is no address"));
    }
    let minor_version = match version {
        b"HTTP/1.0" => 0,
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1'..=b'9'] => 1,
        [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => {
            return Err(Fault::Version);
        }
        _ => return Err(Fault::Malformed("the version is no version")),
    };
    Ok((text(method), origin_form(&text(target))?, minor_version))
}
// ANCHOR_END: request_line

/// RFC 9112, section 3.2: `/pets`, or the same with `http://host` in front; `*` for OPTIONS.
fn origin_form(target: &str) -> Result<String, Fault> {
    if target.starts_with('/') || target == "*" {
        return Ok(target.to_owned());
    }
    let scheme = target
        .get(..7)
        .filter(|scheme| scheme.eq_ignore_ascii_case("http://"));
    let Some(rest) = scheme.map(|_| &target[7..]) else {
        return Err(Fault::Malformed(
            "the target is neither a path nor an http address",
        ));
    };
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if host.is_empty() || !host.bytes().all(is_host) {
        return Err(Fault::Malformed("the host of the target is no host"));
    }
    Ok(if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    })
}

/// RFC 9112, section 5: `Name: value`, no space before the colon, no folded lines.
pub(super) fn field(line: &[u8]) -> Result<(String, String), Fault> {
    let colon = line
        .iter()
        .position(|byte| *byte == b':')
        .ok_or(Fault::Malformed("a field has no colon"))?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    if name.is_empty() || !name.iter().copied().all(is_token) {
        return Err(Fault::Malformed("the name of a field is no word"));
    }
    if !value.iter().copied().all(is_field_value) {
        return Err(Fault::Malformed("a field has a control character"));
    }
    Ok((text(name).to_ascii_lowercase(), text(value.trim_ascii())))
}

fn content_length(value: &str) -> Result<Framing, Fault> {
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::Malformed("Content-Length is no number"));
    }
    match value.parse() {
        Ok(0) => Ok(Framing::Empty),
        Ok(length) if length <= MAX_BODY => Ok(Framing::Length(length)),
        _ => Err(Fault::BodyTooLarge),
    }
}

fn transfer_coding(value: &str) -> Result<Framing, Fault> {
    let is_chunked = |coding: &&str| coding.eq_ignore_ascii_case("chunked");
    // No more than tab and space may be trimmed: `str::trim` knows white space that
    // others do not.
    let codings: Vec<&str> = value.split(',').map(str::trim_ascii).collect();
    match codings.as_slice() {
        [only] if is_chunked(only) => Ok(Framing::Chunked),
        [.., last] if !is_chunked(last) => {
            Err(Fault::Malformed("the last transfer coding is not chunked"))
        }
        [before @ .., _] if before.iter().any(is_chunked) => Err(Fault::Malformed("chunked twice")),
        _ => Err(Fault::TransferCoding),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// RFC 9110, section 5.5.
fn is_field_value(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

/// RFC 3986, section 3.2: what a host and a port are made of.
fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:[]%".contains(&byte)
}
