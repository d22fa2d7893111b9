//! The shop with bugs in it, each a function of its own. The promise P9 asks what the
//! other customers notice of them.
//!
//! Where a Runtime API is, this program is such a function. Elsewhere it becomes the
//! host of chapter 4, or the one that `HOSTED_BY` names, with these functions besides the
//! shop's.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{self, Command};
use std::{env, fs, hint, io};

use anyhow::{Context, Result, bail};
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use ch05_lambda::lambda;

const BUGS: [&str; 3] = ["panic", "abort", "loop"];

fn main() -> Result<()> {
    if env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        return function();
    }
    host()
}

// ANCHOR: bugs
#[tokio::main(flavor = "current_thread")]
async fn function() -> Result<()> {
    let bug = env::var("_HANDLER")?;
    lambda::run(async |_: ApiGatewayV2httpRequest| strike(&bug)).await
}

fn strike(bug: &str) -> Result<()> {
    match bug {
        "panic" => panic!("a bug"),
        "abort" => process::abort(),
        "loop" => loop {
            hint::spin_loop();
        },
        other => bail!("nobody has written a bug {other:?}"),
    }
}
// ANCHOR_END: bugs

/// Becomes the host, which lies a folder above the examples and reads its table from
/// its standard input.
fn host() -> Result<()> {
    let own = env::current_exe()?;
    let folder = own.ancestors().nth(2).unwrap_or(Path::new("/"));
    let (reader, mut writer) = io::pipe()?;
    // It is shorter than what a pipe holds.
    writer.write_all(table(&own)?.as_bytes())?;
    drop(writer);
    let host = env::var_os("HOSTED_BY").unwrap_or_else(|| "ch04-functions".into());
    let mut host = Command::new(folder.join(host));
    host.env("FUNCTIONS", "/dev/stdin").stdin(reader);
    Err(host.exec()).with_context(|| host.get_program().display().to_string())
}

/// The table of the shop, and the bugs.
fn table(own: &Path) -> Result<String> {
    let file = env::var("FUNCTIONS").context("FUNCTIONS: the shop's table")?;
    let text = fs::read_to_string(&file).context(file)?;
    let program = own.display().to_string();
    let bug = |bug: &str| {
        format!(
            "[[function]]\nname = {bug:?}\nprogram = {program:?}\n\
             [[route]]\nroute = \"GET /bugs/{bug}\"\nfunction = {bug:?}\n"
        )
    };
    Ok(text + &BUGS.map(bug).concat())
}
