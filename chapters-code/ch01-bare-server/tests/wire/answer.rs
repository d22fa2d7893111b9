//! Reads an answer back, by RFC 9112 to the letter.

use serde_json::Value;

/// An answer that was well-formed. The date is not part of it, so that answers can be compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    /// The name of the problem in an answer that is one: `pet-not-found`.
    pub problem: Option<String>,
    /// Whether it says that the connection ends after it.
    pub closes: bool,
    /// `Null` in the answer to a HEAD request.
    pub body: Value,
}

/// Reads one answer from the front of `bytes` and gives its length.
///
/// # Errors
///
/// What is wrong with it.
pub fn read(bytes: &[u8], head_only: bool) -> Result<(Answer, usize), String> {
    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .ok_or("the head has no end")?;
    let head = str::from_utf8(&bytes[..end]).map_err(|_| "the head is not ASCII")?;
    if !head.is_ascii() {
        return Err("the head is not ASCII".to_owned());
    }
    let mut lines = head.split("\r\n");
    let status = status(lines.next().unwrap_or_default())?;
    let fields = lines.map(field).collect::<Result<Vec<_>, _>>()?;
    let one = |name: &str| match fields
        .iter()
        .filter(|field| field.0 == name)
        .collect::<Vec<_>>()[..]
    {
        [(_, value)] => Ok(value.as_str()),
        _ => Err(format!("{status} needs exactly one {name}")),
    };
    if status == 100 {
        let answer = Answer {
            status,
            problem: None,
            closes: false,
            body: Value::Null,
        };
        return if fields.is_empty() {
            Ok((answer, end + 4))
        } else {
            Err("100 with fields".to_owned())
        };
    }
    httpdate::parse_http_date(one("date")?).map_err(|_| "Date is no date")?;
    if (status == 405) != one("allow").is_ok() || (status == 201) != one("location").is_ok() {
        return Err(format!("{status} with or without Allow, Location"));
    }
    let length: usize = one("content-length")?
        .parse()
        .map_err(|_| "Content-Length is no number")?;
    let body = match bytes.get(end + 4..end + 4 + length) {
        _ if head_only => &[],
        Some(body) => body,
        None => return Err("the body is shorter than its Content-Length".to_owned()),
    };
    let value = match body {
        [] if head_only => Value::Null,
        body => serde_json::from_slice(body).map_err(|error| error.to_string())?,
    };
    let answer = Answer {
        status,
        problem: problem(status, one("content-type")?, &value)?,
        closes: one("connection").is_ok_and(|value| value == "close"),
        body: value,
    };
    Ok((answer, end + 4 + body.len()))
}

fn status(line: &str) -> Result<u16, String> {
    let complain = || format!("{line:?} is no status line");
    let (status, reason) = line
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.split_once(' '))
        .ok_or_else(complain)?;
    let known = status.len() == 3 && !reason.is_empty();
    status.parse().ok().filter(|_| known).ok_or_else(complain)
}

fn field(line: &str) -> Result<(String, String), String> {
    match line.split_once(": ") {
        Some((name, value))
            if !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
                && !value.is_empty()
                && value
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() || byte == b' ') =>
        {
            Ok((name.to_ascii_lowercase(), value.to_owned()))
        }
        _ => Err(format!("{line:?} is no field")),
    }
}

/// The name of the problem, if this answer is one (RFC 9457, section 3.1).
fn problem(status: u16, content_type: &str, body: &Value) -> Result<Option<String>, String> {
    match (status < 400, content_type) {
        (true, "application/json") => return Ok(None),
        (false, "application/problem+json") => {}
        _ => return Err(format!("{status} as {content_type}")),
    }
    if body.is_null() {
        return Ok(None);
    }
    let name = body["type"]
        .as_str()
        .and_then(|kind| kind.strip_prefix("/problems/"));
    let whole = body["status"] == status && body["title"].is_string() && body["detail"].is_string();
    name.filter(|_| whole)
        .map(|name| Some(name.to_owned()))
        .ok_or(format!("{body} is no problem document"))
}
