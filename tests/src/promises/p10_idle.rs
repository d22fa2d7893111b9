//! P10: an idle shop costs nothing but its storage. It is computed from the bill.

use super::rung::Rung;
use super::{Check, Stop};

pub fn ask(rung: &Rung) -> Check {
    let Some(month) = rung.idle_month else {
        return Err(Stop::NotAsked(
            "nobody has declared what a month of it costs.".to_owned(),
        ));
    };
    if month.is_zero() {
        return Ok(vec![
            "A month in which nobody comes costs nothing but storage.".to_owned(),
        ]);
    }
    Err(Stop::broken(format!(
        "A month in which nobody comes costs {month}, storage not counted."
    )))
}
