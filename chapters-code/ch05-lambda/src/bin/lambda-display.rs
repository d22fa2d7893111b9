//! The display: counts homes, and as `show-display` says how many there are.

use std::env;

use anyhow::Result;
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use ch04_functions::office::display;
use ch05_lambda::{lambda, office};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let office = office::open().await?;
    match env::var("_HANDLER").as_deref() {
        Ok("show-display") => {
            lambda::run(async |_: ApiGatewayV2httpRequest| display::show(&office).await).await
        }
        _ => lambda::run(async |event| display::count(&office, event).await).await,
    }
}
