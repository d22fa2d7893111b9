//! Two instances, one table, fifty customers, one pet.

#![expect(clippy::duplicate_mod, reason = "each step brings the race with it")]

#[path = "../examples/ask_and_tell.rs"]
#[expect(dead_code, reason = "the step's main is not run here")]
mod ask_and_tell;
mod desk;
#[path = "../examples/on_a_condition.rs"]
#[expect(dead_code, reason = "the step's main is not run here")]
mod on_a_condition;

use anyhow::Result;
use ask_and_tell::race::{instances, race, winners};
use ch02_virtual_server::answer::Answer;
use ch03_platform::store::Store;
use local::Local;

async fn two_instances() -> Result<(Local, [Store; 2])> {
    let (local, _) = desk::open().await?;
    let config = desk::patient(&local.url()).await;
    Ok((local, instances(&config, "shop").map(desk::waiting)))
}

fn assert_one_has_it(answers: &[Answer]) {
    assert_eq!(winners(answers), 1);
    let refused = answers.iter().filter(|answer| answer.status == 409);
    assert_eq!(refused.count(), 49, "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_condition_one_customer_has_the_pet() -> Result<()> {
    let (_local, instances) = two_instances().await?;
    for _ in 0..5 {
        let execute = |store: Store, order| async move { store.execute(&order).await };
        assert_one_has_it(&race(&instances, execute).await?);
        assert_one_has_it(&the_step(&instances).await?);
    }
    Ok(())
}

/// The step's race, in the step's types.
async fn the_step(instances: &[Store; 2]) -> Result<Vec<Answer>> {
    Ok(on_a_condition::race::race(instances, on_a_condition::execute).await?)
}

/// It is seen to break; how often is a matter of luck, so there are twenty pets.
#[tokio::test(flavor = "multi_thread")]
async fn without_one_several_customers_have_the_pet() -> Result<()> {
    let (_local, instances) = two_instances().await?;
    let mut most = 0;
    for _ in 0..20 {
        let answers = race(&instances, ask_and_tell::execute).await?;
        most = most.max(winners(&answers));
        if most > 1 {
            return Ok(());
        }
    }
    panic!("at most {most} of 50 customers were told that the pet is theirs");
}
