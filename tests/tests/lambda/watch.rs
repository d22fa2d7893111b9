//! `cargo lambda watch` and `invoke`, with the counter as one function.

use anyhow::{Context, Result, ensure};
use less_to_run_tests::dynamodb::TABLE;
use less_to_run_tests::infra::accepted;
use less_to_run_tests::lambda::{Recorder, Table, Watch, cargo_lambda, command};
use less_to_run_tests::programs;
use less_to_run_tests::promises::{Promise, Seen, Shop, ask_shop};
use local::Local;
use serde_json::Value;

use crate::events::file;
use crate::host::{DIGEST, Host, KEY};

#[test]
fn scratch() -> Result<()> {
    let Some(cargo_lambda) = cargo_lambda()? else {
        return Ok(());
    };
    let database = Local::in_memory()?;
    let bus = Recorder::before(&database.url())?;
    Host::new(&Table::text()?, &database.url())?.release()?;
    let watch = Watch::start(
        &cargo_lambda,
        "ch05-lambda",
        &[
            ("_HANDLER", "shop"),
            ("TABLE", TABLE),
            ("STAFF_KEY_SHA256", DIGEST),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "none"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &database.url()),
            ("AWS_ENDPOINT_URL_EVENTBRIDGE", bus.url()),
        ],
    )?;
    let shop = Shop::at(&watch.url("lambda-counter"))?.with_staff_key(Some(KEY));
    for promise in Promise::all() {
        let t = std::time::Instant::now();
        println!("{}\n {:?}", ask_shop(promise, &shop)?, t.elapsed());
    }
    println!("{}", &watch.log());
    println!("{:?}", watch.end());
    Ok(())
}
