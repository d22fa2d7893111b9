//! TLS for the suite's customers: plain connections and encrypted ones look alike to whoever chooses their bytes.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// The certificates that a customer believes.
#[derive(Debug, Clone)]
pub struct Trust {
    certificates: Vec<CertificateDer<'static>>,
    config: Arc<ClientConfig>,
}

impl Trust {
    /// Reads them from PEM.
    ///
    /// # Errors
    ///
    /// When there is none, or one that is broken.
    pub fn from_pem(pem: &[u8]) -> Result<Self> {
        let certificates = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<Vec<_>, _>>()
            .context("the certificates to trust are no PEM")?;
        ensure!(
            !certificates.is_empty(),
            "there is no certificate among those to trust"
        );
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(certificates.iter().cloned());
        ensure!(added > 0, "none of the certificates to trust can be read");
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            certificates,
            config: Arc::new(config),
        })
    }

    /// The same for the HTTP library.
    pub(super) fn for_the_library(&self) -> TlsConfig {
        let certificates = self.certificates.iter();
        let certificates = certificates.map(|der| Certificate::from_der(der).to_owned());
        TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&certificates.collect::<Vec<_>>()))
            .unversioned_rustls_crypto_provider(provider())
            .build()
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// A connection, encrypted or not.
#[derive(Debug)]
pub(super) enum Stream {
    /// TCP alone.
    Plain(TcpStream),
    /// TLS on top.
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    /// Encrypts a connection; it is ready when this returns.
    ///
    /// # Errors
    ///
    /// When the server is not the one of that name, or does not finish the handshake within `patience`.
    pub(super) fn encrypted(
        mut tcp: TcpStream,
        name: &str,
        trust: &Trust,
        patience: Duration,
    ) -> io::Result<Self> {
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        let mut tls =
            ClientConnection::new(Arc::clone(&trust.config), name).map_err(io::Error::other)?;
        tcp.set_read_timeout(Some(patience))?;
        while tls.is_handshaking() {
            tls.complete_io(&mut tcp)?;
        }
        Ok(Self::Tls(Box::new(StreamOwned::new(tls, tcp))))
    }

    /// Says that no more bytes will come.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        if let Self::Tls(tls) = self {
            tls.conn.send_close_notify();
            tls.flush()?;
        }
        self.tcp().shutdown(Shutdown::Write)
    }

    pub(super) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => &tls.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.read(buffer),
            Self::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.write(bytes),
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.flush(),
            Self::Tls(tls) => tls.flush(),
        }
    }
}
