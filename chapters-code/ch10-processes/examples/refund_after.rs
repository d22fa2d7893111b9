//! The same, and whoever has paid in vain gets the money back.
//! `refund_after -- http://…/pets/ID http://PROVIDER ada dies`: the process ends where it hurts.

mod monday;

use std::env;
use std::process;

use anyhow::Result;
use monday::{Monday, in_words};

// ANCHOR: checkout
impl Monday {
    /// Has somebody pay for the pet, and gives it to them, or gives the money back.
    async fn checkout(&self, customer: &str) -> Result<String> {
        let charge = self.charge(customer).await?;
        let adopted = self.adopt(customer)?;
        if adopted.is_refusal() {
            dies_here();
            self.pay_back(customer, charge).await?;
            return Ok("was paid back".into());
        }
        Ok(format!("has paid, and {}", in_words(&adopted)))
    }
}
// ANCHOR_END: checkout

/// Somebody deploys, or trips over a cable.
fn dies_here() {
    if env::args().any(|word| word == "dies") {
        process::exit(1);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let (monday, customers) = Monday::begin()?;
    for customer in customers.into_iter().filter(|word| word != "dies") {
        println!("{customer} {}", monday.checkout(&customer).await?);
    }
    Ok(())
}
