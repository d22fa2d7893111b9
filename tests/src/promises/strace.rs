//! What a program asks of the kernel, as `strace` tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::programs::left_out;

/// The calls that change what is on the disk, or tell somebody about it.
const CALLS: &str = "open,openat,creat,close,read,lseek,dup,dup2,dup3,fcntl,write,pwrite64,writev,pwritev,\
pwritev2,fsync,fdatasync,sync,syncfs,sync_file_range,ftruncate,truncate,fallocate,rename,renameat,renameat2,unlink,unlinkat,rmdir,\
mkdir,mkdirat,link,linkat,symlink,symlinkat,sendto,sendmsg,sendfile,copy_file_range,mmap,execve";

/// One call to the kernel that returned.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// `fsync`.
    pub name: String,
    /// The thread that made it.
    pub thread: u32,
    /// The number of the log's line where it began, and where it had returned.
    pub begun: usize,
    /// See `begun`.
    pub ended: usize,
    /// The file descriptor that it was about, with what stands behind that.
    pub descriptor: Option<(i32, String)>,
    /// Its strings: paths, or what was written.
    pub strings: Vec<Vec<u8>>,
    /// All arguments, as they stand in the log.
    pub arguments: String,
    /// What it returned; -1 for an error.
    pub returned: i64,
    /// The path behind the descriptor that it returned.
    pub opened: Option<String>,
    /// Whether strace returned a value of its own, and the kernel did nothing.
    pub injected: bool,
}

impl Call {
    /// Whether it changes something below `root` that may be relied on after a power cut, or makes a change there last.
    #[must_use]
    pub fn changes(&self, root: &Path) -> bool {
        const CHANGES: [&str; 12] = [
            "write",
            "writev",
            "pwrite64",
            "pwritev",
            "fsync",
            "fdatasync",
            "ftruncate",
            "truncate",
            "unlink",
            "unlinkat",
            "rename",
            "renameat",
        ];
        let path = if let Some((_, path)) = &self.descriptor {
            path.clone()
        } else {
            let first = self.strings.first().map_or(&[][..], Vec::as_slice);
            String::from_utf8_lossy(first).into_owned()
        };
        CHANGES.contains(&self.name.as_str())
            && Path::new(&path).starts_with(root)
            && !path.ends_with("-shm")
    }
}

/// The words that trace the program that follows them, into `log`; `inject` is for faults, as strace's `-e inject=` has it.
#[must_use]
pub fn wrapper(log: &Path, inject: Option<&str>) -> Vec<String> {
    let mut words = wrapper_of(CALLS, log);
    if let Some(inject) = inject {
        let at = words.len() - 1;
        words.splice(at..at, ["-e".to_owned(), format!("inject={inject}")]);
    }
    words
}

/// The words that trace the program that follows them, and all that it starts, into `log`: whatever it does by the name of a file.
#[must_use]
pub fn wrapper_for_files(log: &Path) -> Vec<String> {
    wrapper_of("%file,io_uring_setup", log)
}

fn wrapper_of(calls: &str, log: &Path) -> Vec<String> {
    let log = log.display().to_string();
    let trace = format!("trace={calls}");
    let words = [
        "strace",
        "-f",
        "-y",
        "-xx",
        "-s",
        "1000000",
        "-e",
        "signal=none",
        "-o",
        &log,
        "-e",
        &trace,
        "--",
    ];
    words.into_iter().map(str::to_owned).collect()
}

/// Why nothing can be traced here, if so, and what to do about it.
///
/// # Errors
///
/// When it is so and `BOOK_REQUIRE_ALL=1` asks for everything.
pub fn missing() -> Result<Option<String>> {
    let tried = Command::new("strace")
        .args(["-f", "-o", "/dev/null", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let why = match tried {
        Ok(status) if status.success() => return Ok(None),
        Ok(_) => "strace may not trace here",
        Err(_) => "strace is missing (`sudo apt install strace` on Debian and Ubuntu)",
    };
    left_out(why)?;
    Ok(Some(why.to_owned()))
}

/// Reads a log's file whose first line is to have the number `first`, because others came before it.
///
/// # Errors
///
/// As [`read`], and when there is no such file.
pub fn read_file(log: &Path, first: usize) -> Result<Vec<Call>> {
    let log = fs::read_to_string(log).context("strace's log cannot be read")?;
    let mut calls = read(&log)?;
    for call in &mut calls {
        call.begun += first;
        call.ended += first;
    }
    Ok(calls)
}

/// Reads the log that [`wrapper_for_files`] had written, with what other programs did that it started.
///
/// # Errors
///
/// As [`read`], and when there is no such file.
pub fn read_files(log: &Path) -> Result<Vec<Call>> {
    read_all(&fs::read_to_string(log).context("strace's log cannot be read")?)
}

/// Reads a log that [`wrapper`] had written. A call that never returned is left out.
///
/// # Errors
///
/// When a line is not understood, or a string was cut.
pub fn read(log: &str) -> Result<Vec<Call>> {
    Ok(of_the_program(read_all(log)?))
}

fn read_all(log: &str) -> Result<Vec<Call>> {
    let mut calls = Vec::new();
    let mut unfinished: BTreeMap<u32, (usize, String)> = BTreeMap::new();
    for (number, line) in log.lines().enumerate() {
        let (thread, rest) = line.split_once(' ').unwrap_or((line, ""));
        let thread = thread
            .parse()
            .with_context(|| format!("line {} of the log", number + 1))?;
        let rest = rest.trim_start();
        let whole;
        let (begun, text) = if let Some((begin, _)) = rest.split_once(" <unfinished ...>") {
            unfinished.insert(thread, (number, begin.to_owned()));
            continue;
        } else if let Some(resumed) = rest.strip_prefix("<... ") {
            let Some((at, beginning)) = unfinished.remove(&thread) else {
                continue;
            };
            let (_, end) = resumed.split_once(" resumed>").unwrap_or_default();
            whole = format!("{beginning}{end}");
            (at, whole.as_str())
        } else {
            (number, rest)
        };
        // The end of a thread, a signal, or a call in which strace left the thread or found it dying.
        if ["+++", "---", "???"]
            .iter()
            .any(|mark| text.starts_with(mark))
            || text.ends_with("<detached ...>")
        {
            continue;
        }
        let call = Call {
            thread,
            begun,
            ended: number,
            ..Call::default()
        };
        let parsed = parse(text, call)
            .with_context(|| format!("line {} of the log, {line:.200}", number + 1))?;
        calls.extend(parsed);
    }
    calls.sort_by_key(|call| call.ended);
    Ok(calls)
}

/// Without what other programs did that it started: their descriptors are not its own.
fn of_the_program(calls: Vec<Call>) -> Vec<Call> {
    let begins = |call: &&Call| call.name == "execve" && call.returned == 0;
    let mut begun = calls.iter().filter(begins).map(|call| call.thread);
    let itself = begun.next();
    let others: BTreeSet<u32> = begun.filter(|thread| Some(*thread) != itself).collect();
    let ours = |call: &Call| call.name != "execve" && !others.contains(&call.thread);
    calls.into_iter().filter(ours).collect()
}

/// Reads `name(arguments) = value`; nothing when the call did not return.
fn parse(text: &str, mut call: Call) -> Result<Option<Call>> {
    let (name, rest) = text.split_once('(').context("no call")?;
    let (arguments, value) = rest.rsplit_once(" = ").context("no value")?;
    let arguments = arguments
        .trim_end()
        .strip_suffix(')')
        .context("no end of the arguments")?;
    if arguments.contains("\"...") {
        bail!("a string was cut: raise strace's -s");
    }
    let number: String = value
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '-')
        .collect();
    let Ok(returned) = number.parse() else {
        return Ok(None); // `= ?`
    };
    name.clone_into(&mut call.name);
    call.returned = returned;
    call.injected = value.ends_with("(INJECTED)");
    call.opened = bracketed(value);
    let first = arguments.split(", ").next().unwrap_or_default();
    let descriptor = first
        .split('<')
        .next()
        .and_then(|number| number.parse().ok());
    call.descriptor = descriptor.zip(bracketed(first));
    let strings = arguments.split('"').skip(1).step_by(2).map(unhex);
    call.strings = strings.collect::<Result<_>>()?;
    arguments.clone_into(&mut call.arguments);
    Ok(Some(call))
}

/// The path in `3<\x2f\x74>`.
#[must_use]
pub fn bracketed(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('<')?;
    let path = rest.split(['>', '(']).next()?;
    let bytes = unhex(path).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads `\x2f\x74`; text without any escape is itself.
fn unhex(text: &str) -> Result<Vec<u8>> {
    if !text.starts_with("\\x") {
        return Ok(text.as_bytes().to_vec());
    }
    let bytes = text
        .split("\\x")
        .skip(1)
        .map(|digits| u8::from_str_radix(digits, 16));
    bytes
        .collect::<Result<_, _>>()
        .with_context(|| format!("{text:?} is not hexadecimal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_read_and_halves_are_put_together() {
        let log = r#"7 openat(AT_FDCWD<\x2f>, "\x2f\x61", O_RDWR|O_CREAT|O_APPEND|O_CLOEXEC, 0666) = 5<\x2f\x61>
8 fsync(5<\x2f\x61> <unfinished ...>
7 write(5<\x2f\x61>, "\x68\x69", 2) = 2
8 <... fsync resumed>)              = 0
7 fdatasync(5<\x2f\x61>) = -1 EIO (Input/output error) (INJECTED)
7 writev(6<\x73\x6f\x63\x6b\x65\x74\x3a\x5b\x39\x5d>, [{iov_base="\x61", iov_len=1}, {iov_base="\x62", iov_len=1}], 2) = 2
7 read(5<\x2f\x61>,  <unfinished ...>
7 +++ killed by SIGKILL +++
9 ???( <detached ...>
9 fsync(5<\x2f\x61> <detached ...>
10 exit_group(0) = ?
"#;
        let calls = read(log).unwrap();
        let names: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
        assert_eq!(names, ["openat", "write", "fsync", "fdatasync", "writev"]);
        assert_eq!(calls[0].opened.as_deref(), Some("/a"));
        assert_eq!(calls[1].strings, [b"hi"]);
        assert_eq!((calls[2].begun, calls[2].ended), (1, 3));
        assert_eq!(calls[2].descriptor, Some((5, "/a".to_owned())));
        assert_eq!((calls[3].returned, calls[3].injected), (-1, true));
        assert_eq!(calls[4].strings.concat(), b"ab");
        assert_eq!(calls[4].descriptor, Some((6, "socket:[9]".to_owned())));
    }

    #[test]
    fn what_another_program_does_is_left_out() {
        let log = r#"7 execve("\x2f\x61", ["\x61"], 0x7ffd /* 3 vars */) = 0
7 close(5<\x2f\x61>) = 0
8 close(4<\x2f\x61>) = 0
9 close(3<\x2f\x61>) = 0
9 execve("\x2f\x62", ["\x62"], 0x7ffd /* 3 vars */) = -1 ENOENT (No such file or directory)
9 execve("\x2f\x63", ["\x62"], 0x7ffd /* 3 vars */) = 0
9 close(5<\x2f\x61>) = 0
"#;
        let calls = read(log).unwrap();
        let threads: Vec<u32> = calls.iter().map(|call| call.thread).collect();
        assert_eq!(threads, [7, 8]);
    }

    #[test]
    fn a_cut_string_is_an_error() {
        assert!(read("7 write(5<\\x2f>, \"\\x68\"..., 2) = 2\n").is_err());
    }
}
