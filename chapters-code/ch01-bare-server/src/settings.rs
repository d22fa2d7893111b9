//! What can be set from outside.

use std::fmt::Display;
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::{env, fs, process};

/// The settings of the shop, from the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `PORT`: where it listens on 127.0.0.1; 0 takes any free port; default 8080.
    pub port: u16,
    /// `SHOP_DATA`: the folder of the journal; default `shop`.
    pub data: PathBuf,
    /// `THREADS`: how many connections it serves at a time, 1 to 10,000; default
    /// 64.
    pub threads: usize,
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    ///
    /// When one of them is no number of its range; the message names both.
    pub fn from_env() -> Result<Self, String> {
        let data = env::var_os("SHOP_DATA").map_or_else(|| PathBuf::from("shop"), PathBuf::from);
        Ok(Self {
            port: number("PORT", 8080, 0..=u16::MAX)?,
            data,
            threads: number("THREADS", 64, 1..=10_000)?,
        })
    }

    /// Writes the number of this process to the file `pid` in the folder, so that
    /// it can be killed by hand.
    ///
    /// # Errors
    ///
    /// When the disk refuses; the message names the file.
    pub fn write_pid(&self) -> io::Result<()> {
        let path = self.data.join("pid");
        let written = fs::create_dir_all(&self.data)
            .and_then(|()| fs::write(&path, process::id().to_string()));
        written
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }

    /// Listens on the port and says so on standard output.
    ///
    /// # Errors
    ///
    /// When the port is taken or not ours to take; the message names it.
    pub fn listen(&self) -> io::Result<TcpListener> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("port {}: {error}; set PORT to another one", self.port),
            )
        })?;
        println!("listening on http://{}", listener.local_addr()?);
        io::stdout().flush()?;
        Ok(listener)
    }
}

fn number<T>(name: &str, default: T, range: RangeInclusive<T>) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    match env::var(name) {
        Ok(text) => {
            let number = text.parse().ok().filter(|number| range.contains(number));
            let (least, most) = (range.start(), range.end());
            number.ok_or_else(|| format!("{name}={text}: {least} to {most} are possible"))
        }
        Err(env::VarError::NotPresent) => Ok(default),
        Err(env::VarError::NotUnicode(_)) => Err(format!("{name} is no text")),
    }
}
