//! Writes the papers of pets that were adopted.

use anyhow::Result;
use ch04_functions::office::papers;
use ch05_lambda::{lambda, office};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let office = office::open().await?;
    lambda::run(async |event| papers::write(&office, event).await).await
}
