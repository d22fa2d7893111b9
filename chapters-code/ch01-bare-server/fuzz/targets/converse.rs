//! A whole conversation: `cargo +nightly fuzz run converse` in the crate's folder.
//!
//! The input is what a client sends. Where it is cut into packets, and whether the client then waits or closes its
//! side, follows from the input, so that a file of the corpus is readable and does the same every time.

#![no_main]

#[path = "../../tests/wire/mod.rs"]
mod wire;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let seed = wire::seed_of(bytes);
    let end = if seed & 2 == 0 { wire::End::Waits } else { wire::End::Closes };
    wire::talk_whole_and_cut(bytes, end, seed);
});
