//! The display: counts homes, and as `show-display` says how many there are.

use std::env;

use anyhow::Result;
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use ch04_functions::office::{self, display};
use ch04_functions::runtime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let office = runtime::ready(office::open()).await?;
    match env::var("_HANDLER").as_deref() {
        Ok("show-display") => {
            runtime::run(async |_: ApiGatewayV2httpRequest| display::show(&office).await).await
        }
        _ => runtime::run(async |event| display::count(&office, event).await).await,
    }
}
