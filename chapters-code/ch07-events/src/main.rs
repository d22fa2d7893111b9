//! A host whose functions are also told what changes in the table, what is in queues, and
//! what time it is.

#![cfg(feature = "host")]

use std::env;
use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::Client;
use ch03_platform::config::{self, Config};
use ch03_platform::{logs, table};
use ch04_functions::host;
use ch04_functions::table::Table;
use ch07_events::clock::now;
use ch07_events::mailroom::Mailroom;
use ch07_events::queue::{Queue, Queues};
use ch07_events::retell::Retelling;
use ch07_events::sources::Sources;
use ch07_events::{changes, house};
use tokio::runtime::Runtime;

const USAGE: &str =
    "usage: ch07-events [release | check | queues | look QUEUE | redrive QUEUE | retell QUEUE]";

const HELP: &str = "
Without a word it is a host: it answers requests with functions, and brings to others what
changes in the table, what is in queues, and what is said on the bus.

release        make the table of the pets, with its index and its stream
check          read the tables of functions and of sources, and say what they hold
queues         say what is in the queues
look QUEUE     show the messages of a queue, and leave them there
redrive QUEUE  put the messages of a dead-letter queue back to where they came from
retell QUEUE   send on what was given up: events to their functions, and to the bus what the
               outbox has of that time

FUNCTIONS      the table of functions [functions.toml]
SOURCES        the table of sources [sources.toml, beside it]
QUEUES         the file with the queues [queues.db]
DELIVERIES     how often everything is delivered, 1 to 3 [1]";

fn main() -> ExitCode {
    if let Some(name) = env::var_os("AWS_LAMBDA_FUNCTION_NAME") {
        // It would start itself for ever.
        let name = name.display();
        eprintln!("ch07-events: it is a host, and cannot be the function {name} of one");
        return ExitCode::FAILURE;
    }
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [] => serve(),
        ["release"] => release(),
        ["check"] => check(),
        ["queues"] => list(),
        ["look", queue] => look(queue),
        ["redrive", queue] => redrive(queue),
        ["retell", queue] => retell(queue),
        ["--help"] => tell(&format!("{USAGE}\n{HELP}\n{}\n", config::help())),
        _ => {
            eprintln!("`{}` is not understood; {USAGE}", words.join(" "));
            return ExitCode::from(2);
        }
    };
    done.unwrap_or_else(|error| {
        let lines = format!("{error:#}");
        lines
            .lines()
            .for_each(|line| eprintln!("ch07-events: {line}"));
        ExitCode::FAILURE
    })
}

// ANCHOR: serve
fn serve() -> Result<ExitCode> {
    let config = Config::from_env()?;
    let (sources, table) = tables()?;
    let mail = Arc::new(Mailroom::open(&file())?);
    let shop = config.table.clone();
    host::run_with(&config, &table, async || {
        house::open(&shop, &table, sources, mail).await
    })
}
// ANCHOR_END: serve

/// What leads to functions, and the functions.
fn tables() -> Result<(Sources, Table)> {
    let sources = Sources::read(&Sources::file())?;
    let table = host::table_with(&sources.functions())?;
    sources.check(&table)?;
    Ok((sources, table))
}

/// Where the queues are.
fn file() -> PathBuf {
    let set = env::var_os("QUEUES").filter(|file| !file.is_empty());
    set.unwrap_or_else(|| "queues.db".into()).into()
}

fn release() -> Result<ExitCode> {
    let config = Config::from_env()?;
    logs::start(config.log);
    Runtime::new()?.block_on(async {
        let client = Client::new(&table::connect().await);
        changes::make(&client, &config.table).await
    })?;
    println!(
        "the table {} is there, with its index and its stream",
        config.table
    );
    Ok(ExitCode::SUCCESS)
}

fn check() -> Result<ExitCode> {
    let (sources, table) = tables()?;
    let counts = [
        (table.functions.len(), "functions"),
        (table.routes.len(), "routes"),
        (table.rules.len() + sources.rules.len(), "rules"),
        (sources.streams.len(), "streams"),
        (sources.queues.len(), "queues"),
        (sources.schedules.len(), "schedules"),
    ];
    let counts = counts.map(|(count, what)| format!("{count} {what}"));
    println!("{}", counts.join(", "));
    Ok(ExitCode::SUCCESS)
}

// ANCHOR: queues
fn list() -> Result<ExitCode> {
    let queues = there()?;
    let mut lines = String::new();
    for queue in Sources::read(&Sources::file())?.queues {
        let counts = queues.counts(&queue.name, now())?;
        writeln!(
            lines,
            "{}: {} visible, {} hidden",
            queue.name, counts.visible, counts.hidden
        )?;
    }
    tell(&lines)
}

/// A line for each message.
fn look(queue: &str) -> Result<ExitCode> {
    known(queue)?;
    let mut lines = String::new();
    for message in there()?.look(queue, usize::MAX)? {
        writeln!(lines, "{} {}", message.id, message.body)?;
    }
    tell(&lines)
}

fn redrive(queue: &str) -> Result<ExitCode> {
    known(queue)?;
    let count = there()?.redrive(queue, now())?;
    println!("{count} of {queue} are where they came from");
    Ok(ExitCode::SUCCESS)
}
// ANCHOR_END: queues

fn retell(queue: &str) -> Result<ExitCode> {
    let config = Config::from_env()?;
    let (sources, table) = tables()?;
    let (queue, queues) = (known(queue)?, there()?);
    let retold = Runtime::new()?.block_on(async {
        let retelling = Retelling {
            queues: &queues,
            table: &table,
            sources: &sources,
            client: &Client::new(&table::connect().await),
            shop: &config.table,
        };
        Box::pin(retelling.queue(&queue)).await
    })?;
    println!(
        "on their way again: {} events to their functions, {} to the bus",
        retold.to_functions, retold.to_outbox
    );
    let left = retold.left.join("\n");
    ensure!(left.is_empty(), "left in {}:\n{left}", queue.name);
    Ok(ExitCode::SUCCESS)
}

/// Prints `lines`. Whoever reads them may stop when it is enough, as `grep -q` does.
fn tell(lines: &str) -> Result<ExitCode> {
    match io::stdout().write_all(lines.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// The queues of a host that has run here.
fn there() -> Result<Queues> {
    let file = file();
    let name = file.display();
    ensure!(
        file.exists(),
        "{name}: no host has made it; QUEUES names another one"
    );
    Ok(Queues::open(&file)?)
}

fn known(name: &str) -> Result<Queue> {
    let queues = Sources::read(&Sources::file())?.queues;
    let names: Vec<&str> = queues.iter().map(|queue| queue.name.as_str()).collect();
    let names = names.join(", ");
    let mut queues = queues.iter().filter(|there| there.name == name);
    let queue = queues.next().cloned();
    queue.with_context(|| format!("there is no queue {name:?}, but {names}"))
}
