//! Which processes belong to a program that was started. Linux tells it in `/proc`; where there is none, nothing is found.

use std::collections::BTreeSet;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};

/// A process that lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    /// Its number, which another one may bear when it has ended.
    pub id: u32,
    /// The number of its process group.
    pub group: u32,
    parent: u32,
    /// When it was started, in ticks of the machine's clock: no two of one number began together.
    began: u64,
}

/// The processes of the group that `first` leads, and all that they have started, in groups of their own or not.
///
/// # Errors
///
/// When `/proc` cannot be read.
pub fn family(first: u32) -> anyhow::Result<Vec<Process>> {
    let all: Vec<Process> = fs::read_dir("/proc")
        .context("/proc cannot be read")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(living)
        .collect();
    let mut members: BTreeSet<u32> = [first].into();
    loop {
        let belongs = |process: &&Process| {
            process.group == first
                || members.contains(&process.parent)
                || members.contains(&process.id)
        };
        let found: Vec<Process> = all.iter().filter(belongs).copied().collect();
        let before = members.len();
        members.extend(found.iter().map(|process| process.id));
        if members.len() == before {
            return Ok(found);
        }
    }
}

/// Waits until all of these have ended; false when they do not within `patience`.
pub fn have_ended(processes: &[Process], patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    while processes.iter().any(Process::lives) {
        if Instant::now() > deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(2));
    }
    true
}

/// Kills all of these that live.
pub fn kill(processes: &[Process]) {
    for process in processes.iter().filter(|process| process.lives()) {
        process.signal(Signal::KILL);
    }
}

impl Process {
    fn lives(&self) -> bool {
        living(self.id).is_some_and(|process| process.began == self.began)
    }

    /// Sends it a signal. It may have ended before.
    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.id).ok().and_then(Pid::from_raw);
        if let Some(id) = id {
            let _ = kill_process(id, signal);
        }
    }
}

/// The process of this number; `None` when there is none, or it is dead and only waits for its parent to hear of it.
fn living(id: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // Fields 3, 4, 5 and 22; the second is the name in brackets and may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let is_dead = matches!(*fields.first()?, "Z" | "X");
    let process = Process {
        id,
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        began: fields.get(19)?.parse().ok()?,
    };
    (!is_dead).then_some(process)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::path::Path;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn what_runs_in_a_group_of_its_own_belongs_to_who_started_it() {
        if !Path::new("/proc/self/stat").exists() {
            eprintln!("skipped: there is no /proc here");
            return;
        }
        // The one below says when it has a group of its own; the shell waits for its input to end.
        let script = "setsid sh -c 'echo; exec sleep 600' & read line; kill $!";
        let mut shell = Command::new("sh")
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut line = [0];
        std::io::Read::read_exact(shell.stdout.as_mut().unwrap(), &mut line).unwrap();
        let family = family(shell.id()).unwrap();
        assert_eq!(family.len(), 2, "{family:?}");
        let groups: BTreeSet<u32> = family.iter().map(|process| process.group).collect();
        assert_eq!(groups.len(), 2, "{family:?}");
        assert!(!have_ended(&family, Duration::ZERO));
        kill(&family);
        shell.wait().unwrap();
        assert!(have_ended(&family, Duration::from_mins(1)), "{family:?}");
    }
}
