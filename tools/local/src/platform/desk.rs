//! Orders: `local deploy` and `local set` give them, the platform carries them out one
//! after the other.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream as Client;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use anyhow::{Context, Result, anyhow, bail, ensure};
use hyper::Uri;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::time::timeout;

use super::folder::NAME;
use super::procfile::Procfile;
use super::releases::Releases;
use super::setting::Setting;

/// What a platform can be told to do.
#[derive(Debug, Serialize, Deserialize)]
pub enum Order {
    /// Make a release of these files.
    Deploy {
        /// The Procfile.
        procfile: PathBuf,
        /// The programs that it names, and those that come with them.
        programs: Vec<PathBuf>,
    },
    /// Have these settings in the next release.
    Set(Vec<Setting>),
}

/// What a platform says to whoever has given an order.
#[derive(Debug, Serialize, Deserialize)]
enum Said {
    Line(String),
    /// Whether it was done.
    End(bool),
}

impl Order {
    /// To make a release of what is in this folder, with these programs besides.
    ///
    /// # Errors
    ///
    /// When there is no Procfile in it, or a program is not built.
    pub fn deploy(folder: &Path, with: &[String]) -> Result<Self> {
        let Procfile { path, programs } = Procfile::read(folder, with)?;
        Ok(Self::Deploy {
            procfile: path,
            programs,
        })
    }

    /// To have the variables in the next release by which an SDK finds the `DynamoDB` at
    /// `url`.
    ///
    /// # Errors
    ///
    /// When that is no address.
    pub fn attach(url: &str) -> Result<Self> {
        let uri: Option<Uri> = url.parse().ok();
        let is_url = uri.is_some_and(|uri| {
            let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
            let has_port = uri
                .authority()
                .is_some_and(|host| host.as_str().contains(':'));
            is_http
                && has_port == uri.port_u16().is_some()
                && uri.path() == "/"
                && uri.query().is_none()
        });
        ensure!(
            is_url,
            "{url:?} is no address such as http://127.0.0.1:8000"
        );
        let variables = crate::environment(url);
        let settings = variables.map(|(name, value)| Setting::new(name, &value));
        Ok(Self::Set(settings.into_iter().collect::<Result<_>>()?))
    }
}

/// Gives an order to the platform in this folder, and prints what that says; whether it was
/// carried out.
///
/// # Errors
///
/// When no platform runs here, or it ends meanwhile.
pub fn ask(order: &Order) -> Result<bool> {
    let mut platform = Client::connect(socket()).map_err(|_| {
        anyhow!(
            "no platform runs in this folder; `local platform` starts one, in a terminal of its own"
        )
    })?;
    let order = serde_json::to_string(order)? + "\n";
    platform.write_all(order.as_bytes())?;
    for said in BufReader::new(platform).lines() {
        match serde_json::from_str(&said?)? {
            Said::Line(line) => println!("{line}"),
            Said::End(is_done) => return Ok(is_done),
        }
        io::stdout().flush()?;
    }
    bail!("the platform has ended before it was done")
}

/// Where orders are given.
#[derive(Debug)]
pub struct Desk(UnixListener);

impl Desk {
    /// Opens it, in the folder of a platform that was taken.
    pub fn open() -> Result<Self> {
        // What an earlier one has left.
        let _ = fs::remove_file(socket());
        let listener = UnixListener::bind(socket());
        let name = || socket().display().to_string();
        Ok(Self(listener.with_context(name)?))
    }

    /// Has orders carried out, until it is told to stop.
    pub async fn serve(&self, releases: &mut Releases, mut stopping: watch::Receiver<bool>) {
        loop {
            let customer = tokio::select! {
                customer = self.0.accept() => customer,
                _ = stopping.wait_for(|stop| *stop) => return,
            };
            if let Ok((stream, _)) = customer {
                // They may have gone before they heard the end of it.
                let _ = carry_out(stream, releases).await;
            }
        }
    }
}

async fn carry_out(mut stream: UnixStream, releases: &mut Releases) -> Result<()> {
    let mut order = String::new();
    let mut reader = tokio::io::BufReader::new(&mut stream);
    timeout(Duration::from_secs(5), reader.read_line(&mut order)).await??;
    let order = serde_json::from_str(&order)?;
    let mut customer = Customer(stream);
    let done = match order {
        Order::Deploy { procfile, programs } => {
            releases.deploy(&procfile, &programs, &mut customer).await
        }
        Order::Set(settings) => releases.set(&settings, &mut customer).await,
    };
    if let Err(why) = &done {
        customer.hear(format!("{why:#}")).await;
    }
    customer.write(&Said::End(done.is_ok())).await
}

/// Whoever has given an order.
#[derive(Debug)]
pub struct Customer(UnixStream);

impl Customer {
    /// Tells them a line, if they are still there.
    pub async fn hear(&mut self, line: String) {
        let _ = self.write(&Said::Line(line)).await;
    }

    async fn write(&mut self, said: &Said) -> Result<()> {
        let said = serde_json::to_string(said)? + "\n";
        Ok(self.0.write_all(said.as_bytes()).await?)
    }
}

/// Named from here: the name of a socket may not be long.
fn socket() -> PathBuf {
    Path::new(NAME).join("socket")
}
