//! Becomes a host in which this program stands in for one of the shop's functions.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::{env, fs, io};

use anyhow::{Context, Result};

/// Becomes `host`, which lies a folder above the examples and reads its table from its
/// standard input: the shop's, but for the function of this name.
pub fn become_host(host: &str, function: &str) -> Result<()> {
    let own = env::current_exe()?;
    let folder = own.ancestors().nth(2).unwrap_or(Path::new("/"));
    let file = env::var("FUNCTIONS").context("FUNCTIONS: the shop's table")?;
    let text = fs::read_to_string(&file).context(file.clone())?;
    let name = format!("name = {function:?}\n");
    let (before, after) = text.split_once(&name).context("no such function")?;
    // It may name a program already.
    let after = match after.strip_prefix("program = ") {
        Some(after) => after.split_once('\n').map_or("", |(_, after)| after),
        None => after,
    };
    let program = own.display().to_string();
    let (reader, mut writer) = io::pipe()?;
    // It is shorter than what a pipe holds.
    write!(writer, "{before}{name}program = {program:?}\n{after}")?;
    drop(writer);
    let sources = Path::new(&file).with_file_name("sources.toml");
    let sources = env::var_os("SOURCES").unwrap_or_else(|| sources.into());
    let mut host = Command::new(folder.join(host));
    host.env("FUNCTIONS", "/dev/stdin")
        .env("SOURCES", sources)
        .stdin(reader);
    Err(host.exec()).with_context(|| host.get_program().display().to_string())
}
