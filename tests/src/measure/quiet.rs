//! Whether the machine has nothing else to do. Figures taken while it has are worth little.

use std::fs;
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};
use book::measured::load_average;

/// How the name of a machine goes on that had other work during the measurement.
pub const BUSY: &str = "busy with other work";
/// How much of the processor others may use, in percent.
const TOLERATED: f64 = 10.0;
const WATCHED: Duration = Duration::from_secs(2);

/// Watches the machine for two seconds. Returns a remark for the name of the machine when others are busy on it and `anyway` says
/// to go on.
///
/// # Errors
///
/// When others use more than a tenth of the processor and `anyway` is not set.
pub fn check(anyway: bool) -> Result<Option<String>> {
    let Some(busy) = busy() else {
        eprintln!("this system does not tell how busy it is; see to it yourself that it is not");
        return Ok(None);
    };
    if busy <= TOLERATED {
        return Ok(None);
    }
    let load = load_average().map_or_else(String::new, |load| {
        format!(", the load average is {load:.1}")
    });
    if !anyway {
        bail!(
            "other processes use {busy:.0} % of the processor{load}: the figures would be wrong. Wait until they have ended, or \
             pass --anyway to see how it goes (the file then says so)"
        );
    }
    eprintln!(
        "WARNING: other processes use {busy:.0} % of the processor{load}: these figures are for a first look only"
    );
    Ok(Some(format!("{BUSY} ({busy:.0} %)")))
}

/// The part of the processor in use, in percent, while this thread sleeps.
fn busy() -> Option<f64> {
    let (before, idle_before) = ticks()?;
    thread::sleep(WATCHED);
    let (after, idle_after) = ticks()?;
    let all = after.checked_sub(before).filter(|all| *all > 0)?;
    let idle = idle_after.saturating_sub(idle_before);
    #[allow(clippy::cast_precision_loss, reason = "a few hundred ticks")]
    Some(100.0 * (1.0 - idle as f64 / all as f64))
}

/// All ticks of all cores, and those in which they did nothing.
fn ticks() -> Option<(u64, u64)> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let line = text.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = line
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    // user nice system idle iowait irq softirq steal; what follows is counted within user and nice.
    let idle = ticks.get(3)? + ticks.get(4)?;
    Some((ticks.iter().take(8).sum(), idle))
}
