//! What it takes that somebody looks after all checkouts of an hour each minute.

use anyhow::{Result, ensure};
use book::measured::Measured;
use serde_json::json;

use super::till::{LOOKS, Till};
use crate::measure::chapter4::{table, words};
use crate::measure::chapter5::Programs;
use crate::measure::chapter5::function::Function;
use crate::measure::chapter5::work::WHOLE;
use crate::measure::chapter6::units;
use crate::measure::chapter9::Taken;
use crate::measure::database::Database;
use crate::measure::meter::Meter;

/// Checkouts that are over, in the second look.
const OVER: u32 = 100;

/// Fills the table `sweep`. `keeper` is the program that looks.
pub(in crate::measure) fn of_a_minute(
    programs: &Programs,
    keeper: &str,
    file: &mut Measured,
) -> Result<()> {
    eprintln!("what a look at all checkouts takes");
    let shops = &programs.shops;
    let folder = shops.data_folder()?;
    let database = Database::start(&shops.shop("local"), None)?;
    let pets = programs.stocked(&database, OVER)?;
    database.release(&shops.shop(programs.release))?;
    let meter = Meter::before(&database.process.at)?;
    let url = format!("http://{}", meter.at);
    let due = Function::new(shops.shop(keeper), "due", &url)
        .with("CHECKOUTS_TABLE", "checkouts")
        .with("PAYMENTS_URL", "http://127.0.0.1:9");
    let event = json!({
        "source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}",
    });
    let mut rows = vec![];
    for (key, what, over) in [
        ("empty", "no checkouts", 0),
        ("hundred", "a hundred that are over", OVER),
    ] {
        if over > 0 {
            let till = Till::open(programs, &database.process.at, folder.path())?;
            let checkouts: Vec<_> = pets
                .iter()
                .map(|pet| till.begin(pet))
                .collect::<Result<_>>()?;
            for (checkout, _) in &checkouts {
                till.is_paid(checkout, LOOKS)?;
            }
        }
        drop(meter.take());
        let took = due.first(&event)?;
        let taken = Taken::of(&meter.take());
        ensure!(taken.requests > 0.0, "it has asked for nothing");
        let mut put = |name: &str, value, unit, of: &str| {
            let what = format!("{of} to look after all checkouts of an hour: {what}");
            file.put(&format!("sweep_{key}_{name}"), value, unit, &what);
        };
        let read = "read request units";
        put("requests", taken.requests, "requests", "requests");
        put("reads", taken.reads, read, read);
        let work = took.answered - took.asked;
        put(
            "gb_seconds",
            // However little of a processor a function has: it takes longer then, and has less memory.
            work / 1e3 * WHOLE / 1_024.0,
            "GB-second",
            "computed, as if all of its time was work, which at Lambda takes longer: memory and time",
        );
        rows.push(vec![words(what), units(taken.requests), units(taken.reads)]);
    }
    let columns = [("In the shop", ""), ("Requests", ""), ("Read", "units")];
    let note = "Told by a DynamoDB on this machine, which counts as AWS’s does: a function that looks once after all checkouts that have begun within an hour.";
    file.tables.insert(
        "sweep".to_owned(),
        table("What a look each minute takes", &columns, rows, note),
    );
    Ok(())
}
