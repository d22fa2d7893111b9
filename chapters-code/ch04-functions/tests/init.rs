//! A function that cannot begin says why.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The counter, in this environment alone.
fn counter(environment: &[(&str, &str)]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_shop-counter"));
    program.env_clear().envs(environment.iter().copied());
    program.stdout(Stdio::piped()).stderr(Stdio::piped());
    program
}

/// What it tells a Runtime API: the path, and the body.
fn told(environment: &[(&str, &str)]) -> Result<(String, Value, Output)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let mut program = counter(environment);
    let mut program = program.env("AWS_LAMBDA_RUNTIME_API", address).spawn()?;
    listener.set_nonblocking(true)?;
    let begin = Instant::now();
    let mut stream = loop {
        match listener.accept() {
            Ok((stream, _)) => break stream,
            Err(_) if begin.elapsed() < Duration::from_mins(1) => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(_) => {
                program.kill()?;
                bail!("nobody was told: {:?}", program.wait_with_output()?);
            }
        }
    };
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    let mut request = BufReader::new(stream.try_clone()?);
    let (mut first, mut length) = (String::new(), 0);
    request.read_line(&mut first)?;
    for line in request.by_ref().lines() {
        let line = line?.to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(number) = line.strip_prefix("content-length: ") {
            length = number.parse()?;
        }
    }
    let mut body = vec![0; length];
    request.read_exact(&mut body)?;
    stream.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")?;
    let output = program.wait_with_output()?;
    Ok((first, serde_json::from_slice(&body)?, output))
}

#[test]
fn the_host_is_told_what_is_missing() -> Result<()> {
    let least = [("TABLE", "shop"), ("AWS_REGION", "eu-central-1")];
    let wrong = [least[0], least[1], ("_HANDLER", "sell")];
    for (environment, due) in [
        (&[][..], "TABLE is not set"),
        (&least, "_HANDLER is not set"),
        (
            &wrong,
            "_HANDLER=sell: the counter has no such function, but shop, list",
        ),
    ] {
        let (path, body, output) = told(environment)?;
        assert_eq!(path, "POST /2018-06-01/runtime/init/error HTTP/1.1\r\n");
        let message = body["errorMessage"].as_str().context("it says why")?;
        assert!(message.starts_with(due), "{message}");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let shown = String::from_utf8(output.stderr)?;
        assert!(shown.contains(due), "{shown}");
    }
    Ok(())
}

#[test]
fn a_function_that_nobody_hosts_says_so() -> Result<()> {
    let least = [
        ("TABLE", "shop"),
        ("AWS_REGION", "eu-central-1"),
        ("_HANDLER", "show"),
    ];
    let output = counter(&least).output()?;
    let shown = String::from_utf8(output.stderr)?;
    let due = "AWS_LAMBDA_RUNTIME_API is not set; a function host sets it";
    assert!(shown.contains(due), "{shown}");
    assert_eq!(output.status.code(), Some(1));
    Ok(())
}
