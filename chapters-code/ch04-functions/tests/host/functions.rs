//! The functions of the tests, each named by its handler.

use std::env;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use ch04_functions::runtime;
use serde_json::{Value, json};

/// What this process does if a host has started it.
#[tokio::main(flavor = "current_thread")]
pub async fn run(address: &str) -> Result<()> {
    match env::var("_HANDLER")?.as_str() {
        "unready" => runtime::ready(async { bail!("no coffee") }).await,
        "gone" => process::exit(3),
        "raw" => raw(address),
        "note" => runtime::run(async |event: Value| note(&event)).await,
        "refuse" => runtime::run(async |_: Value| refuse()).await,
        _ => runtime::run(answer).await,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a handler may fail")]
fn note(event: &Value) -> Result<()> {
    println!("note {event}");
    Ok(())
}

fn refuse() -> Result<()> {
    println!("refused");
    bail!("not that one")
}

async fn answer(event: Value) -> Result<Value> {
    let word = event["pathParameters"]["word"].as_str().unwrap_or_default();
    match word {
        "echo" => Ok(event),
        "who" => Ok(json!(process::id())),
        "environment" => Ok(env::vars().collect::<Vec<_>>().into_iter().collect()),
        "wait" => {
            println!("waiting");
            let ms = event["rawQueryString"].as_str().unwrap_or_default();
            tokio::time::sleep(Duration::from_millis(ms.parse()?)).await;
            Ok(json!(process::id()))
        }
        "print" => {
            println!("one\ntwo");
            eprint!("{}\nthree\n", "x".repeat(20_000));
            Ok(json!("printed"))
        }
        "error" => bail!("the secret"),
        "panic" => panic!("the secret"),
        "abort" => process::abort(),
        "exit" => process::exit(0),
        "loop" => {
            println!("looping");
            loop {
                std::hint::spin_loop();
            }
        }
        "allocate" => {
            let all: Vec<Vec<u8>> = (0..1_024).map(|_| vec![1_u8; 1_048_576]).collect();
            Ok(json!(all.len()))
        }
        "large" => Ok(json!("x".repeat(7_000_000))),
        "odd" => Ok(json!({ "statusCode": "no status" })),
        other => bail!("{other:?} is unknown"),
    }
}

/// Breaks the rules of the Runtime API, as each event says.
fn raw(address: &str) -> Result<()> {
    loop {
        let (head, event) = call(address, "GET", "invocation/next", "")?;
        let field = |line: &str| {
            Some(
                line.strip_prefix("lambda-runtime-aws-request-id: ")?
                    .to_owned(),
            )
        };
        let id = head
            .lines()
            .find_map(field)
            .context("an event has a number")?;
        let event: Value = serde_json::from_str(&event)?;
        let mine = format!("invocation/{id}/response");
        let wrong = "invocation/another/response";
        match event["pathParameters"]["word"].as_str().unwrap_or_default() {
            "another" => {
                let (refused, _) = call(address, "POST", wrong, "1")?;
                let first = refused.lines().next();
                call(address, "POST", &mine, &json!(first).to_string())?;
            }
            "twice" => {
                call(address, "POST", &mine, "1")?;
                let (refused, _) = call(address, "POST", &mine, "2")?;
                println!("twice: {:?}", refused.lines().next());
            }
            "late" => {
                sleep(Duration::from_millis(1_500));
                call(address, "POST", &mine, "1")?;
            }
            "more" => drop(call(address, "GET", "invocation/next", "")?),
            "garbage" => drop(call(address, "POST", &mine, "no JSON")?),
            "begin" => {
                call(address, "POST", "init/error", "{}")?;
                call(address, "POST", &mine, "1")?;
            }
            "nowhere" => {
                let (refused, _) = call(address, "GET", "invocation/previous", "")?;
                call(
                    address,
                    "POST",
                    &mine,
                    &json!(refused.lines().next()).to_string(),
                )?;
            }
            other => drop(call(address, "POST", &mine, &json!(other).to_string())?),
        }
    }
}

fn call(address: &str, method: &str, path: &str, body: &str) -> Result<(String, String)> {
    let mut stream = TcpStream::connect(address)?;
    let length = body.len();
    write!(
        stream,
        "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: {address}\r\n\
         Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").context("there is no answer")?;
    Ok((head.to_owned(), body.to_owned()))
}
