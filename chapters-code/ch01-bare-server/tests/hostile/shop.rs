//! The real program, in a folder of its own.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::wire::answer::{self, Answer};

/// Longer than the shop may take for anything. Nothing is timed; a test that waits so long has failed.
const DEADLINE: Duration = Duration::from_mins(1);

pub const HEALTH: &[u8] = b"GET /health HTTP/1.1\r\nHost: shop\r\n\r\n";

/// A running shop, which is stopped when it is dropped.
pub struct Shop {
    pub child: Child,
    address: String,
    dir: TempDir,
}

impl Shop {
    /// Starts a shop with `threads` threads and this journal.
    pub fn open(threads: usize, journal: &str) -> Self {
        Self::start(
            Command::new(env!("CARGO_BIN_EXE_ch01-bare-server")),
            threads,
            journal,
        )
    }

    /// Starts it by a command that ends in the program's name.
    pub fn start(mut command: Command, threads: usize, journal: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("journal"), journal).unwrap();
        let mut child = command
            .env("PORT", "0")
            .env("SHOP_DATA", dir.path())
            .env("THREADS", threads.to_string())
            .stdout(Stdio::piped())
            .stderr(File::create(dir.path().join("stderr")).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let Some(address) = line.trim_end().strip_prefix("listening on http://") else {
            panic!("{}", fs::read_to_string(dir.path().join("stderr")).unwrap());
        };
        let address = address.to_owned();
        Self {
            child,
            address,
            dir,
        }
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn connect(&self) -> Client {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        Client {
            stream,
            heard: Vec::new(),
        }
    }

    /// Asserts that the shop answers, that it is the process that it was, and that it has not complained.
    pub fn assert_well(&mut self, after: &str) {
        assert_eq!(
            self.child.try_wait().unwrap(),
            None,
            "the shop has ended after {after}"
        );
        let answer = self.connect().ask(HEALTH);
        assert_eq!(answer.map(|answer| answer.status), Ok(200), "after {after}");
        let stderr = fs::read_to_string(self.dir().join("stderr")).unwrap();
        assert_eq!(stderr, "", "after {after}");
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One connection.
pub struct Client {
    pub stream: TcpStream,
    heard: Vec<u8>,
}

impl Client {
    /// Sends bytes. That the shop has closed meanwhile is no error of the client.
    pub fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Says that nothing more will come.
    pub fn half_close(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Sends a request and reads its answer.
    pub fn ask(&mut self, request: &[u8]) -> Result<Answer, String> {
        self.send(request);
        match self.hear(request.starts_with(b"HEAD "))? {
            Some(answer) => Ok(answer),
            None => Err("the shop has closed without an answer".to_owned()),
        }
    }

    /// The next answer, `None` when the shop has closed the connection instead.
    pub fn hear(&mut self, head_only: bool) -> Result<Option<Answer>, String> {
        loop {
            let read = answer::read(&self.heard, head_only);
            if let Ok((answer, length)) = read {
                self.heard.drain(..length);
                if answer.status == 100 {
                    continue;
                }
                return Ok(Some(answer));
            }
            let mut piece = [0; 16_384];
            match self.stream.read(&mut piece) {
                Ok(0) if self.heard.is_empty() => return Ok(None),
                Err(error)
                    if error.kind() == io::ErrorKind::ConnectionReset && self.heard.is_empty() =>
                {
                    return Ok(None);
                }
                Ok(0) => return read.map(|_| None),
                Ok(length) => self.heard.extend_from_slice(&piece[..length]),
                Err(error) => {
                    return Err(format!(
                        "{error}, after {:?}",
                        self.heard.escape_ascii().to_string()
                    ));
                }
            }
        }
    }
}
