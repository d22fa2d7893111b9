//! The shop behind `tiny_http`, with as many threads as chapter 1 has.

use std::thread;

use anyhow::{Result, anyhow};
use ch01_bare_server::store::Store;
use http_servers::shop;
use tiny_http::{Header, Request, Response, Server};

const THREADS: usize = 64;

fn main() -> Result<()> {
    let store = shop::open()?;
    let server = Server::http(shop::address()?).map_err(|error| anyhow!(error))?;
    println!("listening on http://{}", server.server_addr());
    let json =
        Header::from_bytes("Content-Type", "application/json").map_err(|()| anyhow!("a header"))?;
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Ok(request) = server.recv() {
                    answer(&store, request, &json);
                }
            });
        }
    });
    Ok(())
}

fn answer(store: &Store, request: Request, json: &Header) {
    let id = request.url().strip_prefix("/pets/").unwrap_or_default();
    let (status, body) = shop::show(store, id);
    let response = Response::from_string(body)
        .with_status_code(status)
        .with_header(json.clone());
    // A client that has gone does not matter to the next one.
    let _ = request.respond(response);
}
