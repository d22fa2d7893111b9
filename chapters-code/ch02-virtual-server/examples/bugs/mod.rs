//! Three bugs.

use std::process;

use axum::Router;
use axum::routing::get;

/// The same routes, and one for each bug.
pub fn add_to(router: Router) -> Router {
    router
        .route("/bugs/panic", get(panic))
        .route("/bugs/abort", get(abort))
        .route("/bugs/loop", get(spin))
}

async fn panic() {
    panic!("a bug");
}

async fn abort() {
    process::abort();
}

async fn spin() {
    loop {
        std::hint::spin_loop();
    }
}
