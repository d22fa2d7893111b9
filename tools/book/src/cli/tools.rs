//! The programs that the book's parts need: what each is for, and where each kind of system has it.

use std::env;
use std::path::{Path, PathBuf};

/// What does not work without a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Every command.
    Everything,
    /// Trying what the pages show.
    Trying,
    /// Some of the tests.
    Tests,
}

/// A program, and how to get it.
#[derive(Debug)]
pub(super) struct Tool {
    /// Its name on the PATH; the first that is found of several.
    pub names: &'static [&'static str],
    /// The arguments that make it print its version.
    pub version: &'static [&'static str],
    pub need: Need,
    /// What it is for, to be read after its name.
    pub purpose: &'static str,
    /// What every system gets it with, when that is not its package manager.
    elsewhere: Option<&'static str>,
    apt: &'static str,
    dnf: &'static str,
    pacman: &'static str,
    /// Empty where macOS has it or can have no such thing.
    brew: &'static str,
}

/// Every program that something here starts, other than those that it builds itself.
pub(super) const TOOLS: &[Tool] = &[
    Tool {
        names: &["cargo"],
        version: &["--version"],
        need: Need::Everything,
        purpose: "builds the book and everything in it",
        elsewhere: Some("curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"),
        apt: "",
        dnf: "",
        pacman: "",
        brew: "",
    },
    Tool {
        names: &["cc"],
        version: &["--version"],
        need: Need::Everything,
        purpose: "links what cargo builds",
        elsewhere: None,
        apt: "gcc libc6-dev",
        dnf: "gcc",
        pacman: "gcc",
        brew: "gcc",
    },
    Tool {
        names: &["curl"],
        version: &["--version"],
        need: Need::Trying,
        purpose: "talks to the shop",
        elsewhere: None,
        apt: "curl",
        dnf: "curl",
        pacman: "curl",
        brew: "curl",
    },
    Tool {
        names: &["jq"],
        version: &["--version"],
        need: Need::Tests,
        purpose: "reads JSON in the sessions of the pages",
        elsewhere: None,
        apt: "jq",
        dnf: "jq",
        pacman: "jq",
        brew: "jq",
    },
    Tool {
        names: &["strace"],
        version: &["--version"],
        need: Need::Tests,
        purpose: "cuts the power under a shop that writes (Linux)",
        elsewhere: None,
        apt: "strace",
        dnf: "strace",
        pacman: "strace",
        brew: "",
    },
    Tool {
        names: &["node"],
        version: &["--version"],
        need: Need::Tests,
        purpose: "drives the browser checks",
        elsewhere: None,
        apt: "nodejs",
        dnf: "nodejs",
        pacman: "nodejs",
        brew: "node",
    },
    Tool {
        names: &["npm"],
        version: &["--version"],
        need: Need::Tests,
        purpose: "brings the packages of the browser checks",
        elsewhere: None,
        apt: "npm",
        dnf: "npm",
        pacman: "npm",
        brew: "node",
    },
    Tool {
        names: &[
            "chromium",
            "chromium-browser",
            "google-chrome-stable",
            "google-chrome",
        ],
        version: &["--version"],
        need: Need::Tests,
        purpose: "shows the pages to the browser checks",
        elsewhere: None,
        apt: "chromium",
        dnf: "chromium",
        pacman: "chromium",
        brew: "--cask chromium",
    },
    Tool {
        names: &["python3"],
        version: &["--version"],
        need: Need::Tests,
        purpose: "runs the client made from the contract, and processes of a platform",
        elsewhere: None,
        // Debian parts what makes a virtual environment from the rest.
        apt: "python3-venv",
        dnf: "python3",
        pacman: "python",
        brew: "python3",
    },
    server(
        &["apt-config"],
        &["--version"],
        "reads when a server is to be upgraded",
        ["apt", "", "", ""],
    ),
    server(
        &["cloud-init"],
        &["--version"],
        "reads what a new server is told",
        ["cloud-init", "cloud-init", "cloud-init", ""],
    ),
    server(
        &["nft"],
        &["--version"],
        "reads the firewall of a server",
        ["nftables", "nftables", "nftables", ""],
    ),
    server(
        &["nginx"],
        &["-v"],
        "stands before the shop",
        ["nginx", "nginx", "nginx", "nginx"],
    ),
    server(
        &["openssl"],
        &["version"],
        "makes certificates for the tests",
        ["openssl", "openssl", "openssl", "openssl"],
    ),
    server(
        &["rsync"],
        &["--version"],
        "brings copies of the shop elsewhere",
        ["rsync", "rsync", "rsync", "rsync"],
    ),
    server(
        &["shellcheck"],
        &["--version"],
        "reads the scripts of a server",
        ["shellcheck", "ShellCheck", "shellcheck", "shellcheck"],
    ),
    server(
        &["sshd"],
        &["-V"],
        "reads who may log in to a server",
        ["openssh-server", "openssh-server", "openssh", ""],
    ),
    server(
        &["systemd-analyze"],
        &["--version"],
        "reads the systemd units of a server",
        ["systemd", "systemd", "systemd", ""],
    ),
    Tool {
        // It is a word of cargo's.
        version: &["lambda", "--version"],
        ..pinned(&["cargo-lambda"], "starts functions as AWS Lambda does")
    },
    pinned(&["cfn-lint"], "reads the template of the functions"),
    pinned(&["hadolint"], "reads the Dockerfile"),
    pinned(&["honcho"], "keeps the processes of a platform"),
    pinned(&["moto_server"], "is another DynamoDB than ours"),
    pinned(&["schemathesis"], "is the client made from the contract"),
];

/// What `cargo book fetch` brings, so that nothing else has to have it.
const FETCH: &str = "cargo book fetch";

/// A program of one version, which stands in a file of the tests.
const fn pinned(names: &'static [&'static str], purpose: &'static str) -> Tool {
    Tool {
        names,
        version: &["--version"],
        need: Need::Tests,
        purpose,
        elsewhere: Some(FETCH),
        apt: "",
        dnf: "",
        pacman: "",
        brew: "",
    }
}

/// A program that the tests put before what `infra/` deploys, with its packages for apt, dnf, pacman and brew. Some of them
/// come with a service, which nothing here needs.
const fn server(
    names: &'static [&'static str],
    version: &'static [&'static str],
    purpose: &'static str,
    [apt, dnf, pacman, brew]: [&'static str; 4],
) -> Tool {
    Tool {
        names,
        version,
        need: Need::Tests,
        purpose,
        elsewhere: None,
        apt,
        dnf,
        pacman,
        brew,
    }
}

impl Tool {
    /// The file that would run in the workspace at `root`, and the name under which it was found.
    pub fn find(&self, root: &Path) -> Option<(&'static str, PathBuf)> {
        self.names.iter().find_map(|name| {
            let brought = fetched(root, name).join("bin").join(name);
            let brought = is_executable(&brought).then_some(brought);
            Some((*name, brought.or_else(|| on_path(name))?))
        })
    }

    /// The line to type to get it on this machine.
    pub fn install(&self) -> String {
        if let Some(elsewhere) = self.elsewhere {
            return elsewhere.to_owned();
        }
        match package_manager() {
            Some(manager) if (manager.package)(self).is_empty() => {
                "there is none for this system".to_owned()
            }
            Some(manager) => format!("{} {}", manager.command(), (manager.package)(self)),
            None => format!("install {} as your system does", self.names[0]),
        }
    }
}

/// What to type to get the program `name` here.
pub(super) fn how_to_get(name: &str) -> String {
    match TOOLS.iter().find(|tool| tool.names.contains(&name)) {
        Some(tool) => tool.install(),
        None => "cargo book doctor".to_owned(),
    }
}

/// The folder of a program that `cargo book fetch` brings into the workspace at `root`.
pub(super) fn fetched(root: &Path, name: &str) -> PathBuf {
    root.join("target/tools").join(name)
}

/// The first executable file of this name on the PATH, or in the `sbin` beside a folder of it: not everybody's path
/// has what Debian keeps for root.
pub(super) fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .filter(|folder| !folder.as_os_str().is_empty())
        .flat_map(|folder| {
            let beside = folder.with_file_name("sbin");
            [folder, beside]
        })
        .map(|folder| folder.join(name))
        .find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

struct PackageManager {
    program: &'static str,
    arguments: &'static str,
    as_root: bool,
    package: fn(&Tool) -> &'static str,
}

const PACKAGE_MANAGERS: &[PackageManager] = &[
    PackageManager {
        program: "apt-get",
        arguments: "install",
        as_root: true,
        package: |tool| tool.apt,
    },
    PackageManager {
        program: "dnf",
        arguments: "install",
        as_root: true,
        package: |tool| tool.dnf,
    },
    PackageManager {
        program: "pacman",
        arguments: "-S",
        as_root: true,
        package: |tool| tool.pacman,
    },
    PackageManager {
        program: "brew",
        arguments: "install",
        as_root: false,
        package: |tool| tool.brew,
    },
];

impl PackageManager {
    fn command(&self) -> String {
        let sudo = self.as_root && !rustix::process::geteuid().is_root();
        let sudo = if sudo { "sudo " } else { "" };
        format!("{sudo}{} {}", self.program, self.arguments)
    }
}

fn package_manager() -> Option<&'static PackageManager> {
    PACKAGE_MANAGERS
        .iter()
        .find(|manager| on_path(manager.program).is_some())
}
