//! P10: an idle shop costs nothing but its storage. It is computed from the bill. What watches over the shop is paid by the month as well,
//! serves nobody, and is told.

use super::rung::Rung;
use super::{Check, Stop};

pub fn ask(rung: &Rung) -> Check {
    let Some(month) = rung.idle_month else {
        return Err(Stop::NotAsked(
            "nobody has declared what a month of it costs.".to_owned(),
        ));
    };
    let (waiting, watch) = (month.waiting, month.watch);
    match (waiting.is_zero(), watch.is_zero()) {
        (true, true) => Ok(vec![
            "A month in which nobody comes costs nothing but storage.".to_owned(),
        ]),
        (true, false) => Ok(vec![format!(
            "A month in which nobody comes costs nothing but storage, and {watch} for what watches over it."
        )]),
        (false, true) => Err(Stop::broken(format!(
            "A month in which nobody comes costs {waiting}, storage not counted."
        ))),
        (false, false) => Err(Stop::broken(format!(
            "A month in which nobody comes costs {waiting}, storage and {watch} for what watches over it not counted."
        ))),
    }
}
