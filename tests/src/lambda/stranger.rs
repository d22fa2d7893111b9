//! What somebody can cost the shop who has nothing else to do.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use book::bill::MONTH;
use book::money::Money;
use book::prices::Prices;
use book::workspace::Workspace;
use regex::Regex;

/// What each request is paid for at least that asks for a pet: at the gateway, at Lambda and at the table.
const EACH: [&str; 3] = ["apigateway.request", "lambda.request", "dynamodb.read"];

/// What is paid for a month in which somebody sends as many requests as this template lets the gateway take. The time that the functions take
/// comes on top.
///
/// # Errors
///
/// When the template has no such limit, or the list no such price.
pub fn stranger_month(workspace: &Workspace, template: &Path) -> Result<Money> {
    let text = fs::read_to_string(template).with_context(|| template.display().to_string())?;
    let limit = Regex::new(r"(?m)^ *ThrottlingRateLimit: *(\d+)$")?;
    let found = limit.captures(&text).context("no ThrottlingRateLimit")?;
    let requests = found[1].parse::<u64>()? * MONTH;
    let prices = Prices::load(workspace)?;
    let paid = EACH.map(|key| Ok(prices.get(key)?.of(requests)));
    paid.into_iter().sum()
}
