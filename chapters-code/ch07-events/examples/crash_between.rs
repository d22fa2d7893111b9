//! The shop of chapter 6, whose processes die when a pet is adopted and nobody has been
//! told.
//!
//! Where a Runtime API is, this program is the function `adopt`. Elsewhere it becomes the
//! host of chapter 4, with this function in the place of the shop's.

#[path = "../../ch06-state/examples/stands_in/mod.rs"]
mod stands_in;

use std::{env, process};

use anyhow::Result;
use ch01_bare_server::pets::{Pet, PetId, Refusal};
use ch01_bare_server::shop::Filter;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Order;
use ch02_virtual_server::repository::{Page, Repository};
use ch03_platform::config::Config;
use ch03_platform::failure::Failure;
use ch04_functions::counter;
use ch05_lambda::counter::{Counter, answer};
use ch05_lambda::{aws, lambda};
use ch06_state::counter::store;
use ch06_state::store::Store;

fn main() -> Result<()> {
    if env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        return adopt();
    }
    stands_in::become_host("ch04-functions", "adopt")
}

// ANCHOR: dies
/// A store whose process dies when it has written, and has told nobody.
struct Dies(Store);

impl Repository for Dies {
    type Failure = Failure;

    async fn execute(&self, order: Order) -> Result<Answer, Failure> {
        self.0.execute(&order).await?;
        process::abort()
    }
    // ANCHOR_END: dies

    async fn find(&self, id: PetId) -> Result<Result<Pet, Refusal>, Failure> {
        Repository::find(&self.0, id).await
    }

    async fn list(&self, filter: Filter) -> Result<Page, Failure> {
        Repository::list(&self.0, filter).await
    }

    async fn check(&self) -> Result<(), Failure> {
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn adopt() -> Result<()> {
    let config = Config::from_env()?;
    let sdk = aws::connect().await?;
    let shop = counter::Counter {
        store: Dies(store(&sdk, &config.table, "adopt")?),
        publisher: ch05_lambda::counter::publisher(&sdk, "adopt"),
    };
    let counter = Counter::new("adopt".into(), shop)?;
    lambda::run(async |event| Ok(answer(&counter, event).await)).await
}
