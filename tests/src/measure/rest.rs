//! What a shop takes while it has nothing to do: alone, and with many customers who are slow.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use book::measured::Measured;

use super::open::{Open, Rung};
use super::programs::Served;
use super::shops::Shops;

/// What a shop takes when nobody wants anything of it.
///
/// # Errors
///
/// When it does not start or answer.
pub fn at_rest(shops: &Shops, program: &Path, file: &mut Measured) -> Result<()> {
    eprintln!("memory at rest");
    let open = Open::new(shops, &Rung::Folder(program.to_owned()))?;
    AtRest::of(shops, &open.shop)?.put(file);
    Ok(())
}

/// A shop at rest.
#[derive(Debug, Clone, Copy)]
pub struct AtRest {
    /// From its start to its listening.
    pub start_ms: f64,
    /// Resident memory; `None` where the system does not tell.
    pub memory_kib: Option<f64>,
    threads: Option<f64>,
}

impl AtRest {
    /// What this shop takes a second after its first request.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub fn of(shops: &Shops, shop: &Served) -> Result<Self> {
        shops.load_all(&shop.at, &["path=/health", "most=1"])?;
        thread::sleep(Duration::from_secs(1));
        Ok(Self {
            start_ms: shop.ready_after.as_secs_f64() * 1e3,
            memory_kib: shop.memory_kib(),
            threads: shop.threads(),
        })
    }

    /// Puts it down.
    pub fn put(&self, file: &mut Measured) {
        file.put(
            "start_ms",
            self.start_ms,
            "ms",
            "from starting an empty shop to its being ready",
        );
        if let Some(threads) = self.threads {
            file.put(
                "threads",
                threads - 1.0,
                "threads",
                "threads of the running shop at rest: all but the first one",
            );
        }
        if let Some(memory) = self.memory_kib {
            file.put(
                "memory_kib",
                memory,
                "KiB",
                "resident memory of the shop after its first request, at rest",
            );
        }
    }
}

/// Customers who are held at a time, where it is measured what they cost.
pub const HELD: usize = 2_000;

/// The memory of a shop with [`HELD`] customers, each of whom has been answered once and is in the middle of the next request.
///
/// # Errors
///
/// When the shop does not let them in.
pub fn crowded(shop: &Served, what: &str, file: &mut Measured) -> Result<()> {
    if let Some(memory) = crowded_kib(shop)? {
        file.put("crowded_kib", memory, "KiB", what);
    }
    Ok(())
}

/// The same in KiB; `None` where the system does not tell.
///
/// # Errors
///
/// As [`crowded`].
pub fn crowded_kib(shop: &Served) -> Result<Option<f64>> {
    eprintln!("{HELD} customers in the middle of a request");
    rlimit::increase_nofile_limit(3 * HELD as u64)?;
    let customers = (0..HELD)
        .map(|_| held_customer(&shop.at))
        .collect::<Result<Vec<_>>>()?;
    let memory = shop.memory_kib();
    drop(customers);
    Ok(memory)
}

fn held_customer(at: &str) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(at)?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: shop\r\n\r\nGET /hea")?;
    let mut answer = [0; 1024];
    ensure!(stream.read(&mut answer)? > 0, "the shop hung up");
    Ok(stream)
}
