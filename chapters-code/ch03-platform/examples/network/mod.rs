//! A network that loses answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A network between the shop and its database that loses answers.
pub struct Network {
    /// Where the database seems to be.
    pub url: String,
    losses: Arc<AtomicUsize>,
}

impl Network {
    /// It will lose answers to this operation, as soon as [`Network::lose`] is called.
    pub async fn before(database: &str, operation: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let database = database.trim_start_matches("http://").to_owned();
        let target = format!("DynamoDB_20120810.{operation}");
        let losses = Arc::new(AtomicUsize::new(0));
        let left = Arc::clone(&losses);
        tokio::spawn(async move {
            while let Ok((shop, _)) = listener.accept().await {
                let (database, target) = (database.clone(), target.clone());
                let left = Arc::clone(&left);
                // A connection that ends early is what this is all about.
                tokio::spawn(async move { carry(shop, &database, &target, &left).await });
            }
        });
        Ok(Self { url, losses })
    }

    /// Loses this many answers from now on.
    pub fn lose(&self, answers: usize) {
        self.losses.store(answers, Ordering::SeqCst);
    }

    /// How many answers it has yet to lose.
    pub fn left(&self) -> usize {
        self.losses.load(Ordering::SeqCst)
    }
}

/// Carries requests and answers to and fro, until an answer is to be lost.
async fn carry(
    mut shop: TcpStream,
    database: &str,
    target: &str,
    losses: &AtomicUsize,
) -> Result<()> {
    let mut database = TcpStream::connect(database).await?;
    let (mut request, mut answer) = (vec![0; 65_536], vec![0; 65_536]);
    let mut asked = String::new();
    loop {
        tokio::select! {
            read = shop.read(&mut request) => {
                let some = &request[..read?];
                if some.is_empty() {
                    return Ok(());
                }
                asked.push_str(&String::from_utf8_lossy(some));
                database.write_all(some).await?;
            }
            read = database.read(&mut answer) => {
                let some = &answer[..read?];
                let one_less = |left: usize| left.checked_sub(1);
                let is_lost = asked.contains(target)
                    && losses.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok();
                if some.is_empty() || is_lost {
                    return Ok(());
                }
                asked.clear();
                shop.write_all(some).await?;
            }
        }
    }
}
