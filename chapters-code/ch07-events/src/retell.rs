//! Tells once more what was given up, when whoever has failed at it is mended.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::S;
use ch04_functions::table::Table;

use crate::bus::inbox;
use crate::clock::now;
use crate::failed::GivenUp;
use crate::outbox::{self, OUTBOX};
use crate::queue::{Message, Queue, Queues};
use crate::sources::Sources;

/// What a stream calls the time of a change is no clock of ours.
const MARGIN: Duration = Duration::from_mins(1);

/// Where what was given up is, and where it is to go.
#[derive(Debug)]
pub struct Retelling<'a> {
    /// All queues.
    pub queues: &'a Queues,
    /// The functions.
    pub table: &'a Table,
    /// What leads to them.
    pub sources: &'a Sources,
    /// The way to the outbox.
    pub client: &'a Client,
    /// The table that it is in.
    pub shop: &'a str,
}

/// What became of the messages of a queue.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Retold {
    /// Events that wait for their functions again.
    pub to_functions: usize,
    /// Events that are in the outbox once more.
    pub to_outbox: usize,
    /// Messages that are left where they were, and why.
    pub left: Vec<String>,
}

impl Retelling<'_> {
    /// Sends on all that is in a queue. A message is deleted when what it tells of is on
    /// its way, so that some of it goes twice if this ends in between.
    ///
    /// # Errors
    ///
    /// When the queues' file or the table fails. What was not sent on is visible again
    /// when the queue's visibility timeout is over.
    pub async fn queue(&self, queue: &Queue) -> Result<Retold> {
        let mut retold = Retold::default();
        let (mut times, mut told, mut left) = (vec![], vec![], vec![]);
        loop {
            let messages = self.queues.receive(queue, 10, now())?;
            if messages.is_empty() {
                break;
            }
            for Message {
                id, receipt, body, ..
            } in messages
            {
                match self.known(&body) {
                    Ok(GivenUp::Event { function, event }) => {
                        self.queues.send(&[&inbox(&function)], &event, now())?;
                        self.queues.delete(&[&receipt])?;
                        retold.to_functions += 1;
                    }
                    Ok(GivenUp::Changes { from, to, .. }) => {
                        times.push((from, to));
                        told.push(receipt);
                    }
                    Err(why) => {
                        retold.left.push(format!("{id}: {why:#}"));
                        left.push(receipt);
                    }
                }
            }
        }
        retold.to_outbox = self.put_again(&times).await?;
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        self.queues.delete(&told)?;
        for receipt in left {
            self.queues.hide(&receipt, now())?;
        }
        Ok(retold)
    }

    /// What a message tells of, if it can be sent on.
    fn known(&self, message: &str) -> Result<GivenUp> {
        let given_up = GivenUp::read(message).context("it tells of nothing given up")?;
        match &given_up {
            GivenUp::Event { function, .. } => {
                let mut functions = self.table.functions.iter();
                let is_there = functions.any(|is| is.name == *function);
                ensure!(is_there, "there is no function {function:?}");
            }
            GivenUp::Changes { function, .. } => {
                let mut streams = self.sources.streams.iter();
                let reads = streams.any(|is| is.name == OUTBOX && is.function == *function);
                ensure!(reads, "{function:?} does not read the outbox");
            }
        }
        Ok(given_up)
    }

    // ANCHOR: put_again
    /// Puts into the outbox once more what was put there at one of these times, each
    /// event once, and gives how many there were.
    async fn put_again(&self, times: &[(Duration, Duration)]) -> Result<usize> {
        if times.is_empty() {
            return Ok(0);
        }
        let query = self.client.query().table_name(self.shop);
        let query = query
            .consistent_read(true)
            .key_condition_expression("pk = :outbox")
            .expression_attribute_values(":outbox", S(OUTBOX.into()));
        let (mut again, mut items) = (BTreeMap::new(), query.into_paginator().items().send());
        while let Some(item) = items.next().await {
            let item = item?;
            let at = outbox::put_at(&item).context("an item of the outbox has no time")?;
            let is_meant = |(from, to): &(Duration, Duration)| {
                (from.saturating_sub(MARGIN)..=*to + MARGIN).contains(&at)
            };
            if times.iter().any(is_meant) {
                again.extend(outbox::again(&item));
            }
        }
        for item in again.values() {
            let put = self.client.put_item().table_name(self.shop);
            put.set_item(Some(item.clone())).send().await?;
        }
        Ok(again.len())
    }
    // ANCHOR_END: put_again
}
