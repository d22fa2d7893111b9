//! What the program says, and how it ends.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::shared::{self, Running, is_there, program, put};
use super::{end, start};

#[tokio::test]
async fn it_says_first_what_it_injects_and_last_how_much_of_it() -> Result<()> {
    let faults = [
        "--throttle",
        "0",
        "--lose",
        "0",
        "--conflict",
        "0",
        "--index-delay",
        "1",
        "--partition",
        "1000",
        "--seed",
        "7",
    ];
    let (running, client) = start(&faults).await?;
    put(&client, "1").await?;
    assert!(is_there(&client, "1").await?);
    let (_, lines) = running.end_saying(Signal::INT)?;
    assert_eq!(
        lines,
        "injected: 0 % of calls throttled, 0 % of writes unanswered, \
         0 % of transactions in conflict, indexes 1 ms behind, \
         1000 write units a second and partition, seed 7\n\
         injected 0 throttlings, 0 lost answers, 0 conflicts, 0 late reads of an index, \
         0 refusals by a partition\n"
    );
    Ok(())
}

#[tokio::test]
async fn a_seed_alone_injects_nothing() -> Result<()> {
    let (running, client) = start(&["--seed", "7"]).await?;
    put(&client, "1").await?;
    assert_eq!(running.end(Signal::TERM)?.code(), Some(0));
    Ok(())
}

#[tokio::test]
async fn a_file_is_closed_at_the_end() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("pets.db");
    let name = file.to_str().context("its name is UTF-8")?;
    let (running, client) = start(&["--throttle", "0", "--file", name]).await?;
    put(&client, "1").await?;
    end(running)?;
    let names = fs::read_dir(dir.path())?.map(|entry| Ok(entry?.file_name()));
    assert_eq!(names.collect::<Result<Vec<_>>>()?, ["pets.db"]);
    let running = Running::start(Some(&file))?;
    assert!(is_there(&shared::client(&running.url).await, "1").await?);
    Ok(())
}

#[tokio::test]
async fn an_open_connection_does_not_keep_it_alive() -> Result<()> {
    let (running, client) = start(&["--lose", "0"]).await?;
    put(&client, "1").await?;
    let address = running.url.trim_start_matches("http://");
    let mut half = TcpStream::connect(address)?;
    half.write_all(b"POST / HTTP/1.1\r\nHost: local\r\nContent-Length: 9\r\n\r\n{")?;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(end(running)?, "injected 0 lost answers");
    drop((half, client));
    Ok(())
}

#[test]
fn faults_that_make_no_sense_are_told_in_one_line() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("pets.db");
    let file = file.to_str().context("its name is UTF-8")?;
    let cases: [(&[&str], &str, i32); 5] = [
        (
            &["--throttle", "130"],
            "invalid value '130' for '--throttle <PERCENT>': 130 is not in 0..=100",
            2,
        ),
        (&["--lose", "-1"], "unexpected argument '-1' found", 2),
        (
            &["--index-delay", "90000000"],
            "invalid value '90000000' for '--index-delay <MS>': 90000000 is not in 0..=86400000",
            2,
        ),
        (
            &["--partition", "0"],
            "invalid value '0' for '--partition <UNITS>': 0 is not in 1..=4294967295",
            2,
        ),
        (
            &["--index-delay", "10", "--file", file],
            "option --index-delay: it takes a database in memory; leave out --file",
            1,
        ),
    ];
    for (faults, line, code) in cases {
        let output = program(&["dynamodb", "--port", "0"])
            .args(faults)
            .output()?;
        assert!(output.stdout.is_empty(), "{:?}", output.stdout);
        let told = String::from_utf8(output.stderr)?;
        assert_eq!(
            (told, output.status.code()),
            (format!("local: {line}\n"), Some(code))
        );
    }
    assert!(!fs::exists(file)?);
    Ok(())
}

#[test]
fn a_port_that_is_taken_is_named_with_faults_too() -> Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port().to_string();
    let output = program(&["dynamodb", "--port", &port, "--lose", "1"]).output()?;
    let line = format!(
        "local: port {port}: somebody listens there already; choose another one with --port\n"
    );
    assert_eq!(String::from_utf8(output.stderr)?, line);
    assert_eq!(output.status.code(), Some(1));
    Ok(())
}
