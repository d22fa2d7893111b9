//! A function that does nothing with the changes that it is told of, and says that all of
//! it is done: what is left is the way to it.

use anyhow::Result;
use aws_lambda_events::dynamodb::Event;
use aws_lambda_events::streams::DynamoDbEventResponse;
use ch05_lambda::lambda;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    lambda::run(async |_: Event| Ok(DynamoDbEventResponse::default())).await
}
