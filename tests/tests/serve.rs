//! `cargo book`, as the browser of somebody who writes sees it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use less_to_run_tests::programs;
use less_to_run_tests::small_book::SmallBook;
use rustix::process::{Pid, Signal, kill_process, test_kill_process_group};

/// Nothing here takes a second; this is for a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn an_open_page_follows_what_is_changed() -> Result<()> {
    let book = SmallBook::new()?;
    let server = Server::start(&book)?;
    let first = server.get("/ch01-small.html")?;
    assert!(first.contains("It has a sentence."), "{first}");
    assert!(first.contains("/__book/reload.js"), "{first}");
    let built = std::fs::read_to_string(book.path("target/book/ch01-small.html"))?;
    assert!(!built.contains("__book"), "the script is in the built book");

    let mut events = server.events()?;
    let start = events.next()?;
    assert!(start.problems.is_none(), "{start:?}");
    assert!(
        first.contains(&start.edition),
        "the page is of another edition"
    );

    book.replace("book/ch01-small.md", "a sentence", "two sentences")?;
    let reload = events.next()?;
    assert_ne!(reload.edition, start.edition);
    assert!(
        server
            .get("/ch01-small.html")?
            .contains("It has two sentences.")
    );

    book.replace("chapters-code/ch01-small/src/main.rs", "name", "setting")?;
    let again = events.next()?;
    assert_ne!(again.edition, reload.edition);
    assert!(server.get("/ch01-small.html")?.contains("setting"));

    book.replace("book/SUMMARY.md", "ch01-small.md", "gone.md")?;
    let broken = events.next()?;
    assert_eq!(
        broken.edition, again.edition,
        "there is no new page to load"
    );
    let problems = broken.problems.context("the problems are told")?;
    assert!(problems.contains("gone.md"), "{problems}");
    assert!(
        server
            .get("/ch01-small.html")?
            .contains("It has two sentences.")
    );
    let late = server.events()?.next()?;
    assert_eq!(
        late.problems,
        Some(problems),
        "who opens a page now is told as well"
    );

    book.replace("book/SUMMARY.md", "gone.md", "ch01-small.md")?;
    let mended = events.next()?;
    assert_ne!(mended.edition, again.edition);
    assert!(mended.problems.is_none(), "{mended:?}");
    server.interrupt()
}

#[test]
fn a_book_that_is_broken_from_the_start_is_served_once_it_is_mended() -> Result<()> {
    let book = SmallBook::new()?;
    book.replace("book/SUMMARY.md", "ch01-small.md", "gone.md")?;
    let server = Server::start(&book)?;
    let (status, page) = server.request("/")?;
    assert!(status.contains("404"), "{status}");
    assert!(page.contains("/__book/reload.js"), "{page}");
    let mut events = server.events()?;
    assert!(events.next()?.problems.is_some());
    book.replace("book/SUMMARY.md", "gone.md", "ch01-small.md")?;
    assert!(events.next()?.problems.is_none());
    assert!(server.get("/")?.contains("It has a sentence."));
    server.interrupt()
}

#[test]
fn a_taken_port_is_told_and_the_next_free_one_is_used() -> Result<()> {
    let book = SmallBook::new()?;
    // Whoever else has port 3000, from now on it is taken.
    let _taken = std::net::TcpListener::bind("127.0.0.1:3000");
    let server = Server::start_with(&book, &[])?;
    assert!(
        server.said.starts_with("Port 3000 is taken; this is 3"),
        "{}",
        server.said
    );
    assert!(server.get("/")?.contains("It has a sentence."));
    server.interrupt()
}

#[test]
fn a_chapter_is_told_the_port_of_the_environment() -> Result<()> {
    let book = SmallBook::new()?;
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let output = Command::new(programs::book())
        .args(["run", "1"])
        .env("BOOK_ROOT", book.root())
        .env("PORT", taken.local_addr()?.port().to_string())
        .output()?;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let output = Command::new(programs::book())
        .args(["run", "1"])
        .env("BOOK_ROOT", book.root())
        .env("PORT", "http")
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said, "error: PORT=http in the environment is no port\n");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    Ok(())
}

#[test]
fn a_chapter_runs_until_it_is_interrupted() -> Result<()> {
    let book = SmallBook::new()?;
    let mut server = Server::spawn(&book, &["run", "1"])?;
    let mut said = String::new();
    let address = loop {
        let mut line = String::new();
        if server.output.read_line(&mut line)? == 0 {
            bail!("it ended: {said}");
        }
        if let Some(address) = line.strip_prefix("listening on ") {
            break address.trim().to_owned();
        }
        said.push_str(&line);
    };
    assert!(
        said.contains("Chapter 1: a shop that says where it would listen."),
        "{said}"
    );
    assert!(said.contains(&format!("curl {address}/pets")), "{said}");
    server.stop(Some(130))
}

/// A running `book`, in a process group of its own.
struct Server {
    child: Child,
    output: BufReader<ChildStdout>,
    said: String,
    address: String,
}

impl Server {
    fn start(book: &SmallBook) -> Result<Self> {
        Self::start_with(book, &["--port", "0"])
    }

    fn start_with(book: &SmallBook, arguments: &[&str]) -> Result<Self> {
        let mut server = Self::spawn(book, arguments)?;
        loop {
            let mut line = String::new();
            if server.output.read_line(&mut line)? == 0 {
                bail!("it ended: {}", server.said);
            }
            server.said.push_str(&line);
            if let Some((_, rest)) = line.split_once("The book is at http://") {
                let end = rest.find(' ').context("an address and more")?;
                rest[..end].clone_into(&mut server.address);
                return Ok(server);
            }
        }
    }

    fn spawn(book: &SmallBook, arguments: &[&str]) -> Result<Self> {
        let mut child = Command::new(programs::book())
            .args(arguments)
            .env("BOOK_ROOT", book.root())
            .env_remove("PORT")
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let output = BufReader::new(child.stdout.take().context("a pipe")?);
        Ok(Self {
            child,
            output,
            said: String::new(),
            address: String::new(),
        })
    }

    /// The page at `path`, which has to be there.
    fn get(&self, path: &str) -> Result<String> {
        let (status, page) = self.request(path)?;
        anyhow::ensure!(status.contains(" 200 "), "{path}: {status}");
        Ok(page)
    }

    fn request(&self, path: &str) -> Result<(String, String)> {
        let mut stream = self.send(path)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("a head")?;
        let status = head.lines().next().unwrap_or_default();
        Ok((status.to_owned(), body.to_owned()))
    }

    fn events(&self) -> Result<Events> {
        Ok(Events(BufReader::new(self.send("/__book/events")?)))
    }

    fn send(&self, path: &str) -> Result<TcpStream> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.address
        )?;
        Ok(stream)
    }

    /// Ctrl-C, while pages are open; it ends well, and nothing is left of it.
    fn interrupt(mut self) -> Result<()> {
        let _open = self.events()?;
        self.stop(Some(0))
    }

    fn stop(&mut self, status: Option<i32>) -> Result<()> {
        let id = Pid::from_child(&self.child);
        kill_process(id, Signal::INT)?;
        let ended = self.child.wait()?;
        let code = ended
            .code()
            .or_else(|| std::os::unix::process::ExitStatusExt::signal(&ended).map(|n| 128 + n));
        assert_eq!(code, status, "{ended}");
        assert!(test_kill_process_group(id).is_err(), "a process is left");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Only a test that has failed leaves something to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the server tells an open page.
struct Events(BufReader<TcpStream>);

#[derive(Debug)]
struct Event {
    edition: String,
    problems: Option<String>,
}

impl Events {
    fn next(&mut self) -> Result<Event> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line)? == 0 {
                bail!("the server has closed the events");
            }
            if let Some(data) = line.strip_prefix("data: ") {
                let data: serde_json::Value = serde_json::from_str(data)?;
                return Ok(Event {
                    edition: data["edition"].as_str().context("an edition")?.to_owned(),
                    problems: data["problems"].as_str().map(str::to_owned),
                });
            }
        }
    }
}
