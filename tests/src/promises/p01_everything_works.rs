//! P1: every operation of the contract that is not optional works, and every answer validates against it.

use serde_json::{Value, json};

use super::shop::{Shop, expect, expect_problem, fresh_species, id_of, pet};
use super::{Check, Stop, p01_http, p01_lists};

pub fn ask(shop: &Shop) -> Check {
    health(shop)?;
    pets_within_the_limits_are_taken_in(shop)?;
    a_pet_is_adopted_and_brought_back(shop)?;
    several_are_adopted_all_or_none(shop)?;
    p01_lists::are_filtered(shop)?;
    p01_lists::pages_skip_nothing_and_repeat_nothing(shop)?;
    what_is_optional_is_there_or_said_not_to_be(shop)?;
    head_is_get_without_the_body(shop)?;
    p01_http::is_spoken(shop)?;
    Ok(vec![
        "All operations were asked, and every answer kept to the contract.".to_owned(),
    ])
}

fn health(shop: &Shop) -> Check<()> {
    expect(shop.get("/health")?, 200, "GET /health").map(drop)
}

fn pets_within_the_limits_are_taken_in(shop: &Shop) -> Check<()> {
    let base = pet("Rex", "dog");
    let with = |name: &str, value: Value| {
        let mut pet = base.clone();
        pet[name] = value;
        pet
    };
    let price = |amount: u32, currency: &str| json!({ "amount": amount, "currency": currency });
    let pets = [
        base.clone(),
        with("name", json!("x")),
        with("name", json!("x".repeat(80))),
        // 80 characters, not 80 bytes.
        with("name", json!("ü".repeat(80))),
        with("name", json!("🐢".repeat(80))),
        with("name", json!("\"Bobby\"\n\\ \u{2028}<b>")),
        with("species", json!("a")),
        with("species", json!("a very long-haired guinea pig from here ")),
        with("born", json!(1800)),
        with("born", json!(2100)),
        with("price", price(0, "JPY")),
        with("price", price(100_000_000, "EUR")),
    ];
    for sent in pets {
        let answer = expect(
            shop.post("/pets", &sent)?,
            201,
            &format!("POST /pets {sent}"),
        )?;
        let taken = answer.json();
        let id = id_of(&taken)?;
        let mut due = sent.clone();
        due["id"] = json!(id);
        due["status"] = json!("available");
        same("the pet just taken in", &taken, &due)?;
        let location = answer.field("location").unwrap_or_default();
        same(
            "its Location",
            &json!(location),
            &json!(format!("/pets/{id}")),
        )?;
        let got = expect(shop.get(&format!("/pets/{id}"))?, 200, "GET of that pet")?;
        same("the same pet, asked for", &got.json(), &due)?;
    }
    Ok(())
}

fn a_pet_is_adopted_and_brought_back(shop: &Shop) -> Check<()> {
    let mut due = shop.take_in(&pet("Gustav", "tortoise"))?;
    let id = id_of(&due)?;
    for customer in ["A", "Ada", &"é".repeat(80)] {
        due["status"] = json!("adopted");
        due["customer"] = json!(customer);
        let adopted = expect(shop.adopt(&id, customer)?, 200, "an adoption")?;
        same("the adopted pet", &adopted.json(), &due)?;
        same(
            "the adopted pet, asked for",
            &shop.get(&format!("/pets/{id}"))?.json(),
            &due,
        )?;
        let again = shop.adopt(&id, "somebody else")?;
        expect_problem(
            again,
            409,
            "already-adopted",
            "the adoption of an adopted pet",
        )?;
        same(
            "the pet after a refusal",
            &shop.get(&format!("/pets/{id}"))?.json(),
            &due,
        )?;

        due["status"] = json!("available");
        due.as_object_mut().map(|pet| pet.remove("customer"));
        let returned = expect(shop.bring_back(&id, &"x".repeat(500))?, 200, "a return")?;
        same("the returned pet", &returned.json(), &due)?;
        same(
            "the returned pet, asked for",
            &shop.get(&format!("/pets/{id}"))?.json(),
            &due,
        )?;
        let again = shop.bring_back(&id, "again")?;
        expect_problem(
            again,
            409,
            "not-adopted",
            "the return of a pet that nobody has",
        )?;
    }
    Ok(())
}

fn several_are_adopted_all_or_none(shop: &Shop) -> Check<()> {
    let species = fresh_species("pair");
    let ids: Vec<String> = (0..22)
        .map(|_| shop.take_in_a(&species))
        .collect::<Check<_>>()?;
    let adopt =
        |pets: &[String]| shop.post("/adoptions", &json!({ "pets": pets, "customer": "Ada" }));
    let adopted = expect(adopt(&ids[..20])?, 200, "the adoption of 20 pets")?.json();
    let told: Vec<&Value> = adopted["pets"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|pet| &pet["id"])
        .collect();
    let mut told: Vec<&str> = told.into_iter().filter_map(Value::as_str).collect();
    let mut due: Vec<&str> = ids[..20].iter().map(String::as_str).collect();
    told.sort_unstable();
    due.sort_unstable();
    same("the pets adopted together", &json!(told), &json!(due))?;

    let with_a_taken_one = [ids[20].clone(), ids[3].clone(), ids[21].clone()];
    let refused = expect_problem(
        adopt(&with_a_taken_one)?,
        409,
        "already-adopted",
        "POST /adoptions",
    )?;
    same(
        "the pets that are taken",
        &refused.json()["pets"],
        &json!([ids[3]]),
    )?;
    let with_an_unknown_one = [ids[20].clone(), "no-such-pet".to_owned()];
    expect_problem(
        adopt(&with_an_unknown_one)?,
        404,
        "pet-not-found",
        "POST /adoptions",
    )?;
    for id in &ids[20..] {
        let pet = shop.get(&format!("/pets/{id}"))?.json();
        let what = "the status of a pet after a refused adoption of several";
        same(what, &pet["status"], &json!("available"))?;
    }
    let one = expect(adopt(&ids[20..21])?, 200, "the adoption of one in a list")?.json();
    same("the one pet", &one["pets"][0]["id"], &json!(ids[20]))
}

fn what_is_optional_is_there_or_said_not_to_be(shop: &Shop) -> Check<()> {
    let id = shop.take_in_a("dog")?;
    for (target, problem) in [
        (format!("/pets/{id}/history"), "history-not-kept"),
        ("/reports/returns-by-species".to_owned(), "report-not-kept"),
    ] {
        let answer = shop.get(&target)?;
        if answer.status != 200 {
            expect_problem(answer, 404, problem, &format!("GET {target}"))?;
        }
    }
    let answer = shop.get("/reports/no-such-report")?;
    expect_problem(
        answer,
        404,
        "report-not-kept",
        "GET /reports/no-such-report",
    )?;
    let dog = pet("Rex", "dog");
    let keyed = shop.post_with_key(
        "/pets",
        &dog,
        &format!("key-{}", fresh_species("x").replace(' ', "-")),
    )?;
    expect(keyed, 201, "POST /pets with an Idempotency-Key").map(drop)
}

fn head_is_get_without_the_body(shop: &Shop) -> Check<()> {
    let id = shop.take_in_a("dog")?;
    for target in [
        "/health".to_owned(),
        format!("/pets/{id}"),
        "/pets?limit=1".to_owned(),
    ] {
        let head = expect(
            shop.request("HEAD", &target, None, &[])?,
            200,
            &format!("HEAD {target}"),
        )?;
        let get = shop.get(&target)?;
        let (given, due) = (head.field("content-type"), get.field("content-type"));
        same(
            &format!("the Content-Type of HEAD {target}"),
            &json!(given),
            &json!(due),
        )?;
    }
    Ok(())
}

/// Broken, unless both are the same.
pub fn same(what: &str, given: &Value, due: &Value) -> Check<()> {
    if given == due {
        return Ok(());
    }
    Err(Stop::broken(format!(
        "{what}: expected {due}, got {given}."
    )))
}
