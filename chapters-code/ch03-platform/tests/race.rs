//! Two instances, one table, fifty customers, one pet.

mod desk;
#[path = "../examples/read_then_write.rs"]
#[expect(dead_code, reason = "the step's main is not run here")]
mod read_then_write;

use anyhow::Result;
use local::Local;
use read_then_write::race::{instances, race, winners};

#[tokio::test(flavor = "multi_thread")]
async fn with_the_condition_one_customer_has_the_pet() -> Result<()> {
    let local = Local::in_memory()?;
    desk::store(&local.url()).await?;
    let instances = instances(&desk::config(&local.url()).await, "shop");
    for _ in 0..5 {
        let adopt =
            |store: ch03_platform::store::Store, order| async move { store.execute(&order).await };
        let answers = race(&instances, adopt).await?;
        assert_eq!(winners(&answers), 1);
        let refused = answers.iter().filter(|answer| answer.status == 409);
        assert_eq!(refused.count(), 49, "{answers:?}");
    }
    Ok(())
}

/// It is seen to break; how often is a matter of luck, so there are twenty pets.
#[tokio::test(flavor = "multi_thread")]
async fn without_it_several_customers_have_the_pet() -> Result<()> {
    let local = Local::in_memory()?;
    desk::store(&local.url()).await?;
    let instances = instances(&desk::config(&local.url()).await, "shop");
    let mut most = 0;
    for _ in 0..20 {
        let answers = race(&instances, read_then_write::execute).await?;
        most = most.max(winners(&answers));
        if most > 1 {
            return Ok(());
        }
    }
    panic!("at most {most} of 50 customers were told that the pet is theirs");
}
