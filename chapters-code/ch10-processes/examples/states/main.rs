//! All states of a checkout and the ways between them, as its decider has them:
//! `cargo run -p ch10-processes --example states`, and with `-- --svg` a picture of them.

mod picture;

use std::env;

use ch10_processes::checkout::states::{Kind, Way, ways};

fn main() {
    let ways = ways();
    if env::args().any(|word| word == "--svg") {
        print!("{}", picture::draw(&ways));
        return;
    }
    for way in &ways {
        println!("{}", line(way));
    }
    println!("{}", picture::sum(&ways));
}

fn line(way: &Way) -> String {
    let (from, to) = (name(way.from), name(way.to));
    let mut line = format!("{from:<22} {:<13} {to}", way.fact);
    if !way.wants.is_empty() {
        line = format!("{line:<60} wants {}", way.wants.join(", "));
    }
    line
}

fn name(kind: Kind) -> String {
    kind.map_or("nothing".into(), |(hold, payment)| {
        format!("{hold:?}, {payment:?}")
    })
}
