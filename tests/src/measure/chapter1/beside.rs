//! The shop beside other people's servers.

use anyhow::Result;
use book::measured::Measured;

use super::Programs;
use crate::measure::beside;

/// The throughput of the same small answer from three servers.
pub fn throughput(programs: &Programs, file: &mut Measured) -> Result<()> {
    let shops = &programs.shops;
    let servers = [
        ("chapter 1", programs.shop.clone()),
        ("axum", shops.peer("axum-shop")),
        ("tiny_http", shops.peer("tiny-http-shop")),
    ];
    beside::throughput(
        shops,
        &servers,
        Some(&programs.shop),
        "The same shop behind three HTTP servers, one pet from memory",
        file,
    )
}
