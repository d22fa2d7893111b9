//! Slow clients: each has a connection and sends a byte a second of a request that never ends.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};

const BETWEEN_BYTES: Duration = Duration::from_secs(1);
const STACK: usize = 64 * 1024;

/// Slow clients at work. They end when this is dropped.
pub struct SlowClients {
    stop: Arc<AtomicBool>,
    connected: Arc<AtomicUsize>,
    threads: Vec<JoinHandle<()>>,
}

impl SlowClients {
    /// Sends `number` of them to the shop, and gives them three seconds to get in.
    ///
    /// # Errors
    ///
    /// When the system allows fewer open files or threads.
    pub fn start(at: SocketAddr, number: usize) -> Result<Self> {
        let files = u64::try_from(number)? + 200;
        rlimit::increase_nofile_limit(files).context("the limit of open files")?;
        let mut clients = Self {
            stop: Arc::new(AtomicBool::new(false)),
            connected: Arc::new(AtomicUsize::new(0)),
            threads: Vec::with_capacity(number),
        };
        for _ in 0..number {
            let (stop, connected) = (Arc::clone(&clients.stop), Arc::clone(&clients.connected));
            let client = move || {
                while !stop.load(Ordering::Relaxed) {
                    dawdle(at, &stop, &connected);
                }
            };
            clients
                .threads
                .push(thread::Builder::new().stack_size(STACK).spawn(client)?);
        }
        if number > 0 {
            thread::sleep(Duration::from_secs(3));
        }
        Ok(clients)
    }

    /// How many have a connection now.
    #[must_use]
    pub fn connected(&self) -> usize {
        self.connected.load(Ordering::Relaxed)
    }
}

impl Drop for SlowClients {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// One connection, from its beginning to the shop's hanging up.
fn dawdle(at: SocketAddr, stop: &AtomicBool, connected: &AtomicUsize) {
    let Ok(mut stream) = TcpStream::connect_timeout(&at, BETWEEN_BYTES) else {
        return;
    };
    let _ = stream.set_write_timeout(Some(BETWEEN_BYTES));
    connected.fetch_add(1, Ordering::Relaxed);
    let start = b"GET /pets/1 HTTP/1.1\r\nHost: shop\r\nSlow: ";
    let bytes = start.iter().chain(std::iter::repeat(&b'a'));
    for byte in bytes {
        if stop.load(Ordering::Relaxed) || stream.write_all(&[*byte]).is_err() {
            break;
        }
        thread::sleep(BETWEEN_BYTES);
    }
    connected.fetch_sub(1, Ordering::Relaxed);
}
