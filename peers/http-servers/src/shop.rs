//! Chapter 1's shop without its HTTP server.

use std::env;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::PathBuf;

use anyhow::{Context, Result};
use ch01_bare_server::json;
use ch01_bare_server::pets::PetId;
use ch01_bare_server::store::Store;

/// Opens the shop in the folder that `SHOP_DATA` names.
///
/// # Errors
///
/// When the journal cannot be opened.
pub fn open() -> Result<Store> {
    let folder = env::var_os("SHOP_DATA").map_or_else(|| PathBuf::from("shop"), PathBuf::from);
    Store::open(&folder).with_context(|| folder.display().to_string())
}

/// 127.0.0.1 and the port that `PORT` names; 0, any free one, when it names none.
///
/// # Errors
///
/// When `PORT` is not a number of a port.
pub fn address() -> Result<SocketAddrV4> {
    let port = match env::var("PORT") {
        Ok(port) => port.parse().with_context(|| format!("PORT={port}"))?,
        Err(_) => 0,
    };
    Ok(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
}

/// The answer to `GET /pets/{id}`: a status and a body.
#[must_use]
pub fn show(store: &Store, id: &str) -> (u16, String) {
    let Ok(shop) = store.look() else {
        return (503, String::new());
    };
    match shop.find(&PetId(id.to_owned())) {
        Ok(pet) => (200, json::pet(pet).to_string()),
        Err(_) => (404, String::new()),
    }
}
