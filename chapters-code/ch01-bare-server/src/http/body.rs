//! A body that comes in chunks (RFC 9112, section 7.1).

use super::Fault;
use super::head::field;

/// Bytes in a body; a longer one is answered 413.
pub const MAX_BODY: usize = 65_536;
/// Bytes in the line with a chunk's size and extensions, and in a trailer line.
const MAX_LINE: usize = 256;
/// Lines after the last chunk.
const MAX_TRAILERS: usize = 16;

/// Takes a chunked body apart, whatever pieces it arrives in.
#[derive(Debug)]
pub struct Chunked {
    body: Vec<u8>,
    next: Next,
}

#[derive(Debug, Clone, Copy)]
enum Next {
    Size,
    Data(usize),
    DataEnd,
    Trailer(usize),
}

impl Default for Chunked {
    fn default() -> Self {
        Self {
            body: Vec::new(),
            next: Next::Size,
        }
    }
}

impl Chunked {
    /// Takes what it understands from the front of `buffer`; gives the body when it
    /// is whole. What then is left in `buffer` belongs to the next request.
    ///
    /// # Errors
    ///
    /// [`Fault::Malformed`] when this is no chunked body, [`Fault::BodyTooLarge`]
    /// when it exceeds [`MAX_BODY`].
    pub fn feed(&mut self, buffer: &mut Vec<u8>) -> Result<Option<Vec<u8>>, Fault> {
        loop {
            self.next = match self.next {
                Next::Size => match take_line(buffer)? {
                    Some(line) => self.after_size(chunk_size(&line)?)?,
                    None => return Ok(None),
                },
                Next::Data(0) => Next::DataEnd,
                Next::Data(_) if buffer.is_empty() => return Ok(None),
                Next::Data(left) => {
                    let here = left.min(buffer.len());
                    self.body.extend(buffer.drain(..here));
                    Next::Data(left - here)
                }
                Next::DataEnd if buffer.len() < 2 => return Ok(None),
                Next::DataEnd if !buffer.starts_with(b"\r\n") => {
                    return Err(Fault::Malformed("a chunk is longer than its size"));
                }
                Next::DataEnd => {
                    buffer.drain(..2);
                    Next::Size
                }
                Next::Trailer(count) => match take_line(buffer)? {
                    Some(line) if line.is_empty() => {
                        return Ok(Some(std::mem::take(&mut self.body)));
                    }
                    Some(line) if count < MAX_TRAILERS => {
                        field(&line)?; // It means nothing to us, but it is no place to hide a request.
                        Next::Trailer(count + 1)
                    }
                    Some(_) => return Err(Fault::HeadersTooLarge),
                    None => return Ok(None),
                },
            }
        }
    }

    fn after_size(&self, size: usize) -> Result<Next, Fault> {
        match size {
            0 => Ok(Next::Trailer(0)),
            _ if size > MAX_BODY - self.body.len() => Err(Fault::BodyTooLarge),
            _ => Ok(Next::Data(size)),
        }
    }
}

/// A line without its end, taken from the front; `None` when its end has not
/// arrived yet.
fn take_line(buffer: &mut Vec<u8>) -> Result<Option<Vec<u8>>, Fault> {
    let end = buffer
        .iter()
        .take(MAX_LINE + 2)
        .position(|byte| *byte == b'\n');
    let Some(end) = end else {
        let too_long = buffer.len() > MAX_LINE + 1;
        return if too_long {
            Err(Fault::Malformed("a chunk's line is too long"))
        } else {
            Ok(None)
        };
    };
    let mut line: Vec<u8> = buffer.drain(..=end).collect();
    line.pop();
    if line.pop() != Some(b'\r') || line.iter().any(u8::is_ascii_control) {
        return Err(Fault::Malformed("a chunk's line is malformed"));
    }
    Ok(Some(line))
}

/// `1a` or `1a;name=value`; the extensions mean nothing to us.
fn chunk_size(line: &[u8]) -> Result<usize, Fault> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
    let known = (1..=16).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
    let size = str::from_utf8(digits).ok().filter(|_| known);
    let size = size.and_then(|digits| usize::from_str_radix(digits, 16).ok());
    size.ok_or(Fault::Malformed("the size of a chunk is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Chunked::default().feed(&mut bytes.to_vec())
    }

    #[test]
    fn chunks_are_joined_and_the_rest_is_left() {
        let mut buffer =
            b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\nGET /".to_vec();
        let body = Chunked::default().feed(&mut buffer).unwrap().unwrap();
        assert_eq!(
            (body.as_slice(), buffer.as_slice()),
            (&b"abc0123456789"[..], &b"GET /"[..])
        );
    }

    #[test]
    fn a_chunk_that_lies_about_its_size_is_refused() {
        for bytes in [
            &b"2\r\nabc\r\n0\r\n\r\n"[..],
            b"4\r\nabc\r\n0\r\n\r\n",
            b"3\nabc\r\n0\r\n\r\n",
        ] {
            assert!(
                matches!(decode(bytes), Err(Fault::Malformed(_))),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn a_size_that_is_no_number_is_refused() {
        for size in ["", "g", "-1", "0x3", " 3", "3 ", "11111111111111111"] {
            let bytes = format!("{size}\r\nabc\r\n0\r\n\r\n");
            assert!(
                matches!(decode(bytes.as_bytes()), Err(Fault::Malformed(_))),
                "{size:?}"
            );
        }
    }

    #[test]
    fn more_than_the_limit_is_refused_before_it_is_read() {
        assert_eq!(decode(b"10001\r\n"), Err(Fault::BodyTooLarge));
        assert_eq!(decode(b"ffffffffffffffff\r\n"), Err(Fault::BodyTooLarge));
        assert_eq!(
            decode(b"10000\r\n"),
            Ok(None),
            "exactly the limit is allowed"
        );
    }
}
