//! Thanks those who have adopted pets.

use anyhow::Result;
use ch04_functions::office::{self, thanks};
use ch04_functions::runtime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let office = runtime::ready(office::open()).await?;
    runtime::run(async |event| thanks::thank(&office, event).await).await
}
