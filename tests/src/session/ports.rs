//! Free ports behind the ports that a page shows.
//!
//! A page says `http://127.0.0.1:8080`, as its reader will type it. Pages are run side by side, on machines
//! where 8080 is taken; so each port of a page stands for a free one, which is put into what is typed and taken out of
//! what is printed. The free one has as many digits, so that no column and no `Content-Length` changes.

use std::fs::{self, File, OpenOptions};
use std::net::TcpListener;
use std::sync::LazyLock;

use anyhow::{Context, Result, bail};
use regex::{Captures, Regex};

use super::lambda;

/// The port that programs of the book listen on if they are not told another.
pub const DEFAULT: u16 = 8080;

/// Where a port may stand in what is typed.
static TYPED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?<before>(?:127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1\])[: /]|\bPORT=|--(?:invoke-)?port[= ])(?<port>[1-9][0-9]{1,4})\b")
        .expect("a valid pattern")
});

/// Where a port may stand in what is printed.
static PRINTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?<before>(?:127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1?\])[: /]|\b(?i:port)[ =:"]{1,3})(?<port>[1-9][0-9]{1,4})\b"#)
        .expect("a valid pattern")
});

/// The ports of a page, held against other pages until dropped.
#[derive(Debug)]
pub struct Ports {
    held: Vec<Held>,
}

#[derive(Debug)]
struct Held {
    shown: u16,
    real: u16,
    /// Locked as long as it is open.
    _lock: File,
}

impl Ports {
    /// Takes a free port for each port that is typed in `commands`, for [`DEFAULT`], and for that of `cargo lambda` where it is called.
    ///
    /// # Errors
    ///
    /// When no lock can be made, or no port is free.
    pub fn hold<'a>(commands: impl Iterator<Item = &'a str>) -> Result<Self> {
        let mut shown = vec![DEFAULT];
        for text in commands {
            for found in TYPED.captures_iter(text) {
                shown.extend(found["port"].parse::<u16>());
            }
            if text.contains("cargo lambda") {
                shown.push(lambda::PORT);
            }
        }
        shown.sort_unstable();
        shown.dedup();
        let mut held: Vec<Held> = Vec::new();
        for &port in &shown {
            held.push(take(port, &shown)?);
        }
        Ok(Self { held })
    }

    /// The real port behind a port of the page.
    #[must_use]
    pub fn real(&self, shown: u16) -> u16 {
        self.held
            .iter()
            .find(|held| held.shown == shown)
            .map_or(shown, |held| held.real)
    }

    /// What is typed, with the real ports.
    #[must_use]
    pub fn to_real(&self, typed: &str) -> String {
        self.replace(&TYPED, typed, |held| (held.shown, held.real))
    }

    /// What was printed, with the ports of the page.
    #[must_use]
    pub fn to_shown(&self, printed: &str) -> String {
        self.replace(&PRINTED, printed, |held| (held.real, held.shown))
    }

    fn replace(&self, pattern: &Regex, text: &str, pair: impl Fn(&Held) -> (u16, u16)) -> String {
        let replaced = pattern.replace_all(text, |found: &Captures| {
            let port =
                self.held.iter().map(&pair).find_map(|(from, to)| {
                    (found["port"] == from.to_string()).then(|| to.to_string())
                });
            format!(
                "{}{}",
                &found["before"],
                port.as_deref().unwrap_or(&found["port"])
            )
        });
        replaced.into_owned()
    }
}

/// A free port with as many digits as `shown`, below the range from which the system gives ports to clients.
fn take(shown: u16, all: &[u16]) -> Result<Held> {
    let range = if shown < 10_000 {
        4_000..10_000
    } else {
        10_000..32_000
    };
    let user = rustix::process::getuid().as_raw();
    let folder = std::env::temp_dir().join(format!("less-to-run-ports-{user}"));
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for _ in 0..1_000 {
        let real = fastrand::u16(range.clone());
        if all.contains(&real) {
            continue;
        }
        let path = folder.join(real.to_string());
        let lock = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("{} cannot be opened", path.display()))?;
        if lock.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", real)).is_ok() {
            return Ok(Held {
                shown,
                real,
                _lock: lock,
            });
        }
    }
    bail!("no port from {} to {} is free", range.start, range.end - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_port_of_a_page_stands_for_a_free_one_of_the_same_length() {
        let typed =
            "PORT=8081 x & curl localhost:8080 127.0.0.1:8081/8081 -d 8081 && x --port 18080";
        let ports = Ports::hold([typed, "PORT=0 y"].into_iter()).unwrap();
        let (a, b, c) = (ports.real(8080), ports.real(8081), ports.real(18_080));
        assert!(
            (4_000..10_000).contains(&a)
                && (4_000..10_000).contains(&b)
                && (10_000..32_000).contains(&c)
        );
        assert!(a != b && a != 8080 && b != 8081);
        assert_eq!(
            ports.to_real(typed),
            format!("PORT={b} x & curl localhost:{a} 127.0.0.1:{b}/8081 -d 8081 && x --port {c}")
        );
        assert_eq!(ports.real(0), 0);
        let printed = format!("listening on http://127.0.0.1:{a}, port {b} is taken, amount: {a}");
        assert_eq!(
            ports.to_shown(&printed),
            format!("listening on http://127.0.0.1:8080, port 8081 is taken, amount: {a}")
        );
    }

    #[test]
    fn the_port_of_cargo_lambda_is_a_free_one_too() {
        let ports = Ports::hold(["cargo lambda watch --invoke-port 9001"].into_iter()).unwrap();
        let (default, told) = (ports.real(9000), ports.real(9001));
        assert!(default != 9000 && told != 9001);
        assert_eq!(
            ports.to_real("x --invoke-port 9001"),
            format!("x --invoke-port {told}")
        );
        assert_eq!(
            ports.to_shown(&format!("addr=[::]:{default}")),
            "addr=[::]:9000"
        );
        let others = Ports::hold(["cargo run"].into_iter()).unwrap();
        assert_eq!(others.real(9000), 9000);
    }

    #[test]
    fn two_pages_never_hold_the_same_port() {
        let pages: Vec<_> = (0..40)
            .map(|_| Ports::hold(["PORT=8081"].into_iter()).unwrap())
            .collect();
        let mut real: Vec<_> = pages
            .iter()
            .flat_map(|page| [page.real(8080), page.real(8081)])
            .collect();
        real.sort_unstable();
        real.dedup();
        assert_eq!(real.len(), 80);
    }
}
