//! The shop of chapter 4 with bugs in it, each a function of its own. The promise P9
//! asks what the other customers notice of the first three.
//!
//! A host starts this program again for each of them: it is a function where a
//! Runtime API is, and a host elsewhere.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{self, ExitCode};

use anyhow::{Context, Result, bail};
use ch03_platform::config::Config;
use ch04_functions::table::Table;
use ch04_functions::{host, runtime};
use serde_json::{Value, json};

const BUGS: [&str; 7] = [
    "panic", "abort", "loop", "exit", "allocate", "large", "garbage",
];

fn main() -> Result<ExitCode> {
    match env::var("AWS_LAMBDA_RUNTIME_API") {
        Ok(address) => function(&address),
        // Never: a function that is a host would start itself for ever.
        Err(_) if env::var_os("_HANDLER").is_some() => Ok(ExitCode::FAILURE),
        Err(_) => host::run(&Config::from_env()?, &table()?),
    }
}

/// The table of the shop, and the bugs.
fn table() -> Result<Table> {
    let file = host::file();
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let own = env::current_exe()?;
    let program = own.display().to_string();
    let bug = |bug: &str| {
        format!(
            "[[function]]\nname = {bug:?}\nprogram = {program:?}\n\
             [[route]]\nroute = \"GET /bugs/{bug}\"\nfunction = {bug:?}\n"
        )
    };
    let text = text + &BUGS.map(bug).concat();
    // The functions of the shop are a folder above that of the examples.
    let mut folders = own.ancestors().skip(2);
    let beside = folders.next().unwrap_or(Path::new("/"));
    Ok(Table::parse(&text, &file, beside)?)
}

// ANCHOR: bugs
#[tokio::main(flavor = "current_thread")]
async fn function(address: &str) -> Result<ExitCode> {
    let bug = env::var("_HANDLER")?;
    if bug == "garbage" {
        garbage(address)?;
    }
    runtime::run(async |_: Value| strike(&bug)).await?;
    Ok(ExitCode::SUCCESS)
}

fn strike(bug: &str) -> Result<Value> {
    match bug {
        "panic" => panic!("a bug"),
        "abort" => process::abort(),
        "exit" => process::exit(0),
        "loop" => loop {
            std::hint::spin_loop();
        },
        "allocate" => {
            let megabyte = || vec![1_u8; 1_048_576];
            let all: Vec<Vec<u8>> = (0..1_024).map(|_| megabyte()).collect();
            Ok(json!({ "megabytes": all.len() }))
        }
        "large" => Ok(json!({ "statusCode": 200, "body": "x".repeat(7_000_000) })),
        other => bail!("nobody has written a bug {other:?}"),
    }
}
// ANCHOR_END: bugs

/// Takes an event, and answers what is no JSON. No runtime would do that.
fn garbage(address: &str) -> Result<()> {
    let mut stream = TcpStream::connect(address)?;
    let path = "/2018-06-01/runtime/invocation";
    write!(
        stream,
        "GET {path}/next HTTP/1.1\r\nHost: {address}\r\n\r\n"
    )?;
    let (mut id, mut length) = (String::new(), 0);
    let mut reader = BufReader::new(&stream);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        let (name, value) = line.trim().split_once(": ").unwrap_or_default();
        match name {
            "lambda-runtime-aws-request-id" => value.clone_into(&mut id),
            "content-length" => length = value.parse()?,
            _ => {}
        }
        line.clear();
    }
    reader.read_exact(&mut vec![0; length])?;
    let answer = "no JSON";
    let length = answer.len();
    write!(
        &stream,
        "POST {path}/{id}/response HTTP/1.1\r\nHost: {address}\r\n\
         Content-Length: {length}\r\n\r\n{answer}"
    )?;
    stream.read_to_end(&mut vec![])?;
    Ok(())
}
