//! Tells once more what was given up, when whoever has failed at it is mended.

use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use ch03_platform::keys::EXPIRES;
use ch04_functions::table::Table;

use crate::bus::inbox;
use crate::clock::now;
use crate::failed::GivenUp;
use crate::outbox::{self, KEPT, OUTBOX};
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
        let (mut retold, mut left) = (Retold::default(), vec![]);
        loop {
            let messages = self.queues.receive(queue, 10, now())?;
            if messages.is_empty() {
                break;
            }
            for message in messages {
                match self.send_on(&message, &mut retold).await? {
                    None => {
                        self.queues.delete(&[&message.receipt])?;
                    }
                    Some(why) => {
                        retold.left.push(format!("{}: {why}", message.id));
                        left.push(message);
                    }
                }
            }
        }
        for message in left {
            self.queues.hide(&message.receipt, now())?;
        }
        Ok(retold)
    }

    // ANCHOR: send_on
    /// An event goes to the function that has failed at it. Of changes there are only
    /// positions, so what was put into the outbox at their time goes there again. Gives
    /// what speaks against it.
    async fn send_on(&self, message: &Message, retold: &mut Retold) -> Result<Option<String>> {
        match GivenUp::read(&message.body) {
            Ok(GivenUp::Event { function, event }) => {
                if !self.table.functions.iter().any(|is| is.name == function) {
                    return Ok(Some(format!("there is no function {function:?}")));
                }
                self.queues.send(&[&inbox(&function)], &event, now())?;
                retold.to_functions += 1;
            }
            Ok(GivenUp::Changes { function, from, to }) => {
                let mut streams = self.sources.streams.iter();
                if !streams.any(|is| is.name == OUTBOX && is.function == function) {
                    return Ok(Some(format!("{function:?} does not read the outbox")));
                }
                retold.to_outbox += self.put_again(from, to).await?;
            }
            Err(why) => return Ok(Some(format!("it tells of nothing given up: {why}"))),
        }
        Ok(None)
    }
    // ANCHOR_END: send_on

    // ANCHOR: put_again
    /// Puts into the outbox once more what was put there between these times.
    async fn put_again(&self, from: Duration, to: Duration) -> Result<usize> {
        let expires = |at: Duration| N((at + KEPT).as_secs().to_string());
        let query = self.client.query().table_name(self.shop);
        let query = query.consistent_read(true);
        let query = query.key_condition_expression("pk = :outbox");
        let query = query.expression_attribute_values(":outbox", S(OUTBOX.into()));
        let query = query.filter_expression("#expires BETWEEN :from AND :to");
        let query = query.expression_attribute_names("#expires", EXPIRES);
        let query =
            query.expression_attribute_values(":from", expires(from.saturating_sub(MARGIN)));
        let query = query.expression_attribute_values(":to", expires(to + MARGIN));
        let found = query.into_paginator().items().send();
        let found: Vec<_> = found.collect::<Result<_, _>>().await?;
        for item in &found {
            let again = outbox::again(item).context("an item of the outbox has no name")?;
            let put = self.client.put_item().table_name(self.shop);
            put.set_item(Some(again)).send().await?;
        }
        Ok(found.len())
    }
    // ANCHOR_END: put_again
}
