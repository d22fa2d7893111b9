//! P13 and P15 where a rung has nothing of what they are about: that it has nothing is seen.

use std::path::Path;

use serde_json::json;

use super::contract::Contract;
use super::rung::Rung;
use super::shop::expect_problem;
use super::{Check, Stop};

/// P13: everything happens once, though every message may come twice. A rung that is one process and says nothing of messages sends none.
pub fn messages(rung: &Rung) -> Check {
    if !Path::new("/proc").is_dir() {
        // Only Linux tells which processes belong together.
        return Ok(vec![
            "The rung is described as one process; without /proc nobody has looked.".to_owned(),
        ]);
    }
    let machine = rung.machine()?;
    let running = machine.start()?;
    match running.processes()?.len() {
        1 if rung.database.is_some() => Ok(vec![
            "An instance of the shop is one process, and knows of nobody but its database."
                .to_owned(),
        ]),
        1 => Ok(vec![
            "The shop is one process, so there is nobody to send a message to.".to_owned(),
        ]),
        several => Err(Stop::broken(format!(
            "The shop has {several} processes, and does not say how their messages are delivered twice."
        ))),
    }
}

/// P15: money is conserved, and every checkout ends. A shop without a checkout moves no money.
pub fn money(rung: &Rung) -> Check {
    if let Some(path) = Contract::of_the_shop()
        .paths()
        .find(|path| path.contains("checkout"))
    {
        return Err(Stop::broken(format!(
            "The contract has {path}, and no test yet asks where the money went."
        )));
    }
    let machine = rung.machine()?;
    let running = machine.start()?;
    let shop = running.shop()?;
    for target in ["/checkouts", "/payments", "/orders"] {
        let answer = shop.post(target, &json!({}))?;
        expect_problem(answer, 404, "no-such-route", &format!("POST {target}"))?;
    }
    Ok(vec![
        "No money moves: the shop has no route for a checkout or a payment.".to_owned(),
    ])
}
