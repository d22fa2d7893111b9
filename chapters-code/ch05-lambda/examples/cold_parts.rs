//! `show`, which says in its first answer when it was how far.

use std::cell::RefCell;

use anyhow::Result;
use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use ch03_platform::config::Config;
use ch03_platform::logs;
use ch04_functions::counter;
use ch05_lambda::counter::shop;
use ch05_lambda::{aws, lambda};
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

/// What has been done, and when that was, in nanoseconds of the machine's clock.
type Marks = Vec<(&'static str, i64)>;

#[derive(Serialize)]
struct Answer {
    answer: ApiGatewayV2httpResponse,
    marks: Marks,
}

fn main() -> Result<()> {
    let marks = vec![("main", now())];
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(work(marks))
}

// ANCHOR: work
async fn work(mut marks: Marks) -> Result<()> {
    let mut mark = |what| marks.push((what, now()));
    mark("runtime");
    let config = Config::from_env()?;
    logs::start(config.log);
    mark("settings");
    let http = aws::http()?;
    mark("http");
    let sdk = aws::connect_by(http).await;
    mark("sdk");
    let shop = shop(&sdk, &config.table, "show");
    mark("counter");
    let marks = RefCell::new(marks);
    lambda::run(async |event| {
        marks.borrow_mut().push(("event", now()));
        let answer = counter::answer(&shop, "show", event).await;
        marks.borrow_mut().push(("answer", now()));
        let marks = marks.take();
        Ok(Answer { answer, marks })
    })
    .await
}
// ANCHOR_END: work

fn now() -> i64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}
