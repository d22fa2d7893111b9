//! The people of chapter 11, who are met, shown, mistaken for others, and forgotten.

use anyhow::{Result, anyhow, ensure};
use less_to_run_tests::promises::Shop;
use less_to_run_tests::promises::shop::percent_encoded;
use serde_json::{Value, json};

use crate::host::KEY;

/// Each function that has to do with people does all that it ever does: whoever writes a name meets somebody new, and whoever tells one opens
/// it.
pub fn are_known(shop: &Shop) -> Result<()> {
    let pet = || shop.take_in_a("dog").map_err(|stop| anyhow!("{stop:?}"));
    let (one, several, paid) = (pet()?, pet()?, pet()?);
    let adopt = json!({ "customer": "Emmy" });
    let adopted = told(
        shop,
        "POST",
        &format!("/pets/{one}/adoption"),
        Some(&adopt),
        200,
    )?;
    ensure!(adopted["customer"] == "Emmy", "{adopted}");
    let adopt = json!({ "customer": "Hypatia", "pets": [several] });
    told(shop, "POST", "/adoptions", Some(&adopt), 200)?;
    let wanted = json!({ "customer": "Sofia", "card": "sofia" });
    told(
        shop,
        "POST",
        &format!("/pets/{paid}/checkout"),
        Some(&wanted),
        202,
    )?;
    let right = json!({ "customer": "Émilie" });
    let corrected = told(
        shop,
        "POST",
        &format!("/pets/{one}/correction"),
        Some(&right),
        200,
    )?;
    ensure!(corrected["customer"] == "Émilie", "{corrected}");
    let shown = told(shop, "GET", &format!("/pets/{one}"), None, 200)?;
    ensure!(shown["customer"] == "Émilie", "{shown}");
    // How it was tells who had it, as the history does.
    let before = format!("/pets/{one}?commit=2");
    for (key, due) in [("nobody", 401), (KEY, 200)] {
        let key = format!("Bearer {key}");
        let answer = shop.request("GET", &before, None, &[("Authorization", &key)]);
        let answer = answer.map_err(|stop| anyhow!("{stop:?}"))?;
        ensure!(answer.status == due, "{answer:?}");
        ensure!(
            due == 401 || answer.json()["customer"] == "Emmy",
            "{answer:?}"
        );
    }
    let history = told(shop, "GET", &format!("/pets/{one}/history"), None, 200)?;
    let of = history["events"].as_array().into_iter().flatten();
    let names: Vec<&Value> = of.map(|event| &event["customer"]).collect();
    ensure!(
        names == [&Value::Null, &json!("Emmy"), &json!("Émilie")],
        "{history}"
    );
    let back = json!({ "reason": "They are another's" });
    told(
        shop,
        "POST",
        &format!("/pets/{several}/return"),
        Some(&back),
        200,
    )?;
    let forgotten = format!("/customers/{}", percent_encoded("Émilie"));
    let answer = shop.request("DELETE", &forgotten, None, &[]);
    let answer = answer.map_err(|stop| anyhow!("{stop:?}"))?;
    ensure!(answer.status == 204, "{answer:?}");
    told(shop, "DELETE", &forgotten, None, 404)?;
    let shown = told(shop, "GET", &format!("/pets/{one}"), None, 200)?;
    ensure!(shown["customer"] == "(forgotten)", "{shown}");
    // The list follows.
    let listed = told(shop, "GET", "/pets?status=adopted", None, 200)?;
    ensure!(!listed.to_string().contains("person:"), "{listed}");
    Ok(())
}

fn told(shop: &Shop, method: &str, target: &str, body: Option<&Value>, due: u16) -> Result<Value> {
    let answer = shop.request(method, target, body, &[]);
    let answer = answer.map_err(|stop| anyhow!("{stop:?}"))?;
    ensure!(answer.status == due, "{method} {target}: {answer:?}");
    Ok(answer.json())
}
