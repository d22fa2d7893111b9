//! What one event took.

use std::fmt::{self, Display, Formatter};
use std::fs;
use std::time::Duration;

use crate::failure::Failure;

// ANCHOR: report
/// What one event took, in the form of Lambda's logs.
/// <https://docs.aws.amazon.com/lambda/latest/operatorguide/log-structure.html>
#[derive(Debug)]
pub struct Report<'a> {
    /// The event.
    pub id: &'a str,
    /// From when the process got it to its answer.
    pub duration: Duration,
    /// From the start of the process to its first question, for its first event.
    pub init: Option<Duration>,
    /// In MB, what it may use.
    pub memory: u64,
    /// In MB, the most that it has used so far; unknown of a process that has ended.
    pub used: Option<u64>,
    /// Why there is no answer.
    pub failure: Option<&'a Failure>,
}

// ANCHOR_END: report

// ANCHOR: line
impl Display for Report<'_> {
    fn fmt(&self, line: &mut Formatter<'_>) -> fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
        let billed = ms(self.duration + self.init.unwrap_or_default()).ceil();
        write!(line, "REPORT RequestId: {} ", self.id)?;
        write!(line, "Duration: {:.2} ms ", ms(self.duration))?;
        write!(line, "Billed Duration: {billed} ms ")?;
        write!(line, "Memory Size: {} MB", self.memory)?;
        if let Some(used) = self.used {
            write!(line, " Max Memory Used: {used} MB")?;
        }
        if let Some(init) = self.init {
            write!(line, " Init Duration: {:.2} ms", ms(init))?;
        }
        match self.failure {
            None => Ok(()),
            Some(Failure::Timeout(_)) => write!(line, " Status: timeout"),
            Some(other) => write!(line, " Status: error Error Type: {}", other.kind()),
        }
    }
}

// ANCHOR_END: line

// ANCHOR: used
/// The most memory that a process has used so far, in MB, as Linux counts it.
#[must_use]
pub fn used(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes.div_ceil(1_024))
}
// ANCHOR_END: used
