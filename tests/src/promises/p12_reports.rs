//! P12: a question nobody thought of can be answered from the past. Which species is brought back how often is
//! asked only after it has happened.

use super::behind::settles;
use super::rung::Rung;
use super::shop::{Shop, expect, fresh_species};
use super::{Check, Stop};

pub fn ask(shop: &Shop) -> Check {
    let returns = live(shop)?;
    tell(shop, &returns, "").map(|line| vec![line])
}

/// As [`ask`], and again after a kill and a restart.
pub fn ask_rung(rung: &Rung, shop: &Shop) -> Check {
    let machine = rung.machine()?;
    let mut running = machine.start()?;
    let before = shop.moved_to(running.url())?;
    let returns = live(&before)?;
    let told = tell(&before, &returns, "")?;
    running.kill();
    let running = machine.start_again()?;
    let again = tell(
        &shop.moved_to(running.url())?,
        &returns,
        "After a restart: ",
    )?;
    Ok(vec![told, again])
}

/// One species comes back twice, one three times, one never.
fn live(shop: &Shop) -> Check<[(String, u64); 3]> {
    let returns =
        [("cat", 2), ("dog", 3), ("carp", 0)].map(|(name, times)| (fresh_species(name), times));
    for (species, times) in &returns {
        let (id, other) = (shop.take_in_a(species)?, shop.take_in_a(species)?);
        for number in 0..*times {
            let id = if number == 0 { &other } else { &id };
            expect(shop.adopt(id, "Ada")?, 200, "an adoption")?;
            expect(shop.bring_back(id, "It is not for us")?, 200, "a return")?;
        }
        // One adoption that lasts, so that counting adoptions is not the same.
        expect(shop.adopt(&id, "Grace")?, 200, "an adoption")?;
    }
    Ok(returns)
}

fn tell(shop: &Shop, returns: &[(String, u64)], when: &str) -> Check<String> {
    let answer = shop.get("/reports/returns-by-species")?;
    if answer.status == 404 && answer.problem() == "report-not-kept" {
        return Err(Stop::broken(format!(
            "{when}Asked which species is brought back how often, the shop answers that it keeps no such report."
        )));
    }
    settles(|| says(shop, returns, when))?;
    Ok(format!(
        "{when}Asked only afterwards, the shop knows which species was brought back how often."
    ))
}

fn says(shop: &Shop, returns: &[(String, u64)], when: &str) -> Check<()> {
    let answer = shop.get("/reports/returns-by-species")?;
    let report = expect(answer, 200, "GET /reports/returns-by-species")?.json();
    for (species, due) in returns {
        let rows = report["rows"].as_array().into_iter().flatten();
        let counts: Vec<u64> = rows
            .filter(|row| row["key"] == **species)
            .filter_map(|row| row["count"].as_u64())
            .collect();
        if counts.iter().sum::<u64>() != *due || counts.len() > 1 {
            return Err(Stop::broken(format!(
                "{when}A species was brought back {due} times, and the report says {counts:?}."
            )));
        }
    }
    Ok(())
}
