//! `cargo book promises`: puts a running shop, or a rung of the ladder, to the promises.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use book::workspace::Workspace;
use clap::Parser;
use less_to_run_tests::promises::tls::Trust;
use less_to_run_tests::promises::wire::in_words;
use less_to_run_tests::promises::{
    Finding, Promise, Seen, Shop, ask_rung, ask_shop, declared, record,
};
use less_to_run_tests::verdict;

/// Puts a shop to its promises and prints what it saw, in a line or two each.
///
/// With --at, any running shop in any language is asked what can be asked from outside; give it a
/// shop that may be written to, for pets are taken in and adopted. With --rung, a rung of the ladder is built,
/// started, killed and robbed of its disk on this machine.
///
/// The exit status is 0 when every promise that was asked is kept, 1 when one is broken, 2 for wrong use.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo book promises")]
struct Arguments {
    #[arg(
        long,
        value_name = "URL",
        conflicts_with = "rung",
        help = "The address of a running shop, such as http://127.0.0.1:8080"
    )]
    at: Option<String>,

    /// The certificates to believe, as PEM, for a shop at https://…
    #[arg(long, value_name = "FILE", requires = "at")]
    trust: Option<PathBuf>,

    /// The key of the shop's staff, for a shop that has a staff
    #[arg(long, value_name = "KEY", requires = "at", conflicts_with = "rung", value_parser = key)]
    staff_key: Option<String>,

    /// The number of a rung, which is that of its chapter
    #[arg(long, value_name = "NUMBER")]
    rung: Option<u8>,

    /// Writes what was seen of the rung to book/measured/, for the page's table
    #[arg(long)]
    record: bool,

    /// Prints JSON
    #[arg(long)]
    json: bool,

    /// Which promises, such as P3; all if none is named
    #[arg(value_name = "PROMISE")]
    promises: Vec<Promise>,
}

fn main() -> ExitCode {
    verdict::give("promises", |arguments| {
        let findings = run(arguments)?;
        Ok(findings.iter().all(|finding| finding.seen != Seen::Broken))
    })
}

fn run(arguments: &Arguments) -> Result<Vec<Finding>> {
    let promises = match arguments.promises.as_slice() {
        [] => Promise::all().collect(),
        named => named.to_vec(),
    };
    match (&arguments.at, arguments.rung) {
        (Some(url), _) if arguments.record => {
            bail!("--record is for a rung, not for the shop at {url}")
        }
        (Some(url), _) => at(url, &promises, arguments),
        (None, Some(_)) if arguments.record && !arguments.promises.is_empty() => {
            bail!("--record asks all promises, so name none")
        }
        (None, Some(number)) => rung(number, &promises, arguments),
        (None, None) => bail!("say which shop: --at URL for a running one, or --rung NUMBER"),
    }
}

fn at(url: &str, promises: &[Promise], arguments: &Arguments) -> Result<Vec<Finding>> {
    let trust = arguments.trust.as_deref().map(believed).transpose()?;
    let key = arguments.staff_key.as_deref();
    let shop = || match (&trust, url.starts_with("https://")) {
        (Some(trust), true) => Ok(Shop::at(url)?.trusting(trust)),
        (None, false) => Shop::at(url),
        (None, true) => {
            bail!("{url} needs --trust FILE, such as /etc/ssl/certs/ca-certificates.crt")
        }
        (Some(_), false) => bail!("--trust is for a shop at https://…, not for {url}"),
    };
    if let Err(error) = shop()?.open(Duration::from_secs(10)) {
        bail!("the shop at {url} cannot be reached: {}", in_words(&error));
    }
    // Each promise has a shop of its own to remark on.
    one_by_one(promises, arguments.json, |promise| {
        ask_shop(promise, &shop()?.with_staff_key(key))
    })
}

/// A key as it may stand in a field: RFC 6750, section 2.1, has these signs.
fn key(text: &str) -> Result<String, String> {
    let may_be = |sign: char| sign.is_ascii_alphanumeric() || "-._~+/=".contains(sign);
    if text.is_empty() || !text.chars().all(may_be) {
        return Err("a key is made of letters, digits and -._~+/=".to_owned());
    }
    Ok(text.to_owned())
}

fn believed(file: &Path) -> Result<Trust> {
    let pem = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    Trust::from_pem(&pem).with_context(|| file.display().to_string())
}

fn rung(number: u8, promises: &[Promise], arguments: &Arguments) -> Result<Vec<Finding>> {
    let workspace = Workspace::find()?;
    let declared = declared::rung(&workspace, number)?;
    let rung = declared.build(&workspace)?;
    let findings = one_by_one(promises, arguments.json, |promise| ask_rung(promise, &rung))?;
    if arguments.record {
        for finding in &findings {
            let declaration = declared.promises.get(&finding.promise);
            let declaration = declaration.context("a promise that nobody has declared")?;
            declaration.agrees_with(finding)?;
        }
        let path = record::save(&workspace, &declared, &findings)?;
        eprintln!("written to {}", path.display());
    }
    Ok(findings)
}

/// Asks one after the other; each is printed as soon as it is known, for some take a while.
fn one_by_one(
    promises: &[Promise],
    json: bool,
    ask: impl Fn(Promise) -> Result<Finding>,
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for promise in promises {
        let finding = ask(*promise)?;
        if !json {
            println!("{finding}");
        }
        findings.push(finding);
    }
    if json {
        println!("{}", serde_json::to_string(&findings)?);
    }
    Ok(findings)
}
