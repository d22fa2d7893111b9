//! Thanks those who have adopted pets.

use anyhow::Result;
use ch04_functions::office::thanks;
use ch05_lambda::{lambda, office};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let office = office::open().await?;
    lambda::run(async |event| thanks::thank(&office, event).await).await
}
