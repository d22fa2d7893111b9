//! The queues of a host, with a bell for those who wait at them.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use tokio::sync::watch;
use tokio::task::block_in_place;
use tokio::time::timeout;

use crate::clock::now;
use crate::queue::{Message, Queue, Queues};

/// How long nobody looks whether a message that was hidden can be seen again.
const PAUSE: Duration = Duration::from_millis(500);

/// The queues, and a bell.
#[derive(Debug)]
pub struct Mailroom {
    queues: Queues,
    bell: watch::Sender<()>,
}

impl Mailroom {
    /// The queues in this file.
    ///
    /// # Errors
    ///
    /// Those of [`Queues::open`].
    pub fn open(file: &Path) -> Result<Self> {
        let bell = watch::Sender::new(());
        Ok(Self {
            queues: Queues::open(file)?,
            bell,
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

    /// Waits until there is something in a queue.
    ///
    /// # Errors
    ///
    /// Those of [`Queues::receive`].
    pub async fn receive(&self, queue: &Queue, most: usize) -> Result<Vec<Message>> {
        let mut bell = self.bell.subscribe();
        loop {
            bell.borrow_and_update();
            let messages = block_in_place(|| self.queues.receive(queue, most, now()))?;
            if !messages.is_empty() {
                return Ok(messages);
            }
            let _ = timeout(PAUSE, bell.changed()).await;
        }
    }

    /// All else that can be done with them.
    pub fn with<T>(&self, work: impl FnOnce(&Queues) -> T) -> T {
        block_in_place(|| work(&self.queues))
    }
}
