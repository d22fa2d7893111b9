//! P7: losing the machine's disk loses nothing acknowledged.

use super::rung::Rung;
use super::shop::{Shop, expect, fresh_species};
use super::{Check, Stop};

const PETS: usize = 10;

pub fn ask(rung: &Rung, shop: &Shop) -> Check {
    let machine = rung.machine()?;
    let mut running = machine.start()?;
    let before = shop.moved_to(running.url())?;
    let species = fresh_species("kept");
    let ids: Vec<String> = (0..PETS)
        .map(|_| before.take_in_a(&species))
        .collect::<Check<_>>()?;
    expect(before.adopt(&ids[0], "Ada")?, 200, "an adoption")?;
    running.kill();
    machine.lose_disk()?;

    let running = machine.start_again()?;
    let after = shop.moved_to(running.url())?;
    let mut lost = 0;
    for id in &ids {
        let answer = after.get(&format!("/pets/{id}"))?;
        let adopted = answer.json()["customer"] == "Ada";
        if answer.status != 200 || adopted != (*id == ids[0]) {
            lost += 1;
        }
    }
    if lost > 0 {
        return Err(Stop::broken(format!(
            "The disk was lost, and {lost} of {PETS} acknowledged pets with it."
        )));
    }
    Ok(vec![format!(
        "The disk was lost, and all {PETS} acknowledged pets are still there."
    )])
}
