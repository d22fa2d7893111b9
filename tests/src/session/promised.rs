//! Puts a promise to a running example.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::badges::Target;
use super::cargo::Cargo;

/// What the program `promises` says of one promise.
#[derive(Deserialize)]
struct Answer {
    promise: String,
    seen: String,
    lines: Vec<String>,
}

/// Whether the target, while it runs, is seen to have `promise` as `claim` says: kept or broken.
pub(super) fn promised(cargo: &Cargo, target: &Target, promise: &str, claim: &str) -> Result<()> {
    let promises = cargo.target.join("debug/promises");
    if !promises.is_file() {
        bail!("the program `promises` is not built, so nothing can be put to it");
    }
    let server = Server::start(cargo, target)?;
    let output = Command::new(promises)
        .env("BOOK_ROOT", &cargo.root)
        .args(["--at", &server.address, promise, "--json"])
        .output()
        .context("`promises` cannot be run")?;
    let answers: Vec<Answer> = serde_json::from_slice(&output.stdout).with_context(|| {
        format!(
            "`promises` did not answer in JSON: {}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        )
    })?;
    let Some(answer) = answers.into_iter().find(|answer| answer.promise == promise) else {
        bail!("`promises` does not know {promise}");
    };
    if answer.seen != claim {
        bail!(
            "it was seen to be {}: {}",
            answer.seen,
            answer.lines.join(" ")
        );
    }
    Ok(())
}

/// A shop that runs until this is dropped.
struct Server {
    child: Child,
    address: String,
    _data: tempfile::TempDir,
}

impl Server {
    fn start(cargo: &Cargo, target: &Target) -> Result<Self> {
        let name = match target.example {
            Some(example) => format!("debug/examples/{example}"),
            None => format!("debug/{}", target.package),
        };
        let data = tempfile::tempdir()?;
        let mut child = Command::new(cargo.target.join(&name))
            .current_dir(data.path())
            .env("PORT", "0")
            .env("SHOP_DATA", data.path().join("shop"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{name} cannot be started"))?;
        let stdout = child.stdout.take();
        let mut server = Self {
            child,
            address: String::new(),
            _data: data,
        };
        let (send, receive) = mpsc::channel();
        thread::spawn(move || {
            for line in stdout
                .into_iter()
                .flat_map(|stdout| BufReader::new(stdout).lines())
            {
                // Once the address is known nobody listens any more; the pipe is still emptied.
                let _ = line.map(|line| send.send(line));
            }
        });
        let line = receive
            .recv_timeout(Duration::from_mins(1))
            .context("it does not come up")?;
        let Some(address) = line.strip_prefix("listening on ") else {
            bail!("its first line is `{line}`, not `listening on http://…`");
        };
        address.clone_into(&mut server.address);
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
