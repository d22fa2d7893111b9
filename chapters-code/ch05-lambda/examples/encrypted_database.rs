//! TLS before a database, which AWS's has and the one of this machine has not.
//!
//! `encrypted_database DATABASE CERTIFICATES KEY` says where it listens and then, for each connection, when it was made
//! and when it was encrypted, in nanoseconds of the machine's clock.

use std::env;
use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::{Context, Result};
use rustix::time::{ClockId, clock_gettime};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let mut argument = |what| {
        arguments
            .next()
            .with_context(|| format!("where is {what}?"))
    };
    let database = argument("the database")?;
    let acceptor = acceptor(&argument("its certificate")?, &argument("the key")?)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        // Beforehand: a database that speaks TLS itself has nobody to connect to.
        let behind = TcpStream::connect(&database).await?;
        let (stream, _) = listener.accept().await?;
        // What goes wrong with a connection is told by whoever is at its other end.
        tokio::spawn(hand_on(stream, now(), acceptor.clone(), behind));
    }
}

async fn hand_on(
    stream: TcpStream,
    connected: i64,
    acceptor: TlsAcceptor,
    mut database: TcpStream,
) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut customer = acceptor.accept(stream).await?;
    println!("{connected} {}", now());
    database.set_nodelay(true)?;
    copy_bidirectional(&mut customer, &mut database).await?;
    Ok(())
}

fn acceptor(certificates: &str, key: &str) -> Result<TlsAcceptor> {
    let chain = CertificateDer::pem_file_iter(certificates)?.collect::<Result<_, _>>()?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn now() -> i64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}
