//! The threads that wait for customers.

use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use crate::http::{Patience, Request, Response, converse};

// ANCHOR: serve
/// Answers every connection with `handler`, at most `threads` of them at a time,
/// for ever. Who comes later waits in the kernel's queue.
pub fn serve(
    listener: &TcpListener,
    threads: usize,
    handler: impl Fn(&Request) -> Response + Sync,
) {
    let handler = &handler;
    thread::scope(|scope| {
        for number in 0..threads {
            let work = move || wait_for_customers(listener, handler);
            if let Err(error) = thread::Builder::new().spawn_scoped(scope, work) {
                eprintln!("only {number} of {threads} threads can be started: {error}");
                break;
            }
        }
    });
}

fn wait_for_customers(listener: &TcpListener, handler: &(impl Fn(&Request) -> Response + Sync)) {
    loop {
        let Ok((mut stream, _)) = listener.accept() else {
            // Most likely there are no file descriptors left. To ask again at once would not
            // bring any.
            thread::sleep(Duration::from_millis(50));
            continue;
        };
        let _ = stream.set_nodelay(true);
        // A handler that panics loses its own connection; the thread goes on.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            converse(&mut stream, Patience::default(), handler);
        }));
    }
}
// ANCHOR_END: serve
