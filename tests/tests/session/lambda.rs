//! `cargo lambda` on a page, with the pinned one and a function that says what it was given.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use book::workspace::Workspace;
use less_to_run_tests::programs::{left_out, root};
use less_to_run_tests::session::{Mode, Page, PageReport, Runner};
use tempfile::TempDir;

use crate::write;

/// A function that asks for each event over a connection of its own, and says where it leads.
const ECHO: &str = r#"
use std::env;
use std::io::{Read, Write};
use std::net::TcpStream;

fn main() {
    let api = env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    let api = api.trim_start_matches("http://");
    let (host, path) = api.split_once('/').unwrap();
    let ask = |method: &str, rest: &str, body: &str| {
        let mut stream = TcpStream::connect(host).unwrap();
        let size = body.len();
        write!(stream, "{method} /{path}/2018-06-01/runtime/invocation/{rest} HTTP/1.1\r\nHost: {host}\r\n\
                        Content-Length: {size}\r\nConnection: close\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    loop {
        let event = ask("GET", "next", "");
        let (head, body) = event.split_once("\r\n\r\n").unwrap();
        let id = head.lines().find_map(|line| line.to_lowercase().strip_prefix("lambda-runtime-aws-request-id: ").map(str::to_owned));
        let handler = env::var("_HANDLER").unwrap_or_default();
        let place = body.split_once("\"rawPath\":\"").and_then(|(_, rest)| rest.split('"').next());
        let answer = format!("{{\"statusCode\":200,\"headers\":{{}},\"multiValueHeaders\":{{}},\"cookies\":[],\"isBase64Encoded\":false,\"body\":\"{handler} at {}\"}}", place.unwrap_or("no place"));
        ask("POST", &format!("{}/response", id.unwrap()), &answer);
    }
}
"#;

/// A workspace with one chapter that is a function, and the pinned program; none where that is not.
fn small() -> Option<TempDir> {
    let tools = root().join("target/tools/cargo-lambda");
    if !tools.join("bin/cargo-lambda").is_file() {
        let why = "cargo-lambda is not installed here (cargo book fetch)";
        left_out(why).unwrap();
        println!("left out: {why}");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "book.toml", "");
    write(
        &folder,
        "Cargo.toml",
        "[workspace]\nmembers = [\"chapters-code/*\"]\nresolver = \"3\"\n",
    );
    let manifest = "[package]\nname = \"ch01-small\"\nedition = \"2024\"\n";
    write(&folder, "chapters-code/ch01-small/Cargo.toml", manifest);
    write(&folder, "chapters-code/ch01-small/src/bin/echo.rs", ECHO);
    write(&folder, "chapters-code/ch01-small/events/a.json", "[1]\n");
    fs::create_dir_all(folder.path().join("target/tools")).unwrap();
    symlink(tools, folder.path().join("target/tools/cargo-lambda")).unwrap();
    Some(folder)
}

fn run(folder: &TempDir, text: &str) -> PageReport {
    let workspace = Workspace::at(folder.path()).unwrap();
    let chapters = workspace.chapters().unwrap();
    let page = Page::new(Path::new("book/ch01-small.md"), text.to_owned(), &chapters);
    Runner::new(&workspace).unwrap().run(&page, Mode::Compare)
}

const WATCHED: &str = "\
```console,terminal=watch
$ export _HANDLER=all
$ cargo lambda watch -p ch01-small
 INFO starting Runtime server runtime_addr=[::]:9000
...
```

```console
$ cargo lambda invoke echo --data-file chapters-code/ch01-small/events/a.json | jq -r .body
all at no place
$ curl -sS http://localhost:9000/lambda-url/echo/pets
all at /pets
```
";

#[test]
fn a_function_is_watched_and_invoked_behind_free_ports() {
    let Some(folder) = small() else { return };
    std::thread::scope(|scope| {
        let one = scope.spawn(|| run(&folder, WATCHED));
        let told = WATCHED
            .replace(
                "-p ch01-small",
                "-q -p ch01-small --ignore-changes --invoke-port 9001",
            )
            .replace("invoke echo", "invoke echo --invoke-port=9001")
            .replace(":9000", ":9001");
        let other = run(&folder, &told);
        assert!(other.is_clean(), "{}", other.told());
        let one = one.join().unwrap();
        assert!(one.is_clean(), "{}", one.told());
        assert_eq!((one.blocks, one.skipped), (2, None));
    });
    let wrong = run(&folder, &WATCHED.replace("all at /pets", "all at /pet"));
    assert!(wrong.told().contains("- all at /pet\n"), "{}", wrong.told());
}

#[test]
fn what_is_deployed_is_built_and_found() {
    let Some(folder) = small() else { return };
    let page = "```console\n$ cargo lambda build -q --release -p ch01-small\n$ ls target/lambda/echo\nbootstrap\n```\n";
    let report = run(&folder, page);
    assert!(report.is_clean(), "{}", report.told());
    assert!(folder.path().join("target/lambda/echo/bootstrap").is_file());
}
