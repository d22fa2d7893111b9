//! How a machine is named: by what makes a figure faster or slower, never by its name or its user's.

use std::fs;
use std::path::Path;
use std::thread;

/// `AMD EPYC 7B13, 2 cores, 24 GiB, Linux 6.1.0, ext4`: the processor, its cores as the system counts them, the memory,
/// the kernel, and the file system that `root` is on. What the system does not tell is left out.
#[must_use]
pub fn machine(root: &Path) -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let parts = [
        Some(processor().unwrap_or_else(|| format!("{} processor", std::env::consts::ARCH))),
        Some(format!(
            "{cores} {}",
            if cores == 1 { "core" } else { "cores" }
        )),
        memory(),
        Some(kernel()),
        file_system(root),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// How many processes wanted a core in the last minute, on average; `None` where the system does not tell.
#[must_use]
pub fn load_average() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').next()?.parse().ok()
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    let name = line
        .split_once(':')?
        .1
        .replace("(R)", "")
        .replace("(TM)", "");
    let name = name.split('@').next()?;
    Some(
        name.split_whitespace()
            .filter(|&word| word != "CPU")
            .collect::<Vec<_>>()
            .join(" "),
    )
}

fn memory() -> Option<String> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    let gib = (kib + (1 << 19)) >> 20;
    Some(if gib == 0 {
        format!("{} MiB", kib >> 10)
    } else {
        format!("{gib} GiB")
    })
}

fn kernel() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let number: String = release
        .chars()
        .take_while(|sign| sign.is_ascii_digit() || *sign == '.')
        .collect();
    let name = match std::env::consts::OS {
        "linux" => "Linux",
        "macos" => "macOS",
        other => other,
    };
    format!("{name} {}", number.trim_end_matches('.'))
        .trim_end()
        .to_owned()
}

fn file_system(root: &Path) -> Option<String> {
    let root = root.canonicalize().ok()?;
    let text = fs::read_to_string("/proc/self/mounts").ok()?;
    text.lines()
        .filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            Some((words.next()?, words.next()?))
        })
        .filter(|(place, _)| root.starts_with(place))
        .max_by_key(|(place, _)| place.len())
        .map(|(_, kind)| kind.to_owned())
}
