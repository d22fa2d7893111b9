//! The least that a function can be: what it answers does not depend on its event.

use anyhow::Result;
use ch05_lambda::lambda;
use serde::de::IgnoredAny;

// ANCHOR: main
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    lambda::run(async |_: IgnoredAny| Ok("nothing")).await
}
// ANCHOR_END: main
