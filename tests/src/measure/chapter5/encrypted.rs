//! A database that is called as AWS's is: by TLS, with a certificate that others vouch for.

use std::fs;
use std::io::{BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use anyhow::{Context, Result};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::function::now;
use crate::infra::accepted;
use crate::measure::message::Message;

/// TLS before a database. It goes on until the program ends.
#[derive(Debug)]
pub struct Encrypted {
    /// `https://localhost:PORT`.
    pub url: String,
    /// The file with the certificate of the authority.
    pub authority: PathBuf,
    seen: Receiver<Seen>,
}

/// When the first call of a connection was how far, in milliseconds of the machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// The connection is there.
    pub connected: f64,
    /// It is encrypted, and a request has come.
    pub asked: f64,
}

impl Encrypted {
    /// Opens it on a free port before the database at `127.0.0.1:PORT`. Its certificates lie in `folder`.
    ///
    /// # Errors
    ///
    /// When there is no openssl that makes them.
    pub fn before(database: &str, folder: &Path) -> Result<Self> {
        let config = Arc::new(certificates(folder)?);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let url = format!("https://localhost:{}", listener.local_addr()?.port());
        let (see, seen) = mpsc::channel();
        let database = database.to_owned();
        thread::spawn(move || {
            for shop in listener.incoming().flatten() {
                let (database, config, see) = (database.clone(), Arc::clone(&config), see.clone());
                thread::spawn(move || hand_on(shop, config, &database, &see));
            }
        });
        let authority = folder.join("authority.pem");
        Ok(Self {
            url,
            authority,
            seen,
        })
    }

    /// The connections since this was asked last.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.try_iter().collect()
    }
}

fn hand_on(
    shop: TcpStream,
    config: Arc<ServerConfig>,
    database: &str,
    see: &Sender<Seen>,
) -> Result<()> {
    let connected = now();
    shop.set_nodelay(true)?;
    let tls = StreamOwned::new(ServerConnection::new(config)?, shop);
    let mut shop = BufReader::new(tls);
    let database = TcpStream::connect(database)?;
    database.set_nodelay(true)?;
    let mut database = BufReader::new(database);
    let mut is_first = true;
    while let Some(request) = Message::read(&mut shop)? {
        if std::mem::take(&mut is_first) {
            let asked = now();
            see.send(Seen { connected, asked })?;
        }
        database.get_mut().write_all(&request.bytes())?;
        let answer = Message::read(&mut database)?.context("no answer")?;
        shop.get_mut().write_all(&answer.bytes())?;
        shop.get_mut().flush()?;
    }
    Ok(())
}

/// An authority, another one that it vouches for, and a certificate of that one: as many as AWS sends and a client checks.
fn certificates(folder: &Path) -> Result<ServerConfig> {
    for (name, issuer, options) in [
        (
            "authority",
            None,
            ["basicConstraints=critical,CA:TRUE"].as_slice(),
        ),
        (
            "between",
            Some("authority"),
            &["basicConstraints=critical,CA:TRUE"],
        ),
        (
            "server",
            Some("between"),
            &[
                "basicConstraints=critical,CA:FALSE",
                "subjectAltName=DNS:localhost",
            ],
        ),
    ] {
        let pem = |name: &str| folder.join(format!("{name}.pem"));
        let key = |name: &str| folder.join(format!("{name}.key"));
        let mut openssl = Command::new("openssl");
        openssl
            .args([
                "req", "-x509", "-nodes", "-days", "1", "-newkey", "rsa:2048",
            ])
            .args(["-subj", &format!("/CN={name}")])
            .args(options.iter().flat_map(|option| ["-addext", *option]))
            .arg("-keyout")
            .arg(key(name))
            .arg("-out")
            .arg(pem(name));
        if let Some(issuer) = issuer {
            openssl.arg("-CA").arg(pem(issuer));
            openssl.arg("-CAkey").arg(key(issuer));
        }
        accepted(&mut openssl)?;
    }
    let chain = ["server.pem", "between.pem"].map(|name| fs::read(folder.join(name)));
    let mut certificates = Vec::new();
    for pem in chain {
        certificates.push(CertificateDer::from_pem_slice(&pem?)?);
    }
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key"))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates, key)?;
    Ok(config)
}
