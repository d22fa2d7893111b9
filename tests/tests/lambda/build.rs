//! `cargo lambda build`: what is uploaded.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use less_to_run_tests::infra::accepted;
use less_to_run_tests::lambda::{CHAPTER_5, Table, cargo_lambda, command};
use less_to_run_tests::programs;
use local::Local;
use object::elf::FileHeader64;
use object::read::elf::FileHeader;
use object::{Architecture, Endianness, Object};

use crate::events::{answer, file};
use crate::host::Host;

/// The C library of the system on which AWS runs the functions, `provided.al2023`:
/// <https://docs.aws.amazon.com/linux/al2023/ug/core-glibc.html>
const GLIBC: (u32, u32) = (2, 34);

/// What `cargo lambda build --release` asks of the compiler beyond what `cargo build --release` does.
const ASKED: [&str; 3] = [
    r#"profile.release.lto=\"thin\""#,
    r#"profile.release.strip=\"symbols\""#,
    "profile.release.codegen-units=1",
];

/// One of the programs: each takes minutes, and cargo-lambda asks the same of the compiler and of the linker for all, those of later chapters too. What can
/// ask for more of the system than Rust does is in this one: it encrypts, which is done in C and in assembler.
const PROGRAM: &str = "lambda-counter";

#[test]
fn what_is_built_for_lambda_runs_there_and_here() -> Result<()> {
    let Some(cargo_lambda) = cargo_lambda()? else {
        return Ok(());
    };
    let words = ["build", "--release", "--package", CHAPTER_5.name];
    let which = ["--bin", PROGRAM, "-v"];
    let said = accepted(&mut command(&cargo_lambda, &[&words[..], &which].concat()))?;
    for asked in ASKED {
        ensure!(said.contains(asked), "it does not ask for {asked}");
    }
    // With that nobody could catch a panic: the workspace says that it wants none of it.
    ensure!(
        !said.contains("profile.release.panic"),
        "a panic ends a function"
    );
    let bootstrap = bootstrap();
    let built = fs::read(&bootstrap).with_context(|| bootstrap.display().to_string())?;
    let architecture = object::File::parse(&built[..])?.architecture();
    let here = match env::consts::ARCH {
        "aarch64" => Architecture::Aarch64,
        _ => Architecture::X86_64,
    };
    ensure!(architecture == here, "{architecture:?}");
    let glibc = glibc(&built)?;
    ensure!(glibc > (2, 0), "it asks for no C library");
    ensure!(glibc <= GLIBC, "it asks for a C library {glibc:?}");
    // It is a program for Linux, wherever it was built.
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let program = bootstrap.display().to_string();
    let table = Table::text(&CHAPTER_5)?;
    let table = table.replace(&format!("{PROGRAM:?}"), &format!("{program:?}"));
    let database = Local::in_memory()?;
    let host = Host::new(&CHAPTER_5, &table, &database.url())?;
    host.release()?;
    let event = file("take-in.json").display().to_string();
    let answer = answer(&mut host.invoke("take-in", &event))?;
    ensure!(answer["statusCode"] == 201, "{answer}");
    Ok(())
}

/// What was built.
fn bootstrap() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let lambda = programs::root().join(target).join("lambda");
    lambda.join(PROGRAM).join("bootstrap")
}

/// The newest version of the C library that a program asks for.
fn glibc(program: &[u8]) -> Result<(u32, u32)> {
    let header = FileHeader64::<Endianness>::parse(program)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, program)?;
    let mut newest = (0, 0);
    let Some((mut needed, strings)) = sections.gnu_verneed(endian, program)? else {
        return Ok(newest);
    };
    let strings = sections.strings(endian, program, strings)?;
    while let Some((_, mut versions)) = needed.next()? {
        while let Some(version) = versions.next()? {
            let name = String::from_utf8_lossy(version.name(endian, strings)?);
            let number = name.strip_prefix("GLIBC_").map(|number| number.split('.'));
            let mut numbers = number.into_iter().flatten().map(str::parse);
            if let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) {
                newest = newest.max((major, minor));
            }
        }
    }
    Ok(newest)
}
