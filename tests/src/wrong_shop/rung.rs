//! The wrong shop as a rung.

use std::path::Path;
use std::time::Duration;

use clap::ValueEnum;

use super::Fault;
use crate::promises::Rung;
use crate::promises::rung::SecondInstance;

/// A rung of this shop, with one fault and nothing besides that a rung may have. `program` is the binary `wrong_shop`.
///
/// # Panics
///
/// Never: every fault has a name.
#[must_use]
pub fn rung(program: &Path, fault: Fault) -> Rung {
    let value = fault.to_possible_value().expect("every fault has a name");
    Rung {
        number: 0,
        program: program.to_owned(),
        with_a_bug: program.to_owned(),
        env: [("FAULT".to_owned(), value.get_name().to_owned())].into(),
        staff_key: None,
        messages: None,
        disk: Some("SHOP_DATA".to_owned()),
        elsewhere: None,
        database: None,
        release: None,
        second_instance: SecondInstance::SameDisk,
        kills: 0,
        kill_within: Duration::from_millis(80),
        lists_are_late: false,
        made_again: vec![],
        loops: 0,
        forget: None,
        backup: None,
        restore: None,
        idle_month: None,
        golden: None,
        till: None,
    }
}
