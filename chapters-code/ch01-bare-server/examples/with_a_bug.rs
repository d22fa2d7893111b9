//! The shop of chapter 1 with three bugs in it, each behind a route of its own. The
//! promise P9 asks what the other customers notice of them.

use std::error::Error;
use std::process;

use ch01_bare_server::http::{Request, Response};
use ch01_bare_server::settings::Settings;
use ch01_bare_server::store::Store;
use ch01_bare_server::{api, server};

fn main() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_env()?;
    let store = Store::open(&settings.data)?;
    let listener = settings.listen()?;
    server::serve(&listener, settings.threads, |request| {
        handle(&store, request)
    });
    Ok(())
}

// ANCHOR: handle
fn handle(store: &Store, request: &Request) -> Response {
    match request.head.path.as_str() {
        "/bugs/panic" => panic!("a bug"),
        "/bugs/abort" => process::abort(),
        "/bugs/loop" => loop {
            std::hint::spin_loop();
        },
        _ => api::handle(store, request),
    }
}
// ANCHOR_END: handle
