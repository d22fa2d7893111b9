//! Running other programs: cargo, npm, and the programs of the tests package.

use std::cell::Cell;
use std::ffi::OsString;
use std::io::{self, ErrorKind, IsTerminal, PipeReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use futures_util::{StreamExt, TryStreamExt, stream};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::unix::pipe;
use tokio::process::Child;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use super::{WrongUse, tools};
use crate::processes::{self, Process};
use crate::workspace::Workspace;

/// How long a program that was told to end may tidy up, before what it has started is killed.
const TIDIES_UP: Duration = Duration::from_secs(20);

/// The cargo that runs this program, or else the one on the PATH, at work in the workspace.
pub(super) fn cargo(workspace: &Workspace) -> Command {
    let mut cargo = crate::cargo::command();
    cargo.current_dir(workspace.root());
    cargo
}

/// A program of the tests package, which stays out of the build of this one. It runs in the folder in
/// which the user is, because that is what relative paths in its arguments mean.
pub(super) fn program(workspace: &Workspace, name: &str) -> Command {
    let mut cargo = crate::cargo::command();
    cargo
        .args(["run", "--quiet", "--manifest-path"])
        .arg(workspace.root().join("Cargo.toml"))
        .args(["--package", "less-to-run-tests", "--bin", name, "--"])
        .env("BOOK_ROOT", workspace.root());
    cargo
}

/// Becomes the program `name` of the tests package, with these arguments.
pub(super) fn delegate(
    workspace: &Workspace,
    name: &str,
    arguments: Vec<OsString>,
) -> Result<ExitCode> {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let built = workspace.root().join(target).join("debug").join(name);
    // For people: whoever reads it through a pipe can wait.
    if !built.exists() && io::stderr().is_terminal() {
        eprintln!("The programs of the tests are built first, which takes a few minutes.");
    }
    let mut command = program(workspace, name);
    command.args(arguments);
    Err(become_program(command))
}

/// Replaces this process by `command`, so that Ctrl-C and the exit status are between the user and that
/// program, and nothing of ours is left behind. Returns only when that cannot be done.
pub(super) fn become_program(mut command: Command) -> anyhow::Error {
    let error = command.exec();
    not_started(&command, error)
}

/// Runs `command` to its end without an input.
///
/// It gets a process group of its own, and SIGINT and SIGTERM go on to all of that, whether they come from
/// the terminal or were sent to this process alone. With `each_line`, its standard output comes through that
/// instead of going to the terminal.
pub(super) fn finish(
    mut command: Command,
    each_line: Option<&mut dyn FnMut(&str)>,
) -> Result<ExitStatus> {
    let mut output = None;
    if each_line.is_some() {
        let (reader, writer) = io::pipe()?;
        command.stdout(writer);
        output = Some(reader);
    }
    runtime()?.block_on(run(command, output.zip(each_line)))
}

/// Runs `commands` to their ends as [`finish`] does, but `most` at a time. What one prints, also as an error, comes
/// through `each_line` with its place among the commands, and how it has ended through `each_end`. When somebody
/// has stopped one, none is started any more; it says whether that was so.
pub(super) fn finish_all(
    commands: Vec<Command>,
    most: usize,
    each_line: impl Fn(usize, &str),
    each_end: impl Fn(usize, ExitStatus),
) -> Result<bool> {
    let is_stopped = Cell::new(false);
    let ends = stream::iter(commands.into_iter().enumerate())
        .map(|(place, mut command)| {
            let (is_stopped, each_line, each_end) = (&is_stopped, &each_line, &each_end);
            async move {
                if is_stopped.get() {
                    return anyhow::Ok(());
                }
                let (reader, writer) = io::pipe()?;
                command.stdout(writer.try_clone()?).stderr(writer);
                let mut each_line = |line: &str| each_line(place, line);
                let status = run(command, Some((reader, &mut each_line))).await?;
                is_stopped.set(is_stopped.get() || stopped(status));
                each_end(place, status);
                Ok(())
            }
        })
        .buffer_unordered(most);
    runtime()?.block_on(ends.try_collect::<()>())?;
    Ok(is_stopped.get())
}

fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// The end at which an output comes out, and what takes each of its lines.
type Followed<'a> = (PipeReader, &'a mut dyn FnMut(&str));

async fn run(mut command: Command, output: Option<Followed<'_>>) -> Result<ExitStatus> {
    command.stdin(Stdio::null()).process_group(0);
    let mut command = tokio::process::Command::from(command);
    let mut child = command
        .spawn()
        .map_err(|error| not_started(command.as_std(), error))?;
    // It holds the other end of the output, which would have no end then.
    drop(command);
    let (status, ()) = tokio::try_join!(wait(&mut child), lines(output))?;
    Ok(status)
}

/// Waits for the child's end and hands on the signals that come meanwhile. What tests have started in groups of their own
/// hears of none, and when those who would have ended it are stopped it is ended here.
async fn wait(child: &mut Child) -> Result<ExitStatus> {
    let first = child.id().context("a process without an id")?;
    let group = i32::try_from(first).ok().and_then(Pid::from_raw);
    let group = group.context("a process without an id")?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut below = Vec::new();
    let status = loop {
        let received = tokio::select! {
            status = child.wait() => break status?,
            _ = interrupt.recv() => Signal::INT,
            _ = terminate.recv() => Signal::TERM,
        };
        below.extend(processes::family(first).unwrap_or_default());
        // The group may have ended in this moment; then the next turn sees it.
        let _ = kill_process_group(group, received);
    };
    let (told, others): (Vec<Process>, Vec<Process>) = below
        .into_iter()
        .partition(|process| process.group == first);
    // What runs beside it goes on meanwhile.
    tokio::task::spawn_blocking(move || processes::have_ended(&told, TIDIES_UP)).await?;
    processes::kill(&others);
    Ok(status)
}

async fn lines(output: Option<Followed<'_>>) -> Result<()> {
    let Some((output, each_line)) = output else {
        return Ok(());
    };
    let output = pipe::Receiver::from_owned_fd(output.into())?;
    let mut lines = BufReader::new(output).split(b'\n');
    while let Some(line) = lines.next_segment().await? {
        each_line(&String::from_utf8_lossy(&line));
    }
    Ok(())
}

/// The exit status that says what `status` says: 128 and the signal's number when a signal ended the
/// program, as in a shell.
pub(super) fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .and_then(|code| u8::try_from(code).ok());
    ExitCode::from(code.unwrap_or(1))
}

/// Whether somebody has stopped the program, with Ctrl-C for example, who then wants no other one in its place.
pub(super) fn stopped(status: ExitStatus) -> bool {
    [Signal::INT, Signal::TERM]
        .iter()
        .any(|signal| status.signal() == Some(signal.as_raw()))
}

fn not_started(command: &Command, error: io::Error) -> anyhow::Error {
    let program = Path::new(command.get_program());
    let name = program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy();
    if error.kind() == ErrorKind::NotFound {
        let hint = tools::how_to_get(&name);
        return WrongUse(format!(
            "{name} is not on this machine; to install it: {hint}"
        ))
        .into();
    }
    anyhow!(error).context(format!("{name} cannot be started"))
}
