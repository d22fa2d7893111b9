//! The part of P1 about lists: filters, and pages.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use super::behind::settled;
use super::p01_everything_works::same;
use super::shop::{Shop, expect, fresh_species, id_of, percent_encoded};
use super::{Check, Stop};

/// Each filter alone, and both together.
pub fn are_filtered(shop: &Shop) -> Check<()> {
    let (cats, dogs) = (fresh_species("cat"), fresh_species("dog"));
    let [cat, dog, adopted] = [&cats, &dogs, &dogs].map(|species| shop.take_in_a(species));
    let (cat, dog, adopted) = (cat?, dog?, adopted?);
    expect(shop.adopt(&adopted, "Ada")?, 200, "an adoption")?;
    let [cats, dogs] = [cats, dogs].map(|species| percent_encoded(&species));
    let ids = |query: &str| -> Check<Value> {
        let pets = shop.list(query, 20)?;
        Ok(pets.iter().map(|pet| pet["id"].clone()).collect())
    };
    let either_order = [json!([dog, adopted]), json!([adopted, dog])];
    let are_both = |both: &Value| either_order.contains(both);
    let both = settled(are_both, || ids(&format!("species={dogs}")))?;
    let due = if are_both(&both) {
        &both
    } else {
        &either_order[0]
    };
    same("the dogs", &both, due)?;
    let nobody = percent_encoded(&fresh_species("dodo"));
    for (what, query, due) in [
        ("the cats", format!("species={cats}"), json!([cat])),
        (
            "the available dogs",
            format!("status=available&species={dogs}"),
            json!([dog]),
        ),
        (
            "the adopted dogs",
            format!("species={dogs}&status=adopted"),
            json!([adopted]),
        ),
        (
            "a species that nobody took in",
            format!("species={nobody}"),
            json!([]),
        ),
    ] {
        same(what, &settled(|said| *said == due, || ids(&query))?, &due)?;
    }
    let adopted_somewhere = shop.get("/pets?status=adopted&limit=100")?.json();
    let pets = adopted_somewhere["pets"].as_array().into_iter().flatten();
    let other = pets
        .map(|pet| &pet["status"])
        .find(|status| **status != "adopted");
    same(
        "a status among the adopted",
        other.unwrap_or(&json!("adopted")),
        &json!("adopted"),
    )
}

/// Pages are read while pets are taken in, of this species and of others.
pub fn pages_skip_nothing_and_repeat_nothing(shop: &Shop) -> Check<()> {
    let species = fresh_species("paged");
    let there: Vec<String> = (0..23)
        .map(|_| shop.take_in_a(&species))
        .collect::<Check<_>>()?;
    let query = format!("species={}", percent_encoded(&species));
    settled(
        |pets: &Vec<Value>| pets.len() == there.len(),
        || shop.list(&query, 100),
    )?;
    // A shop may end a page early that takes it too long, which on a busy machine it does, but not each time.
    let ask = || -> Check<Value> {
        Ok(expect(shop.get(&format!("/pets?{query}"))?, 200, "GET /pets")?.json())
    };
    let length = |page: &Value| page["pets"].as_array().map(Vec::len);
    let mut first = ask()?;
    for _ in 0..20 {
        if length(&first) == Some(20) {
            break;
        }
        first = ask()?;
    }
    let length = length(&first);
    same(
        "the length of a page without a limit",
        &json!(length),
        &json!(20),
    )?;
    same(
        "whether there is a next page",
        &json!(first["next"].is_string()),
        &json!(true),
    )?;

    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let inserts = scope.spawn(|| -> Check<()> {
            let mut taken_in = 0;
            while !done.load(Ordering::Relaxed) && taken_in < 2_000 {
                shop.take_in_a(if taken_in % 2 == 0 {
                    &species
                } else {
                    "goldfish"
                })?;
                taken_in += 1;
            }
            Ok(())
        });
        // Also a page that ends exactly with the last pet, as 23 pets do in pages of 23.
        let seen = [23, 4, 7].map(|limit| (limit, shop.list(&query, limit)));
        done.store(true, Ordering::Relaxed);
        inserts
            .join()
            .expect("the one who takes in does not panic")?;
        for (limit, pets) in seen {
            let mut times: BTreeMap<String, usize> = BTreeMap::new();
            for pet in pets? {
                *times.entry(id_of(&pet)?).or_default() += 1;
            }
            for id in &there {
                let times = times.get(id).copied().unwrap_or_default();
                if times != 1 {
                    let how = if times == 0 {
                        "not at all".to_owned()
                    } else {
                        format!("{times} times")
                    };
                    return Err(Stop::broken(format!(
                        "Over all pages of {limit}, a pet that was there from the first to the last appeared {how}."
                    )));
                }
            }
        }
        Ok(())
    })
}
