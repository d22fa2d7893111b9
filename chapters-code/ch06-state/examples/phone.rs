//! Ada's phone: adopts a lovebird.

mod train;

use anyhow::Result;
use train::{Train, name, tell};

// ANCHOR: adopt
fn main() -> Result<()> {
    let train = Train::from_args()?;
    let bird = train.find("lovebird")?;
    println!("adopting {}", name(&bird));
    tell(&bird, &train.adopt(&bird, None)?);
    Ok(())
}
// ANCHOR_END: adopt
