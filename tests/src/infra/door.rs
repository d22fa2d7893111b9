//! The listening socket as systemd holds it: it stays open while the shop behind it is exchanged.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use command_fds::{CommandFdExt, FdMapping};

use crate::promises::rung::Running;

/// The first file descriptor that is passed on (`sd_listen_fds(3)`).
const FIRST: i32 = 3;

/// A socket that listens, whoever serves it.
#[derive(Debug)]
pub struct Door {
    socket: TcpListener,
}

impl Door {
    /// Opens one at a free port.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn open() -> Result<Self> {
        let socket = TcpListener::bind("127.0.0.1:0").context("no port is free")?;
        Ok(Self { socket })
    }

    /// Where it is.
    ///
    /// # Errors
    ///
    /// When the socket is gone.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.socket.local_addr()?)
    }

    /// Starts a shop behind it, with its data in `data`; `wrapper` is a program such as `strace -f` to start it below.
    ///
    /// # Errors
    ///
    /// When it does not come up, with what it wrote.
    pub fn start(&self, wrapper: &[String], shop: &Path, data: &Path) -> Result<Running> {
        // LISTEN_PID has to be the shop's own, which nobody knows before it is there.
        let shell = ["sh", "-c", "LISTEN_PID=$$ exec \"$0\""];
        let mut words = wrapper.iter().map(String::as_str).chain(shell);
        let mut command = Command::new(words.next().context("no program")?);
        command
            .args(words)
            .arg(shop)
            .env("LISTEN_FDS", "1")
            .env("SHOP_DATA", data)
            // Where it would listen if it were not told: nobody may.
            .env("PORT", "1");
        let socket = OwnedFd::from(self.socket.try_clone()?);
        command.fd_mappings(vec![FdMapping {
            parent_fd: socket,
            child_fd: FIRST,
        }])?;
        Running::start(&mut command).with_context(|| format!("{} behind a socket", shop.display()))
    }
}
