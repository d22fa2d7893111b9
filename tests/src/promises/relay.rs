//! A relay between the shop and its database, which can keep an answer back: what the database has done, the shop is
//! not told.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context;

/// A relay to one database, until it is dropped. What goes on then ends with the connections.
#[derive(Debug)]
pub struct Relay {
    url: String,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    is_closed: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// How many answers came from the database.
    answers: usize,
    /// The first answer to keep back, counted likewise, and whether it has come.
    keeps: Option<(usize, bool)>,
}

impl Relay {
    /// Opens a relay on a free port to the database at `http://HOST:PORT`.
    ///
    /// # Errors
    ///
    /// When there is no free port.
    pub fn to(url: &str) -> anyhow::Result<Self> {
        let database = url.strip_prefix("http://").context("no http://…")?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let url = format!("http://{}", listener.local_addr()?);
        let (database, shared) = (database.to_owned(), Arc::<Shared>::default());
        let relay = Self {
            url,
            shared: Arc::clone(&shared),
        };
        thread::spawn(move || {
            for shop in listener.incoming().flatten() {
                if shared.is_closed.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(database) = TcpStream::connect(&database) else {
                    // The shop sees that its database is away.
                    continue;
                };
                // When either side goes, so does the other.
                let _ = connect(shop, database, &shared);
            }
        });
        Ok(relay)
    }

    /// Where it is, for the shop.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Keeps back every answer of the database after `others` from now.
    pub fn keep_back_after(&self, others: usize) {
        let mut state = self.state();
        state.keeps = Some((state.answers + others + 1, false));
    }

    /// Waits until the answer has come that is kept back. False when it does not within `patience`.
    #[must_use]
    pub fn has_kept_back(&self, patience: Duration) -> bool {
        let waits = |state: &mut State| state.keeps.is_some_and(|(_, has_come)| !has_come);
        let state = self
            .shared
            .changed
            .wait_timeout_while(self.state(), patience, waits);
        let (state, _) = state.unwrap_or_else(PoisonError::into_inner);
        state.keeps.is_some_and(|(_, has_come)| has_come)
    }

    /// From now on keeps back nothing.
    pub fn let_go(&self) {
        self.state().keeps = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.is_closed.store(true, Ordering::SeqCst);
        // Wakes the one who accepts.
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

impl Shared {
    /// Counts an answer. Whether it may go on to the shop.
    fn count(&self) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.answers += 1;
        let count = state.answers;
        match &mut state.keeps {
            Some((at, has_come)) if *at <= count => {
                *has_come = true;
                self.changed.notify_all();
                false
            }
            _ => true,
        }
    }
}

fn connect(shop: TcpStream, database: TcpStream, shared: &Arc<Shared>) -> io::Result<()> {
    shop.set_nodelay(true)?;
    database.set_nodelay(true)?;
    let asked = Arc::new(AtomicBool::new(false));
    let (from_shop, to_database) = (shop.try_clone()?, database.try_clone()?);
    thread::spawn({
        let asked = Arc::clone(&asked);
        move || {
            copy(&from_shop, &to_database, || {
                asked.store(true, Ordering::SeqCst);
                true
            });
        }
    });
    let shared = Arc::clone(shared);
    thread::spawn(move || {
        // An answer begins with the first bytes that follow a question: nobody asks again before it is whole.
        copy(&database, &shop, || {
            !asked.swap(false, Ordering::SeqCst) || shared.count()
        });
    });
    Ok(())
}

/// Hands on what comes, as long as `may` says so before each part; whoever it came for learns of its end.
fn copy(mut from: &TcpStream, mut to: &TcpStream, may: impl Fn() -> bool) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if !may() {
            // Whoever waits for it waits on.
            return;
        }
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    // It may be gone already.
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
}
