//! What the desks of the office take of the table when they are told of an adoption.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};

use crate::measure::chapter5::function::Function;
use crate::measure::chapter6::counted::Taken;
use crate::measure::meter::Meter;

/// The functions that are told of an adoption.
pub const DESKS: [&str; 3] = ["papers", "thanks", "display"];

/// How often it is counted once more.
const TRIES: u32 = 5;

/// The office of one chapter.
#[derive(Debug)]
pub struct Office {
    /// The programs of [`DESKS`].
    pub programs: [PathBuf; DESKS.len()],
    /// Whether letters come through a queue.
    pub has_queue: bool,
}

impl Office {
    /// What each of [`DESKS`] takes of the table in the database at `127.0.0.1:PORT`, for the adoption of one pet.
    ///
    /// A call that is answered too late is made again, and both are counted. Hence it is counted until it was twice the same.
    ///
    /// # Errors
    ///
    /// When a desk fails, or the machine is too slow.
    pub fn count(&self, database: &str) -> Result<[Taken; DESKS.len()]> {
        let meter = Meter::with_indexes(database)?;
        let mut last = None;
        for number in 0..=TRIES {
            let counted = Some(self.count_once(&meter, number)?);
            if counted == last {
                break;
            }
            last = counted;
            if number == TRIES {
                bail!("calls were made again and again: the machine is too slow");
            }
        }
        Ok(last.unwrap_or_default())
    }

    fn count_once(&self, meter: &Meter, number: u32) -> Result<[Taken; DESKS.len()]> {
        let mut all = [Taken::default(); DESKS.len()];
        let adoption = adoption(number);
        for ((desk, program), taken) in DESKS.iter().zip(&self.programs).zip(&mut all) {
            let event = if *desk == "thanks" && self.has_queue {
                in_a_message(&adoption)
            } else {
                adoption.clone()
            };
            let url = format!("http://{}", meter.at);
            let function = Function::new(program.clone(), desk, &url);
            let answer = function.first(&event)?.answer;
            let failures = answer["batchItemFailures"].as_array();
            let is_done = failures.is_none_or(Vec::is_empty);
            ensure!(is_done, "{desk} has failed: {answer}");
            for call in &meter.take() {
                // What it took would be told by nobody.
                ensure!(call.status == 200, "{desk}: a call failed: {call:?}");
                *taken += call;
            }
        }
        Ok(all)
    }
}

/// An adoption, as the bus tells of it. Each of another pet, by another request.
/// <https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html>
fn adoption(number: u32) -> Value {
    let (request, detail) = super::adoption(number);
    json!({
        "version": "0",
        "id": request,
        "detail-type": "PetAdopted",
        "source": "shop",
        "account": "000000000000",
        "time": "2026-11-01T12:00:00Z",
        "region": "eu-central-1",
        "resources": [],
        "detail": detail,
    })
}

/// The same as the mapping of a queue hands it over.
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>
fn in_a_message(event: &Value) -> Value {
    json!({ "Records": [{
        "messageId": event["id"],
        "receiptHandle": "1",
        "body": event.to_string(),
        "attributes": { "ApproximateReceiveCount": "1" },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:000000000000:letters",
        "awsRegion": "eu-central-1",
    }] })
}
