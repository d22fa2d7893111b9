//! The function host.

fn main() {}
