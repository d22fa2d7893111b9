//! A database that is called as AWS's is: by TLS, with a certificate that others vouch for.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::infra::accepted;

/// Nobody waits longer for the program.
const PATIENCE: Duration = Duration::from_secs(30);

/// TLS before a database. It ends when this is dropped.
#[derive(Debug)]
pub struct Encrypted {
    /// `https://127.0.0.1:PORT`.
    pub url: String,
    /// The file with the certificate of the authority.
    pub authority: PathBuf,
    said: Receiver<String>,
    _process: Process,
}

/// When the first call of a connection was how far, in milliseconds of the machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// The connection is there.
    pub connected: f64,
    /// It is encrypted.
    pub encrypted: f64,
}

impl Encrypted {
    /// Opens it with `program` on a free port before the database at `127.0.0.1:PORT`. Its certificates lie in `folder`.
    ///
    /// # Errors
    ///
    /// When there is no openssl that makes them, or the program does not start.
    pub fn before(program: &Path, database: &str, folder: &Path) -> Result<Self> {
        certificates(folder)?;
        let mut process = Command::new(program)
            .arg(database)
            .args(["chain.pem", "server.key"].map(|name| folder.join(name)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| program.display().to_string())?;
        let said = process
            .stdout
            .take()
            .map(lines)
            .context("it says nothing")?;
        let process = Process(process);
        let first = said.recv_timeout(PATIENCE)?;
        let (_, port) = first.rsplit_once(':').context(first.clone())?;
        Ok(Self {
            url: format!("https://127.0.0.1:{port}"),
            authority: folder.join("authority.pem"),
            said,
            _process: process,
        })
    }

    /// The next connection.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn seen(&self) -> Result<Seen> {
        let line = self.said.recv_timeout(PATIENCE)?;
        let times = line.split(' ').map(str::parse::<f64>);
        match times.collect::<Result<Vec<_>, _>>()?[..] {
            [connected, encrypted] => Ok(Seen {
                connected: connected / 1e6,
                encrypted: encrypted / 1e6,
            }),
            _ => bail!("no connection: {line}"),
        }
    }
}

/// An authority, another one that it vouches for, and a certificate of that one: as many as AWS sends and a client checks.
fn certificates(folder: &Path) -> Result<()> {
    for (name, issuer, options) in [
        (
            "authority",
            None,
            ["basicConstraints=critical,CA:TRUE"].as_slice(),
        ),
        (
            "between",
            Some("authority"),
            &["basicConstraints=critical,CA:TRUE"],
        ),
        (
            "server",
            Some("between"),
            &[
                "basicConstraints=critical,CA:FALSE",
                "subjectAltName=IP:127.0.0.1",
            ],
        ),
    ] {
        let pem = |name: &str| folder.join(format!("{name}.pem"));
        let key = |name: &str| folder.join(format!("{name}.key"));
        let mut openssl = Command::new("openssl");
        openssl
            .args([
                "req", "-x509", "-nodes", "-days", "1", "-newkey", "rsa:2048",
            ])
            .args(["-subj", &format!("/CN={name}")])
            .args(options.iter().flat_map(|option| ["-addext", *option]))
            .arg("-keyout")
            .arg(key(name))
            .arg("-out")
            .arg(pem(name));
        if let Some(issuer) = issuer {
            openssl.arg("-CA").arg(pem(issuer));
            openssl.arg("-CAkey").arg(key(issuer));
        }
        accepted(&mut openssl)?;
    }
    let [server, between] = ["server.pem", "between.pem"].map(|name| fs::read(folder.join(name)));
    fs::write(folder.join("chain.pem"), [server?, between?].concat())?;
    Ok(())
}

/// It is ended when this is dropped.
#[derive(Debug)]
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn lines(stdout: ChildStdout) -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let _ = send.send(line);
        }
    });
    receive
}
