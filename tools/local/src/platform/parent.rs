//! A process that goes when its parent goes, even if that is killed.

use std::ffi::OsString;
use std::os::unix::process::{CommandExt, parent_id};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// A command that becomes `words` by way of [`keep`]. The kernel sends the signal when the
/// thread is gone that has started it, so that has to be one that stays: the main thread.
pub fn kept(words: &[OsString]) -> Command {
    if cfg!(target_os = "linux") {
        // This program, though cargo may have put another one in its place since.
        let mut command = Command::new("/proc/self/exe");
        command.args(["keep", &std::process::id().to_string(), "--"]);
        command.args(words);
        command
    } else {
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        command
    }
}

/// Becomes the program `words`, which is told to stop (SIGTERM) when `parent` is gone.
///
/// # Errors
///
/// When that is the case already, or there is no such program.
pub fn keep(parent: u32, words: &[OsString]) -> Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))?;
    ensure!(parent_id() == parent, "the platform is gone");
    let (program, rest) = words.split_first().context("no program")?;
    let error = Command::new(program).args(rest).exec();
    Err(error).with_context(|| program.display().to_string())
}
