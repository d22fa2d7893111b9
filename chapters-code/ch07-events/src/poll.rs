//! Brings what is in queues to functions.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use axum::body::Bytes;
use ch04_functions::failure::Failure;
use ch04_functions::pool::Pool;
use tokio::sync::Semaphore;
use tracing::{error, warn};

use crate::answer;
use crate::clock::now;
use crate::failed;
use crate::mailroom::Mailroom;
use crate::queue::{Message, Queue};
use crate::sources::{Events, Poll};

/// How long an event waits for a process that is free.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Between the tries. Lambda waits for one minute, and for two.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// Has the messages of a queue handled, in batches of which `most` are under way.
async fn drain<F: Future<Output = Result<()>> + Send + 'static>(
    mail: &Mailroom,
    queue: &Queue,
    batch: usize,
    most: usize,
    handle: impl Fn(Vec<Message>) -> F,
) -> Result<()> {
    let places = Arc::new(Semaphore::new(most));
    loop {
        let place = Arc::clone(&places).acquire_owned().await?;
        let (messages, under_way) = mail.receive(queue, batch).await?;
        let handled = handle(messages);
        tokio::spawn(async move {
            if let Err(because) = handled.await {
                let because = format!("{because:#}");
                error!(because, "what became of messages cannot be kept");
            }
            drop((place, under_way));
        });
    }
}

// ANCHOR: poll
/// Brings the messages of a queue to a function: a source mapping. What it fails at it
/// gets again when the visibility timeout is over.
///
/// # Errors
///
/// When the queue's file fails.
pub async fn poll(mail: Arc<Mailroom>, poll: Poll, function: Arc<Pool>) -> Result<()> {
    let (queue, batch, most) = (poll.queue.clone(), poll.batch, poll.most);
    drain(&mail, &queue, batch, most, |messages| {
        hand_over(
            Arc::clone(&mail),
            poll.clone(),
            Arc::clone(&function),
            messages,
        )
    })
    .await
}

async fn hand_over(
    mail: Arc<Mailroom>,
    poll: Poll,
    function: Arc<Pool>,
    messages: Vec<Message>,
) -> Result<()> {
    let event = serde_json::to_vec(&event(&poll.queue.name, &messages))?;
    let failed = match function.invoke(event.into(), PATIENCE).await {
        Ok(answer) if poll.partial => answer::failures(&answer),
        Ok(_) => Some(vec![]),
        Err(because) => {
            let (queue, because) = (&poll.queue.name, because.to_string());
            warn!(queue, because, "messages will come again");
            return Ok(());
        }
    };
    let done = done(&messages, failed);
    mail.with(|queues| queues.delete(&done))?;
    Ok(())
}
// ANCHOR_END: poll

/// The receipts of those that a function has not failed at. An answer that cannot be read,
/// or that names what was not in the batch, says that all have failed.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
fn done(messages: &[Message], failed: Option<Vec<String>>) -> Vec<&str> {
    let is_there = |id: &String| messages.iter().any(|message| message.id == *id);
    let Some(failed) = failed.filter(|failed| failed.iter().all(is_there)) else {
        return vec![];
    };
    let done = messages
        .iter()
        .filter(|message| !failed.contains(&message.id));
    done.map(|message| message.receipt.as_str()).collect()
}

fn event(queue: &str, messages: &[Message]) -> SqsEvent {
    let mut event = SqsEvent::default();
    for message in messages {
        let mut record = SqsMessage::default();
        record.message_id = Some(message.id.clone());
        record.receipt_handle = Some(message.receipt.clone());
        record.body = Some(message.body.clone());
        record.attributes = [
            ("ApproximateReceiveCount", message.receives.to_string()),
            ("SentTimestamp", message.sent.as_millis().to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        record.event_source = Some("aws:sqs".into());
        record.event_source_arn = Some(format!("arn:aws:sqs:local:000000000000:{queue}"));
        event.records.push(record);
    }
    event
}

// ANCHOR: deliver
/// Brings events to a function, one at a time, as the bus and the clock want it.
///
/// # Errors
///
/// When the queue's file fails.
pub async fn deliver(
    mail: Arc<Mailroom>,
    inbox: Queue,
    events: Events,
    function: Arc<Pool>,
    most: usize,
) -> Result<()> {
    drain(&mail, &inbox, 1, most, |messages| {
        bring(
            Arc::clone(&mail),
            events.clone(),
            Arc::clone(&function),
            messages,
        )
    })
    .await
}

async fn bring(
    mail: Arc<Mailroom>,
    events: Events,
    function: Arc<Pool>,
    messages: Vec<Message>,
) -> Result<()> {
    for message in messages {
        let body = Bytes::from(message.body.clone());
        let Err(because) = function.invoke(body, PATIENCE).await else {
            mail.with(|queues| queues.delete(&[&message.receipt]))?;
            continue;
        };
        if matches!(because, Failure::Stopped) {
            let again = mail.with(|queues| queues.hide(&message.receipt, now()));
            again?;
            continue;
        }
        let (tries, because) = (message.receives, because.to_string());
        let function = function.name();
        if tries <= events.attempts {
            warn!(function, because, "an event is tried again");
            let pause = PAUSES[tries.saturating_sub(1).min(1) as usize];
            mail.with(|queues| queues.hide(&message.receipt, now() + pause))?;
            continue;
        }
        error!(function, because, "an event is given up");
        if let Some(failed) = &events.failed {
            let told = failed::event(function, &message.body, tries, &because);
            mail.send(&[failed], &told.to_string())?;
        }
        mail.with(|queues| queues.delete(&[&message.receipt]))?;
    }
    Ok(())
}
// ANCHOR_END: deliver

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str) -> Message {
        Message {
            id: id.into(),
            receipt: format!("receipt of {id}"),
            body: String::new(),
            sent: Duration::ZERO,
            receives: 1,
            from: None,
        }
    }

    #[test]
    fn what_a_function_has_not_named_is_done() {
        let messages = ["a", "b", "c"].map(message);
        let done = |failed: &[&str]| {
            let failed = failed.iter().map(|id| (*id).to_owned()).collect();
            done(&messages, Some(failed))
        };
        assert_eq!(done(&[]), ["receipt of a", "receipt of b", "receipt of c"]);
        assert_eq!(done(&["b"]), ["receipt of a", "receipt of c"]);
    }

    #[test]
    fn nothing_is_done_when_nobody_knows_what_has_failed() {
        let messages = ["a", "b"].map(message);
        for failed in [
            None,
            Some(vec![String::new()]),
            Some(vec!["a".into(), "z".into()]),
        ] {
            assert!(done(&messages, failed).is_empty());
        }
    }
}
