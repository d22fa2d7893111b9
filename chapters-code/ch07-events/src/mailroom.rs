//! The queues of a host, with a bell for those who wait at them.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use tokio::sync::watch;
use tokio::task::block_in_place;
use tokio::time::{sleep, timeout};

use crate::clock::now;
use crate::queue::{Message, Queue, Queues};

/// How long nobody looks whether a message that was hidden can be seen again.
const PAUSE: Duration = Duration::from_millis(500);

/// An end that is held for as long as messages are under way.
pub type UnderWay = watch::Receiver<()>;

/// The queues, and a bell.
#[derive(Debug)]
pub struct Mailroom {
    queues: Queues,
    bell: watch::Sender<()>,
    /// Whoever is at a message holds an end of it.
    under_way: watch::Sender<()>,
}

impl Mailroom {
    /// The queues in this file.
    ///
    /// # Errors
    ///
    /// Those of [`Queues::open`].
    pub fn open(file: &Path) -> Result<Self> {
        Ok(Self {
            queues: Queues::open(file)?,
            bell: watch::Sender::new(()),
            under_way: watch::Sender::new(()),
        })
    }

    /// Puts a message into these queues. When it comes back, it is on the disk.
    ///
    /// # Errors
    ///
    /// Those of [`Queues::send`].
    pub fn send(&self, queues: &[&str], body: &str) -> Result<()> {
        block_in_place(|| self.queues.send(queues, body, now()))?;
        self.bell.send_replace(());
        Ok(())
    }

    /// Waits until there is something in a queue. As long as the end is held that comes
    /// with it, it is under way.
    ///
    /// # Errors
    ///
    /// Those of [`Queues::receive`].
    pub async fn receive(&self, queue: &Queue, most: usize) -> Result<(Vec<Message>, UnderWay)> {
        let mut bell = self.bell.subscribe();
        loop {
            bell.borrow_and_update();
            let under_way = self.under_way.subscribe();
            let messages = block_in_place(|| self.queues.receive(queue, most, now()))?;
            if !messages.is_empty() {
                return Ok((messages, under_way));
            }
            drop(under_way);
            let _ = timeout(PAUSE, bell.changed()).await;
        }
    }

    /// Waits until nothing is under way, and none of these queues has a message that can
    /// be received.
    ///
    /// # Errors
    ///
    /// Those of [`Queues::counts`].
    pub async fn done(&self, queues: &[String]) -> Result<()> {
        loop {
            self.under_way.closed().await;
            let counts = queues.iter().map(|queue| self.queues.counts(queue, now()));
            let counts = counts.collect::<Result<Vec<_>, _>>()?;
            let is_done = counts.iter().all(|counts| counts.visible == 0);
            if is_done && self.under_way.is_closed() {
                return Ok(());
            }
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// All else that can be done with them.
    pub fn with<T>(&self, work: impl FnOnce(&Queues) -> T) -> T {
        block_in_place(|| work(&self.queues))
    }
}
