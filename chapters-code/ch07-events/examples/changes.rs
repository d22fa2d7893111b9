//! Prints what has changed in the table, as its stream has it: a line for each change, or
//! for the one with this sequence number.

use std::env;

use anyhow::{Context, Result};
use aws_sdk_dynamodbstreams::types::ShardIteratorType;
use ch03_platform::table;
use ch07_events::{changes, house};
use serde::Deserialize;

/// Of an item.
#[derive(Deserialize)]
struct Key {
    pk: String,
    sk: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let table = env::var("TABLE").context("TABLE is not set")?;
    let wanted = env::args().nth(1);
    let streams = house::streams(&table::connect().await);
    let found = streams.list_streams().table_name(table).send().await?;
    for stream in found.streams() {
        let arn = stream.stream_arn().unwrap_or_default();
        let about = streams.describe_stream().stream_arn(arn).send().await?;
        let about = about.stream_description.context("the stream is gone")?;
        for shard in about.shards() {
            let call = streams.get_shard_iterator().stream_arn(arn);
            let call = call.set_shard_id(shard.shard_id.clone());
            let call = match &wanted {
                None => call.shard_iterator_type(ShardIteratorType::TrimHorizon),
                Some(number) => call
                    .shard_iterator_type(ShardIteratorType::AtSequenceNumber)
                    .sequence_number(number),
            };
            let iterator = call.send().await?.shard_iterator;
            let call = streams.get_records().set_shard_iterator(iterator);
            let call = call.set_limit(wanted.is_some().then_some(1));
            for record in call.send().await?.records.unwrap_or_default() {
                let record = changes::record(record, arn);
                let key: Key = serde_dynamo::from_item(record.change.keys)?;
                println!("{:6} {} {}", record.event_name, key.pk, key.sk);
            }
        }
    }
    Ok(())
}
