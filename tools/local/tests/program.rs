//! The program: how it is started, how it ends, and what is left of it.

mod shared;

use std::net::TcpListener;
use std::{fs, thread, time::Duration};

use anyhow::Result;
use rustix::process::Signal;
use shared::{Running, client, is_there, make_table, program, put};

#[tokio::test]
async fn what_was_written_to_a_file_is_there_after_a_polite_stop() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("pets.db");
    let running = Running::start(Some(&file))?;
    let before = client(&running.url).await;
    make_table(&before).await?;
    put(&before, "1").await?;
    assert_eq!(running.end(Signal::TERM)?.code(), Some(0));
    let names = fs::read_dir(dir.path())?.map(|entry| Ok(entry?.file_name()));
    assert_eq!(names.collect::<Result<Vec<_>>>()?, ["pets.db"]);

    let running = Running::start(Some(&file))?;
    assert!(is_there(&client(&running.url).await, "1").await?);
    assert_eq!(running.end(Signal::INT)?.code(), Some(0));
    Ok(())
}

#[tokio::test]
async fn what_was_written_to_a_file_is_there_after_a_kill() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("pets.db");
    let running = Running::start(Some(&file))?;
    make_table(&client(&running.url).await).await?;
    running.end(Signal::KILL)?;
    for life in 0..5 {
        let running = Running::start(Some(&file))?;
        let client = client(&running.url).await;
        for earlier in 0..life {
            assert!(is_there(&client, &earlier.to_string()).await?, "{earlier}");
        }
        put(&client, &life.to_string()).await?;
        running.end(Signal::KILL)?;
    }
    Ok(())
}

#[tokio::test]
async fn what_is_in_memory_is_gone() -> Result<()> {
    let running = Running::start(None)?;
    make_table(&client(&running.url).await).await?;
    assert_eq!(running.end(Signal::TERM)?.code(), Some(0));
    let running = Running::start(None)?;
    let tables = client(&running.url).await.list_tables().send().await?;
    assert_eq!(tables.table_names().len(), 0);
    Ok(())
}

#[test]
fn half_a_request_does_not_keep_it_alive() -> Result<()> {
    use std::io::Write;
    let running = Running::start(None)?;
    let address = running.url.trim_start_matches("http://");
    let mut half = std::net::TcpStream::connect(address)?;
    half.write_all(b"POST / HTTP/1.1\r\nHost: local\r\nContent-Length: 9\r\n\r\n{")?;
    thread::sleep(Duration::from_millis(200));
    assert_eq!(running.end(Signal::TERM)?.code(), Some(0));
    drop(half);
    Ok(())
}

/// What it says to these words, and its exit status.
fn refusal(words: &[&str]) -> Result<(String, Option<i32>)> {
    let output = program(words).output()?;
    assert!(output.stdout.is_empty(), "{:?}", output.stdout);
    Ok((String::from_utf8(output.stderr)?, output.status.code()))
}

#[test]
fn wrong_use_is_told_in_one_line() -> Result<()> {
    let cases: [(&[&str], &str); 5] = [
        (
            &[],
            "say what to do: local dynamodb | platform | deploy | set | attach; --help explains them",
        ),
        (&["nonsense"], "unrecognized subcommand 'nonsense'"),
        (
            &["dynamodb", "--prt", "1"],
            "unexpected argument '--prt' found",
        ),
        (
            &["dynamodb", "--port", "x"],
            "invalid value 'x' for '--port <PORT>': invalid digit found in string",
        ),
        (
            &["dynamodb", "--file"],
            "a value is required for '--file <FILE>' but none was supplied",
        ),
    ];
    for (words, line) in cases {
        assert_eq!(refusal(words)?, (format!("local: {line}\n"), Some(2)));
    }
    Ok(())
}

#[test]
fn a_port_that_is_taken_is_named() -> Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port().to_string();
    let line = format!(
        "local: port {port}: somebody listens there already; choose another one with --port\n"
    );
    assert_eq!(refusal(&["dynamodb", "--port", &port])?, (line, Some(1)));
    Ok(())
}

#[test]
fn a_file_that_cannot_be_used_is_named_and_left_as_it_is() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let text = dir.path().join("text");
    fs::write(&text, "Kiwi and Mango")?;
    let nowhere = dir.path().join("nowhere/pets.db");
    let cases = [
        (&*text, "it is no SQLite database"),
        (&*nowhere, "No such file or directory (os error 2)"),
        (dir.path(), "Is a directory (os error 21)"),
    ];
    for (path, why) in cases {
        let name = path.display().to_string();
        let line = format!("local: file {name}: {why}\n");
        let told = refusal(&["dynamodb", "--port", "0", "--file", &name])?;
        assert_eq!(told, (line, Some(1)));
    }
    assert_eq!(fs::read_to_string(&text)?, "Kiwi and Mango");
    Ok(())
}
