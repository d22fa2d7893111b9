//! Exercise: a shop that is well only while its database is.

use std::process::ExitCode;
use std::sync::Arc;

use ch01_bare_server::pets::{Pet, PetId, Refusal};
use ch01_bare_server::shop::Filter;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::api;
use ch02_virtual_server::order::Order;
use ch02_virtual_server::repository::{Page, Repository};
use ch03_platform::config::Config;
use ch03_platform::failure::Failure;
use ch03_platform::instance;
use ch03_platform::store::Store;

fn main() -> anyhow::Result<ExitCode> {
    let config = Config::from_env()?;
    instance::run(&config, |store| api::router(Arc::new(Asking(store))))
}

struct Asking(Store);

impl Repository for Asking {
    type Failure = Failure;

    async fn execute(&self, order: Order) -> Result<Answer, Failure> {
        self.0.execute(&order).await
    }

    async fn find(&self, id: PetId) -> Result<Result<Pet, Refusal>, Failure> {
        self.0.find(&id).await
    }

    async fn list(&self, filter: Filter) -> Result<Page, Failure> {
        self.0.list(&filter).await
    }

    // ANCHOR: check
    /// What `GET /health` asks.
    async fn check(&self) -> Result<(), Failure> {
        self.0.reach().await
    }
    // ANCHOR_END: check
}
