//! What a sale asks of the queue of letters.

use anyhow::{Result, ensure};
use book::measured::Measured;

use crate::measure::chapter5::sale::{SALES, count_of};
use crate::measure::chapter5::work::REPORT;

/// Puts down how often the queue is asked for a sale, after what the host has printed at so many of them.
///
/// At AWS the bus sends each message, and the mapping receives it, and deletes it when the function has answered; each of that is a
/// request, and the last two are one for all messages that came together.
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>
pub fn requests(log: &str, file: &mut Measured) -> Result<()> {
    let sent = log.matches("Thank you for giving").count();
    ensure!(sent == SALES, "{sent} letters for {SALES} sales");
    let of_thanks = format!("thanks{REPORT}");
    let received = log.lines().filter(|line| line.starts_with(&of_thanks));
    let requests = sent + 2 * received.count();
    file.put(
        "sale_queue_requests",
        count_of(requests) / count_of(SALES),
        "requests",
        "requests to the queue of letters for a sale that comes by itself, counted as AWS does: one to send the message, one to receive it, one to delete it",
    );
    Ok(())
}
