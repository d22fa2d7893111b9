//! The desks of the office. `_HANDLER` says which of them this process is.

use std::env;

use anyhow::{Result, bail};
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_lambda_events::eventbridge::EventBridgeEvent;
use ch04_functions::office::display::show;
use ch05_lambda::lambda;
use ch07_events::office::{self, display, papers, recount, thanks};

// ANCHOR: main
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let office = &office::open().await?;
    match env::var("_HANDLER").as_deref() {
        Ok("papers") => lambda::run(async |event| papers::write(office, event).await).await,
        Ok("thanks") => lambda::run(async |event| Ok(thanks::thank_all(office, event).await)).await,
        Ok("display") => lambda::run(async |event| display::count(office, event).await).await,
        Ok("recount") => {
            lambda::run(async |_: EventBridgeEvent| recount::compare(office).await).await
        }
        Ok("show-display") => {
            let shop = &office.shop;
            lambda::run(async |_: ApiGatewayV2httpRequest| show(shop).await).await
        }
        other => {
            bail!("_HANDLER={other:?}: it is papers, thanks, display, recount or show-display")
        }
    }
}
// ANCHOR_END: main
