//! What the internet sends to a server on its first day, against the real program. It never crashes and never hangs.

mod patience;
mod requests;
mod shop;
#[path = "../wire/mod.rs"]
mod wire;

use requests::Case;
use shop::{HEALTH, Shop};

/// A tortoise in the shop.
const GUSTAV: &str = concat!(
    r#"{"at":1,"taken-in":"1","about":{"name":"Gustav","species":"tortoise","born":1923,"#,
    r#""price":{"amount":12000,"currency":"EUR"}}}"#,
    "\n"
);

#[test]
fn nobody_smuggles_a_request_past_the_shop() {
    hold(requests::smuggling::cases());
}

#[test]
fn chunks_that_lie_are_refused() {
    hold(requests::chunks::cases());
}

#[test]
fn heads_that_are_none_are_refused() {
    hold(requests::heads::cases());
}

#[test]
fn the_limits_are_where_the_contract_says() {
    hold(requests::sizes::cases());
}

#[test]
fn targets_lead_nowhere_but_to_pets() {
    hold(requests::targets::cases());
}

#[test]
fn no_json_is_too_strange() {
    hold(requests::bodies::cases());
}

#[test]
fn clients_may_leave_when_they_like() {
    hold(requests::manners::cases());
}

/// Holds all these conversations with one shop and says which went wrong.
fn hold(cases: Vec<Case>) {
    let mut shop = Shop::open(4, GUSTAV);
    let mut complaints = Vec::new();
    for case in cases {
        if let Err(why) = converse(&shop, &case) {
            complaints.push(format!("{}: {why}", case.name));
        }
        shop.assert_well(case.name);
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn converse(shop: &Shop, case: &Case) -> Result<(), String> {
    let mut client = shop.connect();
    client.send(&case.bytes);
    if case.half_close {
        client.half_close();
    }
    let head_only = case.bytes.starts_with(b"HEAD ");
    for status in &case.statuses {
        match client.hear(head_only)? {
            Some(answer) if answer.status == *status => {}
            answer => return Err(format!("not {status} but {answer:?}")),
        }
    }
    if case.open {
        return client.ask(HEALTH).map(|_| ());
    }
    match client.hear(head_only)? {
        None => Ok(()),
        answer => Err(format!("not the end but {answer:?}")),
    }
}
