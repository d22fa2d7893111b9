//! What a template lets its parameters be. Who deploys it gives them, and a function that was given something else does not start, or lets nobody in.

use anyhow::{Context, Result, ensure};
use regex::Regex;
use serde_json::Value;

use super::Chapter;

/// The key of the staff, here.
pub const KEY: &str = "tulips";

/// Its SHA-256, which functions are told.
pub const DIGEST: &str = "270fd076df620dfc6234c4b2bae509d432be5c662b5ba77f10c856eecf894533";

/// Makes sure that a key of the staff is not taken for its digest.
///
/// # Errors
///
/// When it does not, with what it lets through.
pub fn digest(_: &Chapter, long: &Value) -> Result<()> {
    let pattern = pattern(long, "StaffKeySha256")?;
    let another = "0".repeat(64);
    ensure!(pattern.is_match(DIGEST));
    ensure!(pattern.is_match(&format!("{DIGEST},{another}")));
    // What `openssl rand -hex 32` prints has as many digits. There only the functions can tell, to nobody's harm: they let nobody in.
    for other in [
        KEY,
        "",
        &DIGEST[1..],
        &format!("{DIGEST},"),
        &format!("{DIGEST},{another},{another}"),
        &format!("{DIGEST}  -"),
    ] {
        ensure!(!pattern.is_match(other), "{other:?}");
    }
    Ok(())
}

/// Makes sure that a key for cursors is hidden, and is a key.
///
/// Its functions start with what they are given here, and with nothing else: chapters-code/ch06-state/src/cursor.rs
///
/// # Errors
///
/// When it does not, with what it lets through.
pub fn cursors(chapter: &Chapter, long: &Value) -> Result<()> {
    let Some(key) = given(chapter, "CURSOR_KEY") else {
        return Ok(());
    };
    let name = "CursorKey";
    ensure!(long["Parameters"][name]["NoEcho"] == true, "it is shown");
    let pattern = pattern(long, name)?;
    let another = "0".repeat(64);
    ensure!(pattern.is_match(key));
    ensure!(pattern.is_match(&format!("{another},{key}")));
    for other in [
        "",
        "secret",
        &key[1..],
        &format!("{key},"),
        &format!("{key}{another}"),
        &key.replace('4', "g"),
    ] {
        ensure!(!pattern.is_match(other), "{other:?}");
    }
    Ok(())
}

/// Makes sure that a key for names is hidden, and is one key.
///
/// Its functions start with what they are given here, and with nothing else: chapters-code/ch11-change-over-time/src/people.rs
///
/// # Errors
///
/// When it does not, with what it lets through.
pub fn names(chapter: &Chapter, long: &Value) -> Result<()> {
    let Some(key) = given(chapter, "NAMES_KEY") else {
        return Ok(());
    };
    let name = "NamesKey";
    ensure!(long["Parameters"][name]["NoEcho"] == true, "it is shown");
    let pattern = pattern(long, name)?;
    ensure!(pattern.is_match(key));
    for other in [
        "",
        "secret",
        &key[1..],
        &format!("{key},{key}"),
        &key.replace('4', "g"),
    ] {
        ensure!(!pattern.is_match(other), "{other:?}");
    }
    Ok(())
}

/// Makes sure that a secret of the provider is hidden, and cannot be guessed.
///
/// Its functions start with what they are given here, and with nothing that is shorter: chapters-code/ch10-processes/src/webhook.rs
///
/// # Errors
///
/// When it does not, with what it lets through.
pub fn secret(chapter: &Chapter, long: &Value) -> Result<()> {
    let Some(secret) = given(chapter, "WEBHOOK_SECRET") else {
        return Ok(());
    };
    let name = "WebhookSecret";
    ensure!(long["Parameters"][name]["NoEcho"] == true, "it is shown");
    let pattern = pattern(long, name)?;
    let least = "tulips-and-roses";
    ensure!(least.len() == 16);
    for known in [secret, least, &format!("{least},{secret}")] {
        ensure!(pattern.is_match(known), "{known:?}");
    }
    for other in [
        "",
        KEY,
        &least[1..],
        &format!("{secret},"),
        &format!(",{secret}"),
        &format!("{secret},{KEY}"),
        &format!("{KEY},{secret}"),
        &format!("{secret}, {secret}"),
        &format!("{secret},{secret},{secret}"),
        &" ".repeat(16),
    ] {
        ensure!(!pattern.is_match(other), "{other:?}");
    }
    Ok(())
}

/// Makes sure that a provider without an address is none.
///
/// # Errors
///
/// When it does not, with what it lets through.
pub fn provider(chapter: &Chapter, long: &Value) -> Result<()> {
    // The one that is given here is asked in the clear, which is good for this machine only.
    let Some(here) = given(chapter, "PAYMENTS_URL") else {
        return Ok(());
    };
    let pattern = pattern(long, "PaymentsUrl")?;
    for known in ["https://payments.example", "https://payments.example/v1"] {
        ensure!(pattern.is_match(known), "{known:?}");
    }
    for other in [
        "",
        here,
        "payments.example",
        "https://",
        "ftp://payments.example",
    ] {
        ensure!(!pattern.is_match(other), "{other:?}");
    }
    Ok(())
}

/// What the functions of a chapter are told here in a variable.
fn given(chapter: &Chapter, variable: &str) -> Option<&'static str> {
    let mut told = chapter.environment.iter();
    let told = told.find(|(name, _)| *name == variable);
    told.map(|(_, value)| *value)
}

/// What a parameter may be. AWS holds the whole of a value against it.
fn pattern(long: &Value, parameter: &str) -> Result<Regex> {
    let pattern = &long["Parameters"][parameter]["AllowedPattern"];
    let pattern = pattern.as_str().context("no pattern")?;
    Ok(Regex::new(&format!("^(?:{pattern})$"))?)
}
