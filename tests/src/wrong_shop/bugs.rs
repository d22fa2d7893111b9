//! The routes of P9, whose requests run into a bug.

use std::process::Command;
use std::thread;
use std::time::Duration;

use super::problem::{Reply, invalid_body};
use super::{Fault, Shop};

/// The right shop lets a process of its own run into the bug, and waits for it only so long.
pub fn have_a_bug(shop: &Shop, bug: &str) -> Reply {
    match (shop.fault, bug) {
        (Fault::PanicsHoldingTheLock, "panic") => shop.store.holding_the_lock(|| panic!("a bug")),
        (Fault::AbortsInProcess, "abort") => std::process::abort(),
        (Fault::LoopsHoldingTheLock, "loop") => shop.store.holding_the_lock(for_ever),
        _ => {}
    }
    let own =
        std::env::current_exe().and_then(|program| Command::new(program).env("BUG", bug).spawn());
    if let Ok(mut child) = own {
        for _ in 0..100 {
            if child.try_wait().is_ok_and(|ended| ended.is_some()) {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let _ = child.kill();
        let _ = child.wait();
    }
    invalid_body(vec![(String::new(), "ran into a bug".to_owned())])
}

/// Runs into the bug that the environment names.
pub fn bug_of_our_own() {
    match std::env::var("BUG").as_deref() {
        Ok("panic") => panic!("a bug"),
        Ok("abort") => std::process::abort(),
        Ok(_) => for_ever(),
        Err(_) => {}
    }
}

fn for_ever() {
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}
