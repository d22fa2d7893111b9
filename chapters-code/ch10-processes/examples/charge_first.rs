//! A checkout as one writes it on a Monday: the card is charged, and then the pet is adopted.
//! `charge_first -- http://…/pets/ID http://PROVIDER grace ada`: Grace wants it, and Ada.

mod monday;

use anyhow::Result;
use monday::{Monday, in_words};

// ANCHOR: checkout
impl Monday {
    /// Has somebody pay for the pet, and gives it to them.
    async fn checkout(&self, customer: &str) -> Result<String> {
        self.charge(customer).await?;
        let adopted = self.adopt(customer)?;
        Ok(format!("has paid, and {}", in_words(&adopted)))
    }
}
// ANCHOR_END: checkout

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let (monday, customers) = Monday::begin()?;
    for customer in customers {
        println!("{customer} {}", monday.checkout(&customer).await?);
    }
    Ok(())
}
