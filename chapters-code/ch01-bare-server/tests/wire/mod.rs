//! A client without a network, and a reader of answers that forgives nothing. The tests of split packets, the
//! corpus and the fuzz targets look through the same eyes.

#![allow(
    dead_code,
    reason = "each of the programs that share this file needs a part of it"
)]

pub mod answer;

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use ch01_bare_server::api::{self, Operation};
use ch01_bare_server::http::{Patience, Request, Response, Wire, converse};
use ch01_bare_server::line;
use ch01_bare_server::problem::Problem;
use ch01_bare_server::shop::{Entry, Shop};

use answer::Answer;

/// What the client does when it has sent everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It closes its side of the connection.
    Closes,
    /// It waits until the shop's patience is at an end.
    Waits,
}

/// The pets that are in the shop when a conversation begins: 1 can be adopted, 2 has been.
const BEFORE: [&str; 3] = [
    r#"{"at":1,"taken-in":"1","about":{"name":"Gustav","species":"tortoise","born":1923,"price":{"amount":12000,"currency":"EUR"}}}"#,
    r#"{"at":2,"taken-in":"2","about":{"name":"Kiwi","species":"lovebird","born":2024,"price":{"amount":4500,"currency":"EUR"}}}"#,
    r#"{"at":3,"adopted":["2"],"customer":"Ada"}"#,
];

/// Lets a client talk to a shop, and asserts what must hold whatever it says: the conversation ends, every answer
/// is well-formed, every request has one, and after the first fault there is exactly one answer and then the end.
///
/// # Panics
///
/// When one of these does not hold.
pub fn talk(pieces: Vec<Vec<u8>>, end: End) -> Vec<Answer> {
    let said: Vec<u8> = pieces.concat();
    let mut client = Client {
        pieces: pieces.into(),
        end,
        heard: Vec::new(),
        finished: false,
    };
    let shop = open_shop();
    let requests = Mutex::new(Vec::new());
    converse(&mut client, Patience::default(), &|request: &Request| {
        let response = handle(&mut shop.lock().unwrap(), request);
        let mut requests = requests.lock().unwrap();
        requests.push((request.head.method.clone(), request.head.wants_close()));
        response.unwrap_or_else(Response::from)
    });
    let requests = requests.into_inner().unwrap();

    let mut rest = client.heard.as_slice();
    let mut answers = Vec::new();
    while !rest.is_empty() {
        let request = requests.get(answers.len());
        let head_only = request.map(|(method, _)| method == "HEAD");
        // The method of a request that was refused may not be known.
        let read = answer::read(rest, head_only.unwrap_or(false));
        let read = match head_only {
            None if read.is_err() && contains(&said, b"HEAD ") => answer::read(rest, true),
            _ => read,
        };
        let (answer, length) = read.unwrap_or_else(|why| panic!("{why}: {}", show(rest)));
        rest = &rest[length..];
        if answer.status == 100 {
            continue;
        }
        let must_close = request.is_none_or(|(_, wants_close)| *wants_close);
        assert_eq!(answer.closes, must_close, "{answer:?}");
        assert!(rest.is_empty() || !answer.closes, "{}", show(rest));
        answers.push(answer);
    }
    assert!(
        (requests.len()..=requests.len() + 1).contains(&answers.len()),
        "{answers:?}"
    );
    assert_eq!(
        client.finished,
        answers.last().is_some_and(|last| last.closes)
    );
    answers
}

/// What the program does with a request, without the journal: ten million times an fsync would take a week. What
/// the journal would have been given must read back as it was.
fn handle(shop: &mut Shop, request: &Request) -> Result<Response, Problem> {
    match api::operation(request)? {
        Operation::Execute(command, told) => {
            let fact = shop.decide(command)?;
            let entry = Entry {
                at: 4,
                fact: fact.clone(),
            };
            let line = line::write(&entry).to_string();
            assert!(!line.contains('\n'), "{line}");
            assert_eq!(line::read(line.as_bytes()).as_ref(), Some(&entry));
            shop.record(entry)?;
            api::tell(shop, &fact, told)
        }
        question => api::answer(shop, question),
    }
}

fn open_shop() -> Mutex<Shop> {
    static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
        let read = |line: &str| line::read(line.as_bytes()).expect("a line of a journal");
        BEFORE.map(read).to_vec()
    });
    let mut shop = Shop::default();
    for entry in ENTRIES.iter().cloned() {
        shop.record(entry).expect("the lines follow each other");
    }
    Mutex::new(shop)
}

struct Client {
    pieces: VecDeque<Vec<u8>>,
    end: End,
    heard: Vec<u8>,
    finished: bool,
}

impl Read for Client {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.pieces.pop_front_if(|piece| piece.is_empty());
        let Some(piece) = self.pieces.front_mut() else {
            return match self.end {
                End::Closes => Ok(0),
                End::Waits => Err(ErrorKind::WouldBlock.into()),
            };
        };
        let length = piece.len().min(buffer.len());
        buffer[..length].copy_from_slice(&piece[..length]);
        piece.drain(..length);
        Ok(length)
    }
}

impl Write for Client {
    /// Takes two hundred bytes at a time, so that the shop has to come back.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        assert!(
            !self.finished,
            "the shop writes after it has said that it would not"
        );
        let length = bytes.len().min(200);
        self.heard.extend_from_slice(&bytes[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Wire for Client {
    fn wait_at_most(&mut self, time: Duration) -> io::Result<()> {
        assert!(!time.is_zero());
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.finished = true;
        Ok(())
    }
}

/// Cuts `bytes` where `seed` says. Half of the pieces are at most four bytes long; the more bytes, the longer the
/// others. No piece is empty.
pub fn cut(bytes: &[u8], mut seed: u64) -> Vec<Vec<u8>> {
    let longest = [4, 4 + bytes.len() / 4];
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        // Marsaglia's xorshift: any sequence will do, if it is the same every time.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let number = usize::try_from(seed >> 32).unwrap_or(0);
        let length = 1 + (number >> 1) % longest[number % 2];
        let (piece, after) = rest.split_at(length.min(rest.len()));
        pieces.push(piece.to_vec());
        rest = after;
    }
    pieces
}

/// Talks twice, with the bytes whole and with the bytes cut: the client must be told the same. Gives what that is.
///
/// # Panics
///
/// When it is not the same, or when one of the conversations is not as it must be.
pub fn talk_whole_and_cut(bytes: &[u8], end: End, seed: u64) -> Vec<Answer> {
    let whole = talk(vec![bytes.to_vec()], end);
    assert_eq!(
        whole,
        talk(cut(bytes, seed), end),
        "{end:?}: {}",
        show(bytes)
    );
    whole
}

/// A number that follows from `bytes` and has no pattern; never 0.
pub fn seed_of(bytes: &[u8]) -> u64 {
    // FNV-1a.
    let hash = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, hash) | 1
}

pub fn show(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}
