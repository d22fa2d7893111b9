//! What customers are told by the functions of the counter.

mod desk;

use anyhow::Result;
use ch04_functions::counter::Counter;
use desk::{about, ask, open, take_in};
use local::Local;
use serde_json::{Value, json};

async fn shop() -> Result<(Local, Counter)> {
    let (local, store) = open().await?;
    let publisher = None;
    Ok((local, Counter { store, publisher }))
}

fn ada() -> Value {
    json!({ "customer": "Ada" })
}

#[tokio::test]
async fn a_pet_is_found_as_it_was_taken_in() -> Result<()> {
    let (_local, shop) = shop().await?;
    let id = take_in(&shop, "Gustav", "tortoise").await?;
    let heard = ask(&shop, "show", &about(&id, &json!(null))).await?;
    assert_eq!(heard.status, 200);
    assert_eq!(heard.headers, json!({ "content-type": "application/json" }));
    let due = json!({ "id": id, "name": "Gustav", "species": "tortoise", "born": 1923,
        "price": { "amount": 12_000, "currency": "EUR" }, "status": "available" });
    assert_eq!(heard.body, due);
    Ok(())
}

#[tokio::test]
async fn whoever_brings_a_pet_is_told_where_it_is() -> Result<()> {
    let (_local, shop) = shop().await?;
    let pet = json!({ "name": "Kiwi", "species": "lovebird", "born": 2024,
        "price": { "amount": 4_500, "currency": "EUR" } });
    let request = json!({ "rawPath": "/pets", "body": pet.to_string() });
    let heard = ask(&shop, "take-in", &request).await?;
    let id = heard.body["id"].as_str().unwrap_or_default();
    assert_eq!(heard.status, 201);
    assert_eq!(heard.headers["location"], format!("/pets/{id}"));
    Ok(())
}

#[tokio::test]
async fn a_pet_is_never_adopted_twice() -> Result<()> {
    let (_local, shop) = shop().await?;
    let id = take_in(&shop, "Gustav", "tortoise").await?;
    let first = ask(&shop, "adopt", &about(&id, &ada())).await?;
    assert_eq!(
        (first.status, &first.body["customer"]),
        (200, &json!("Ada"))
    );
    let second = ask(&shop, "adopt", &about(&id, &json!({ "customer": "Ben" }))).await?;
    assert_eq!(second.status, 409);
    assert_eq!(second.body["type"], "/problems/already-adopted");
    assert_eq!(second.headers["content-type"], "application/problem+json");
    Ok(())
}

#[tokio::test]
async fn several_are_adopted_together_and_given_back_one_by_one() -> Result<()> {
    let (_local, shop) = shop().await?;
    let kiwi = take_in(&shop, "Kiwi", "lovebird").await?;
    let mango = take_in(&shop, "Mango", "lovebird").await?;
    let both = json!({ "pets": [kiwi, mango], "customer": "Ada" });
    let request = json!({ "rawPath": "/adoptions", "body": both.to_string() });
    let heard = ask(&shop, "adopt-several", &request).await?;
    assert_eq!(
        (heard.status, &heard.body["pets"][1]["name"]),
        (200, &json!("Mango"))
    );
    let reason = json!({ "reason": "sings at four" });
    let heard = ask(&shop, "give-back", &about(&kiwi, &reason)).await?;
    assert_eq!(
        (heard.status, &heard.body["status"]),
        (200, &json!("available"))
    );
    Ok(())
}

#[tokio::test]
async fn the_list_goes_on_where_the_page_before_ended() -> Result<()> {
    let (_local, shop) = shop().await?;
    for name in ["Kiwi", "Mango"] {
        take_in(&shop, name, "guinea pig").await?;
    }
    let page = async |query: String| ask(&shop, "list", &json!({ "rawQueryString": query })).await;
    let first = page("limit=1&species=guinea+pig".into()).await?;
    let next = first.body["next"].as_str().unwrap_or_default();
    let second = page(format!("limit=1&cursor={next}")).await?;
    assert_eq!(first.body["pets"][0]["name"], "Kiwi");
    assert_eq!(second.body["pets"][0]["name"], "Mango");
    let wrong = page("limit=none".into()).await?;
    assert_eq!(
        (wrong.status, &wrong.body["type"]),
        (400, &json!("/problems/invalid-query"))
    );
    Ok(())
}

#[tokio::test]
async fn what_the_shop_does_not_keep_it_says() -> Result<()> {
    let (_local, shop) = shop().await?;
    let id = take_in(&shop, "Gustav", "tortoise").await?;
    let sales = json!({ "pathParameters": { "name": "sales" } });
    for (handler, request, status, kind) in [
        (
            "history",
            about(&id, &ada()),
            404,
            "/problems/history-not-kept",
        ),
        (
            "history",
            about("1", &ada()),
            404,
            "/problems/pet-not-found",
        ),
        ("show", about("1", &ada()), 404, "/problems/pet-not-found"),
        ("report", sales, 404, "/problems/report-not-kept"),
        (
            "no such function",
            json!({}),
            404,
            "/problems/no-such-route",
        ),
    ] {
        let heard = ask(&shop, handler, &request).await?;
        assert_eq!(
            (heard.status, &heard.body["type"]),
            (status, &json!(kind)),
            "{handler}"
        );
    }
    let heard = ask(&shop, "health", &json!({})).await?;
    assert_eq!((heard.status, heard.body), (200, json!({ "status": "ok" })));
    Ok(())
}

#[tokio::test]
async fn one_function_can_be_all_of_them() -> Result<()> {
    let (_local, shop) = shop().await?;
    let id = take_in(&shop, "Gustav", "tortoise").await?;
    for (route, status) in [
        ("GET /pets/{id}", 200),
        ("POST /pets/{id}/adoption", 200),
        ("POST /pets/{id}/return", 422),
        ("GET /pets", 200),
        ("GET /pets/{id}/history", 404),
        ("GET /health", 200),
        ("DELETE /pets/{id}", 404),
    ] {
        let mut request = about(&id, &ada());
        request["routeKey"] = json!(route);
        let heard = ask(&shop, "shop", &request).await?;
        assert_eq!(heard.status, status, "{route}: {heard:?}");
    }
    Ok(())
}

/// A body that was base64 in the event is the customer's bytes again.
#[tokio::test]
async fn a_body_may_come_as_base64() -> Result<()> {
    let (_local, shop) = shop().await?;
    let id = take_in(&shop, "Gustav", "tortoise").await?;
    let mut request = about(&id, &json!(null));
    request["body"] = json!("eyJjdXN0b21lciI6IkFkYSJ9"); // {"customer":"Ada"}
    request["isBase64Encoded"] = json!(true);
    let heard = ask(&shop, "adopt", &request).await?;
    assert_eq!(
        (heard.status, &heard.body["customer"]),
        (200, &json!("Ada"))
    );
    Ok(())
}

#[tokio::test]
async fn a_body_that_is_not_what_the_shop_expects_is_refused() -> Result<()> {
    let (_local, shop) = shop().await?;
    let id = take_in(&shop, "Gustav", "tortoise").await?;
    let mut no_type = about(&id, &ada());
    no_type["headers"] = json!({});
    let mut no_body = about(&id, &ada());
    no_body["body"] = json!(null);
    for (request, status) in [
        (about(&id, &json!({ "customer": 7 })), 422),
        (no_type, 415),
        (no_body, 400),
    ] {
        let heard = ask(&shop, "adopt", &request).await?;
        assert_eq!(heard.status, status, "{heard:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_request_with_a_key_is_answered_once() -> Result<()> {
    let (_local, shop) = shop().await?;
    let id = take_in(&shop, "Gustav", "tortoise").await?;
    let with_key = |key: &str, customer: &str| {
        let mut request = about(&id, &json!({ "customer": customer }));
        request["rawPath"] = json!("/pets/1/adoption");
        request["headers"]["content-type"] = json!("application/json");
        request["headers"]["idempotency-key"] = json!(key);
        request
    };
    let first = ask(&shop, "adopt", &with_key("once", "Ada")).await?;
    let again = ask(&shop, "adopt", &with_key("once", "Ada")).await?;
    assert_eq!((first.status, &first), (200, &again));
    let other = ask(&shop, "adopt", &with_key("once", "Ben")).await?;
    assert_eq!(other.body["type"], "/problems/idempotency-key-reused");
    // Two fields of a name are one with a comma.
    for key in ["one,two", "", "with space"] {
        let heard = ask(&shop, "adopt", &with_key(key, "Ada")).await?;
        assert_eq!(
            heard.body["type"], "/problems/invalid-idempotency-key",
            "{key}"
        );
    }
    Ok(())
}
