//! Faults of `DynamoDB`, injected: what the one at AWS does to its customers now and then,
//! and an embedded one never does by itself.
//!
//! The real database is on a port that nobody is told of, and a proxy on the one that was
//! asked for. A call meets its faults in this order:
//!
//! 1. [`dice`] throttle it, or have a transaction meet another one: nothing is done;
//! 2. [`partitions`] have no units left for it: nothing is done;
//! 3. it is carried out, where reads of an index see the [`copy`] that lags behind;
//! 4. [`dice`] lose the answer to a write, whatever it says.
//!
//! Calls on items meet them. Those on tables and on streams do not, nor do statements in
//! `PartiQL`.

mod call;
mod copy;
mod database;
mod dice;
mod injected;
mod partitions;
mod proxy;
mod refusal;

use std::fmt;
use std::future::Future;
use std::io::{Write, stdout};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, ensure};
use clap::{Args, value_parser};
use local::Local;
use tokio::net;
use tokio::runtime::Runtime;

use self::proxy::Proxy;

/// The longest delay of an index, in milliseconds: a day.
const DAY: u64 = 24 * 60 * 60 * 1000;

/// What is injected; nothing by default.
#[derive(Debug, Args)]
#[command(next_help_heading = "Faults to inject")]
pub struct Options {
    /// How many of the calls on items are throttled
    #[arg(long, value_name = "PERCENT", value_parser = value_parser!(u8).range(..=100))]
    throttle: Option<u8>,
    /// How many of the writes are carried out, and the answer is lost
    #[arg(long, value_name = "PERCENT", value_parser = value_parser!(u8).range(..=100))]
    lose: Option<u8>,
    /// How many of the transactions that write are cancelled, as they meet another one
    #[arg(long, value_name = "PERCENT", value_parser = value_parser!(u8).range(..=100))]
    conflict: Option<u8>,
    /// How many milliseconds an index is behind its table, which has to be in memory
    #[arg(long, value_name = "MS", value_parser = value_parser!(u64).range(..=DAY))]
    index_delay: Option<u64>,
    /// How many write units a second a partition key takes, and three times as many reads
    #[arg(long, value_name = "UNITS", value_parser = value_parser!(u32).range(1..))]
    partition: Option<u32>,
    /// Chooses which; with the same seed the nth call of a kind fares as it did before
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

impl Options {
    /// Whether anything is to be injected.
    pub fn are_given(&self) -> bool {
        self.has_dice() || self.index_delay.is_some() || self.partition.is_some()
    }

    fn has_dice(&self) -> bool {
        let percents = [self.throttle, self.lose, self.conflict];
        percents.iter().any(Option::is_some)
    }
}

/// One short line.
impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = [
            self.throttle.map(|n| format!("{n} % of calls throttled")),
            self.lose.map(|n| format!("{n} % of writes unanswered")),
            self.conflict
                .map(|n| format!("{n} % of transactions in conflict")),
            self.index_delay.map(|n| format!("indexes {n} ms behind")),
            self.partition
                .map(|n| format!("{n} write units a second and partition")),
            self.has_dice().then(|| format!("seed {}", self.seed)),
        ];
        let kinds: Vec<String> = kinds.into_iter().flatten().collect();
        write!(f, "injected: {}", kinds.join(", "))
    }
}

/// Serves a database as [`Local::start`] does, but for these faults, until `stopped`.
/// Then it says how many there were.
///
/// # Errors
///
/// As [`Local::start`]; and when an index of a file is to be late, since the copy that
/// answers for it begins empty.
pub fn serve(
    runtime: &Runtime,
    options: &Options,
    port: u16,
    file: Option<&Path>,
    stopped: impl Future<Output = ()>,
) -> Result<()> {
    ensure!(
        file.is_none() || options.index_delay.is_none(),
        "option --index-delay: it takes a database in memory; leave out --file"
    );
    let _inside = runtime.enter();
    let listener = net::TcpListener::from_std(local::listen(port)?)?;
    let original = Local::start(0, file)?;
    let copy = options.index_delay.map(|_| Local::in_memory());
    let copy = copy.transpose()?;
    let proxy = Arc::new(Proxy::new(options, &original, copy.as_ref()));
    let mut out = stdout();
    writeln!(
        out,
        "DynamoDB listening on http://{}",
        listener.local_addr()?
    )?;
    writeln!(out, "{options}")?;
    out.flush()?;
    runtime.block_on(proxy.clone().serve(listener, stopped));
    proxy.end();
    // Whoever started it may have stopped to listen.
    let _ = writeln!(out, "{}", proxy.injected.told(options));
    Ok(())
}
