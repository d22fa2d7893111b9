//! Writes the papers of pets that were adopted.

use anyhow::Result;
use ch04_functions::office::{self, papers};
use ch04_functions::runtime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let office = runtime::ready(office::open()).await?;
    runtime::run(async |event| papers::write(&office, event).await).await
}
