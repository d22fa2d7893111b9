//! The real nginx with the file that is deployed, before any shop.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::TempDir;

use super::{accepted, program, virtual_server};
use crate::promises::Shop;
use crate::promises::tls::Trust;

/// How long nginx may take to come up, and to end. It takes a moment; this is there so that nothing hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running nginx. It ends when this is dropped.
#[derive(Debug)]
pub struct Front {
    nginx: Child,
    folder: TempDir,
    plain: SocketAddr,
    encrypted: SocketAddr,
    trust: Trust,
}

impl Front {
    /// Starts nginx before the shop at `address`; `None` where there is no nginx.
    ///
    /// # Errors
    ///
    /// When it does not come up, with what it wrote; or when it is missing and `BOOK_REQUIRE_ALL=1`.
    pub fn before(address: SocketAddr) -> Result<Option<Self>> {
        let (Some(nginx), Some(_)) = (program("nginx")?, program("openssl")?) else {
            return Ok(None);
        };
        // Between the choice of a port and its use, somebody else may have taken it.
        let mut last = None;
        for _ in 0..5 {
            match Self::start(&nginx, address) {
                Ok(front) => return Ok(Some(front)),
                Err(error) => last = Some(error),
            }
        }
        Err(last.context("nginx was not tried")?)
    }

    /// The shop, for customers that believe its certificate.
    ///
    /// # Errors
    ///
    /// Never, since the address is one.
    pub fn shop(&self) -> Result<Shop> {
        Ok(Shop::at(&format!("https://{}", self.encrypted))?.trusting(&self.trust))
    }

    /// Where it speaks without TLS.
    ///
    /// # Errors
    ///
    /// As [`Front::shop`].
    pub fn plain(&self) -> Result<Shop> {
        Shop::at(&format!("http://{}", self.plain))
    }

    /// Where it speaks TLS.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.encrypted
    }

    /// The file with the certificate that it shows.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("fullchain.pem")
    }

    /// The certificate that it shows.
    #[must_use]
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The folder that is `/var/www/acme` on the machine.
    #[must_use]
    pub fn acme(&self) -> PathBuf {
        self.folder.path().join("acme")
    }

    fn start(nginx: &Path, shop: SocketAddr) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("nginx-").tempdir()?;
        // Started by root, its workers are somebody else.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        fs::create_dir(folder.path().join("acme"))?;
        let trust = certificate(folder.path())?;
        let (plain, encrypted) = (free_port()?, free_port()?);
        let file = virtual_server().join("nginx.conf");
        let text = fs::read_to_string(&file)
            .with_context(|| format!("{} cannot be read", file.display()))?;
        let text = at_home(&text, folder.path(), plain, encrypted, shop)?;
        let file = folder.path().join("nginx.conf");
        fs::write(&file, text)?;
        let nginx = Command::new(nginx)
            .args(["-g", "daemon off;", "-p"])
            .arg(folder.path())
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("nginx cannot be started")?;
        let mut front = Self {
            nginx,
            folder,
            plain,
            encrypted,
            trust,
        };
        front.await_it()?;
        Ok(front)
    }

    fn await_it(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let shop = self.shop()?;
        loop {
            let ended = self.nginx.try_wait()?;
            // A stranger at this port has another certificate.
            if ended.is_none() && shop.open(Duration::from_secs(1)).is_ok() {
                return Ok(());
            }
            if ended.is_some() || Instant::now() > deadline {
                let log = fs::read_to_string(self.folder.path().join("error.log"));
                bail!("nginx did not come up: {}", log.unwrap_or_default().trim());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        let pid = Pid::from_child(&self.nginx);
        // The master ends its workers, if it is asked and not killed.
        let _ = kill_process(pid, Signal::TERM);
        let deadline = Instant::now() + PATIENCE;
        while matches!(self.nginx.try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        let _ = kill_process_group(pid, Signal::KILL);
        let _ = self.nginx.wait();
    }
}

/// The deployed file with the ports and paths of this test, and nothing else of it changed.
///
/// # Errors
///
/// When something that is replaced is not there (any more).
pub fn at_home(
    text: &str,
    folder: &Path,
    plain: SocketAddr,
    encrypted: SocketAddr,
    shop: SocketAddr,
) -> Result<String> {
    let here = folder.display();
    let temporary: Vec<String> = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("    {name}_temp_path {here}/{name};\n"))
        .into();
    let replaced = [
        ("/etc/ssl/shop/", format!("{here}/")),
        ("/var/log/nginx/", format!("{here}/")),
        ("/run/nginx.pid", format!("{here}/nginx.pid")),
        ("/var/www/acme", format!("{here}/acme")),
        ("        listen [::]:80;\n", String::new()),
        ("        listen [::]:443 ssl;\n", String::new()),
        ("listen 80;", format!("listen {plain};")),
        ("listen 443 ssl;", format!("listen {encrypted} ssl;")),
        ("http://127.0.0.1:8080;", format!("http://{shop};")),
        // Where nginx was told to keep what it receives when it was built, only root may write.
        ("http {\n", format!("http {{\n{}", temporary.concat())),
    ];
    let mut text = text.to_owned();
    for (from, to) in replaced {
        ensure!(
            text.contains(from),
            "nginx.conf has no {from:?}, which a test replaces"
        );
        text = text.replace(from, &to);
    }
    Ok(text)
}

/// Makes a certificate for 127.0.0.1 in `folder`, which nobody vouches for but it itself.
///
/// # Errors
///
/// When openssl fails, with what it said.
pub fn certificate(folder: &Path) -> Result<Trust> {
    let file = folder.join("fullchain.pem");
    let mut openssl = Command::new("openssl");
    openssl
        .args(["req", "-x509", "-nodes", "-days", "1", "-subj", "/CN=shop"])
        .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1"])
        // It is no authority, and rustls would not take one for a server.
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(folder.join("privkey.pem"))
        .arg("-out")
        .arg(&file);
    accepted(&mut openssl)?;
    Trust::from_pem(&fs::read(file)?)
}

fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
