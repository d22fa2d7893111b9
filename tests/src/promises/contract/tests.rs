use std::collections::BTreeSet;

use serde_json::json;

use super::*;

fn answer(status: u16, media_type: &str, body: &Value) -> Answer {
    Answer {
        status,
        fields: vec![
            ("content-type".to_owned(), media_type.to_owned()),
            ("location".to_owned(), "/pets/1".to_owned()),
        ],
        body: body.to_string().into_bytes(),
        ..Answer::default()
    }
}

fn gustav() -> Value {
    json!({
        "id": "1", "name": "Gustav", "species": "tortoise", "born": 1923,
        "price": { "amount": 12000, "currency": "EUR" }, "status": "available",
    })
}

fn breaches(method: &str, target: &str, answer: &Answer) -> Vec<String> {
    Contract::of_the_shop().breaches(method, target, answer)
}

#[test]
fn an_answer_that_keeps_to_the_contract_has_no_breach() {
    let pet = answer(200, "application/json", &gustav());
    assert_eq!(breaches("GET", "/pets/1", &pet), Vec::<String>::new());
    let created = answer(201, "application/json; charset=utf-8", &gustav());
    assert_eq!(breaches("POST", "/pets", &created), Vec::<String>::new());
    let problem = json!({ "type": "/problems/no-such-route", "title": "t", "status": 404, "detail": "d", "more": 1 });
    let missing = answer(404, "application/problem+json", &problem);
    assert_eq!(breaches("GET", "/nowhere", &missing), Vec::<String>::new());
}

#[test]
fn what_is_said_of_a_checkout_is_held_against_its_own_document() {
    let price = json!({ "amount": 12000, "currency": "EUR" });
    let open =
        json!({ "id": "7", "pet": "1", "price": price, "status": "open", "payment": "unclear" });
    let shown = answer(200, "application/json", &open);
    assert_eq!(
        breaches("GET", "/checkouts/7", &shown),
        Vec::<String>::new()
    );
    let mut odd = open;
    odd["payment"] = "perhaps".into();
    let shown = answer(200, "application/json", &odd);
    assert_eq!(breaches("GET", "/checkouts/7", &shown).len(), 1);
    let begun = json!({ "id": "7", "pet": "1", "price": price });
    // Its Location is that of a pet.
    let begun = answer(202, "application/json", &begun);
    assert_eq!(breaches("POST", "/pets/1/checkout", &begun).len(), 1);
}

#[test]
fn each_way_to_break_it_is_seen() {
    let with = |name: &str, value: Value| {
        let mut pet = gustav();
        pet[name] = value;
        pet
    };
    let pets = [
        with("colour", json!("green")),
        with("id", json!(1)),
        with("id", json!("a/b")),
        with("name", json!("")),
        with("status", json!("adopted")),
        with("status", json!("sold")),
        with("customer", json!("Ada")),
        with("price", json!({ "amount": 1.5, "currency": "EUR" })),
    ];
    for pet in pets {
        let found = breaches("GET", "/pets/1", &answer(200, "application/json", &pet));
        assert!(!found.is_empty(), "{pet} was let through");
    }
    let problem = |kind: &str, status: u16| json!({ "type": format!("/problems/{kind}"), "title": "t", "status": status, "detail": "d" });
    let answers = [
        (200, "text/html", gustav()),
        (202, "application/json", gustav()),
        (404, "application/json", problem("pet-not-found", 404)),
        (
            404,
            "application/problem+json",
            problem("pet-not-found", 410),
        ),
        (
            404,
            "application/problem+json",
            problem("already-adopted", 409),
        ),
        (
            404,
            "application/problem+json",
            problem("no-such-problem", 404),
        ),
        (404, "application/problem+json", json!({})),
        (500, "application/problem+json", problem("broken", 500)),
    ];
    for (status, media_type, body) in answers {
        let found = breaches("GET", "/pets/1", &answer(status, media_type, &body));
        assert!(
            !found.is_empty(),
            "{status} {media_type} {body} was let through"
        );
    }
    let mut no_location = answer(201, "application/json", &gustav());
    no_location.fields.pop();
    assert_eq!(
        breaches("POST", "/pets", &no_location),
        ["POST /pets was answered 201, without the field location"]
    );
    assert!(
        !breaches(
            "HEAD",
            "/pets/1",
            &answer(200, "application/json", &gustav())
        )
        .is_empty()
    );
}

/// A schema's examples are what a reader looks at first.
#[test]
fn every_example_keeps_to_its_schema() {
    let contract = Contract::of_the_shop();
    let mut seen = 0;
    for (name, schema) in contract.document()["components"]["schemas"]
        .as_object()
        .unwrap()
    {
        for example in schema["examples"].as_array().into_iter().flatten() {
            let errors: Vec<String> = contract
                .validator(schema)
                .iter_errors(example)
                .map(|e| e.to_string())
                .collect();
            assert_eq!(errors, Vec::<String>::new(), "{name}: {example}");
            seen += 1;
        }
    }
    assert!(seen >= 12);
}

/// What a component is called in one place, it is called in all.
#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                found.extend(
                    members
                        .get("$ref")
                        .and_then(Value::as_str)
                        .map(str::to_owned),
                );
                members
                    .values()
                    .for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = Contract::of_the_shop().document();
    let mut used = BTreeSet::new();
    references(document, &mut used);
    // An operation names its scheme without a `$ref`.
    let operations = document["paths"].as_object().unwrap().values();
    let operations = operations.flat_map(|item| item.as_object().unwrap().values());
    let required = operations.filter_map(|operation| operation["security"].as_array());
    for scheme in required
        .flatten()
        .flat_map(|one| one.as_object().unwrap().keys())
    {
        used.insert(format!("#/components/securitySchemes/{scheme}"));
    }
    let mut there = BTreeSet::new();
    for (kind, parts) in document["components"].as_object().unwrap() {
        there.extend(
            parts
                .as_object()
                .unwrap()
                .keys()
                .map(|name| format!("#/components/{kind}/{name}")),
        );
    }
    assert_eq!(used, there);
}

#[test]
fn what_is_for_the_staff_is_found_by_method_and_path() {
    let contract = Contract::of_the_shop();
    for (method, target, due) in [
        ("POST", "/pets", true),
        ("POST", "/pets?a=b", true),
        ("POST", "/pets/1/return", true),
        ("GET", "/pets/1/history", true),
        ("HEAD", "/pets/1/history", true),
        ("GET", "/reports/returns-by-species", true),
        ("GET", "/pets", false),
        ("HEAD", "/pets/1", false),
        ("POST", "/pets/1/adoption", false),
        ("POST", "/adoptions", false),
        ("DELETE", "/pets", false),
        ("parameters", "/pets/1", false),
        ("POST", "/nowhere", false),
        ("POST", "/pets/1/checkout", false),
        ("DELETE", "/customers/Ada", true),
        ("POST", "/pets/1/correction", true),
    ] {
        assert_eq!(
            contract.is_for_staff(method, target),
            due,
            "{method} {target}"
        );
    }
    let all = contract.for_staff();
    assert_eq!(all.len(), 4, "{all:?}");
    for (method, path) in all {
        assert!(contract.is_for_staff(&method, &path), "{method} {path}");
    }
}

/// RFC 9110, section 15.5.2: a 401 says how to come in.
#[test]
fn a_refusal_that_does_not_say_how_to_come_in_is_a_breach() {
    let body = json!({ "type": "/problems/not-staff", "title": "t", "status": 401, "detail": "d" });
    let mut refusal = answer(401, "application/problem+json", &body);
    let told = ["POST /pets was answered 401, without the field www-authenticate"];
    assert_eq!(breaches("POST", "/pets", &refusal), told);
    for (field, is_one) in [
        ("Basic", false),
        ("Bearer", true),
        ("Bearer realm=\"shop\"", true),
    ] {
        refusal
            .fields
            .push(("www-authenticate".to_owned(), field.to_owned()));
        let found = breaches("POST", "/pets", &refusal);
        assert_eq!(found.is_empty(), is_one, "{field}: {found:?}");
        refusal.fields.pop();
    }
}
