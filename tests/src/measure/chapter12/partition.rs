//! What a pet that is taken in and sold writes into the partition that takes the most.
//!
//! A partition is what has one partition key value, in a table or in an index of it. AWS may divide one that has much to do, if the
//! sort key lets it; that is nothing to count on, and not counted.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use book::measured::Measured;
use serde_json::{Value, json};

use crate::dynamodb::ask;
use crate::measure::chapter4::sale::units;
use crate::measure::chapter4::visitor::Visitor;
use crate::measure::chapter5::Programs;
use crate::measure::chapter5::function::Function;
use crate::measure::chapter5::host::Host;
use crate::measure::chapter5::sale::{self, Sells, count_of};
use crate::measure::chapter10::sale as paid;
use crate::measure::database::Database;
use crate::measure::meter::{Call, Meter};
use crate::measure::open;
use crate::measure::shops::{PET, Shops};

/// Sales before anything is counted, and those that are counted.
const BEFORE: u32 = 4;
const SALES: usize = 20;

/// The key of the staff, and what the functions are told of it.
const STAFF: &str = "tulips";
const STAFF_SHA256: &str = "270fd076df620dfc6234c4b2bae509d432be5c662b5ba77f10c856eecf894533";

/// After this time without a line nobody is at work any more, and nobody waits longer than that.
const QUIET: Duration = Duration::from_millis(1_500);
const PATIENCE: Duration = Duration::from_mins(1);

/// Chapter 3's shop.
pub fn of_a_platform(shops: &Shops, file: &mut Measured) -> Result<()> {
    eprintln!("the busiest partition of rung 3");
    let folder = shops.data_folder()?;
    let database = Database::start(&shops.shop("local"), None)?;
    let program = shops.shop("ch03-platform");
    database.release(&program)?;
    let meter = Meter::with_indexes(&database.process.at)?;
    let shop = open::start(&program, &[], &meter.at, folder.path())?;
    let visitor = Visitor::of(&shop.at);
    for _ in 0..SALES {
        let pet = visitor.takes_in()?;
        visitor.looks_at("/pets")?;
        visitor.looks_at(&format!("/pets/{pet}"))?;
        visitor.adopts(&pet)?;
    }
    put(3, "", &database, &meter.take(), file)
}

/// A shop of functions.
pub fn of_functions(rung: u8, programs: &Programs, file: &mut Measured) -> Result<()> {
    let open = |database: &str, folder: &Path| sale::open(programs, database, folder);
    sold(rung, programs, open, file)
}

/// One where customers pay.
pub fn of_a_till(rung: u8, programs: &Programs, file: &mut Measured) -> Result<()> {
    let open = |database: &str, folder: &Path| paid::open(programs, database, folder);
    sold(rung, programs, open, file)
}

fn sold<S: Sells>(
    rung: u8,
    programs: &Programs,
    open: impl Fn(&str, &Path) -> Result<S>,
    file: &mut Measured,
) -> Result<()> {
    eprintln!("the busiest partition of rung {rung}");
    let shops = &programs.shops;
    let folder = shops.data_folder()?;
    let database = Database::start(&shops.shop("local"), None)?;
    let first = programs.stocked(&database, BEFORE)?;
    let meter = Meter::with_indexes(&database.process.at)?;
    let mut seller = open(&meter.at, folder.path())?;
    seller.sell(&first)?;
    drop(meter.take());
    let pets = (0..SALES).map(|_| takes_in(&seller.host().at));
    let pets: Vec<String> = pets.collect::<Result<_>>()?;
    are_done(seller.host())?;
    seller.sell(&pets)?;
    // The log has reports of before, and so nobody has waited for all of these.
    are_done(seller.host())?;
    let calls = meter.take();
    let what = format!(", with {}", programs.sale.told);
    put(rung, &what, &database, &calls, file)?;
    drop(seller);
    night(rung, programs, &meter, file)
}

/// Waits until nobody has printed anything for a while.
fn are_done(host: &Host) -> Result<()> {
    let begun = Instant::now();
    let (mut last, mut length) = (Instant::now(), 0);
    while last.elapsed() < QUIET {
        let log = host.log()?;
        if log.len() > length {
            (length, last) = (log.len(), Instant::now());
        }
        ensure!(begun.elapsed() < PATIENCE, "the functions do not end");
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// Puts down what a night reads for each pet, where something is looked after at night.
fn night(rung: u8, programs: &Programs, meter: &Meter, file: &mut Measured) -> Result<()> {
    let functions: &[&str] = match rung {
        7 | 8 => &["recount"],
        9 => &["sweep"],
        10 | 11 => &["sweep", "overdue"],
        _ => return Ok(()),
    };
    let event =
        json!({ "source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}" });
    let table: toml::Table = fs::read_to_string(&programs.table)?.parse()?;
    let all = table["function"].as_array().context("no functions")?;
    let url = format!("http://{}", meter.at);
    drop(meter.take());
    for name in functions {
        let mut named = all.iter().filter(|it| it["name"].as_str() == Some(name));
        let entry = named
            .next()
            .with_context(|| format!("there is no {name}"))?;
        let program = entry.get("program").and_then(toml::Value::as_str);
        let program = programs.shops.shop(program.context("no program")?);
        let environment = entry.get("environment").and_then(toml::Value::as_table);
        let environment = environment.into_iter().flatten();
        let environment =
            environment.filter_map(|(name, text)| Some((name.as_str(), text.as_str()?)));
        let told = programs.told.iter().copied();
        let mut function =
            Function::new(program, name, &url).with("PAYMENTS_URL", "http://127.0.0.1:9");
        for (name, text) in environment.chain(told) {
            function = function.with(name, text);
        }
        function.first(&event).with_context(|| (*name).to_owned())?;
    }
    let reads = units(&meter.take(), true);
    ensure!(reads > 0.0, "the night has read nothing");
    let pets = SALES + usize::try_from(BEFORE)?;
    let what = format!(
        "read request units for each of {pets} pets that are sold, of {} at night, rung {rung}",
        functions.join(" and ")
    );
    let key = format!("rung_{rung}_night_reads");
    file.put(&key, reads / count_of(pets), "read request units", &what);
    Ok(())
}

/// Whom the shop's functions take for the staff.
pub fn staffed(programs: &Programs) -> Programs {
    let mut programs = programs.clone();
    programs.told.push(("STAFF_KEY_SHA256", STAFF_SHA256));
    programs
}

/// Gives a pet away, and tells its id.
fn takes_in(at: &str) -> Result<String> {
    let request = ureq::post(format!("http://{at}/pets"));
    let request = request.header("content-type", "application/json");
    let request = request.header("authorization", format!("Bearer {STAFF}"));
    let told: Value = serde_json::from_str(&request.send(PET)?.body_mut().read_to_string()?)?;
    let id = told["id"].as_str();
    Ok(id.context("a pet without an id")?.to_owned())
}

fn put(
    rung: u8,
    told: &str,
    database: &Database,
    calls: &[Call],
    file: &mut Measured,
) -> Result<()> {
    let written = written(calls, &Keys::of(database)?);
    let busiest = written.iter().max_by(|a, b| a.1.total_cmp(b.1));
    let (partition, units) = busiest.context("nothing was written")?;
    let what = format!(
        "write request units of the partition that takes the most, which is {partition}, for a pet that is taken in and sold{told}, rung {rung}"
    );
    let key = format!("rung_{rung}_partition_writes");
    file.put(&key, units / count_of(SALES), "write request units", &what);
    Ok(())
}

/// The attribute that is the partition key, of each table and of each index of it.
struct Keys(BTreeMap<String, (String, BTreeMap<String, String>)>);

impl Keys {
    fn of(database: &Database) -> Result<Self> {
        let url = format!("http://{}", database.process.at);
        let tables = ask(&url, "ListTables", &json!({}))?;
        let tables = tables["TableNames"].as_array().cloned().unwrap_or_default();
        let keys = tables.iter().map(|table| {
            let told = ask(&url, "DescribeTable", &json!({ "TableName": table }))?;
            let told = &told["Table"];
            let indexes = told["GlobalSecondaryIndexes"].as_array();
            let indexes = indexes.into_iter().flatten().map(|index| {
                let name = text(&index["IndexName"]);
                Ok((name, partition_key(index)?))
            });
            let indexes = indexes.collect::<Result<_>>()?;
            Ok((text(table), (partition_key(told)?, indexes)))
        });
        Ok(Self(keys.collect::<Result<_>>()?))
    }
}

fn partition_key(of: &Value) -> Result<String> {
    let keys = of["KeySchema"].as_array();
    let mut keys = keys.into_iter().flatten();
    let key = keys.find(|key| key["KeyType"] == "HASH");
    Ok(text(&key.context("no partition key")?["AttributeName"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The units that were written into each partition.
fn written(calls: &[Call], keys: &Keys) -> BTreeMap<String, f64> {
    let mut partitions = BTreeMap::new();
    for call in calls.iter().filter(|call| !call.reads()) {
        let told = match &call.took {
            Value::Array(tables) => tables.clone(),
            Value::Null => vec![],
            one => vec![one.clone()],
        };
        for told in told {
            let table = text(&told["TableName"]);
            let Some((key, indexes)) = keys.0.get(&table) else {
                continue;
            };
            let items = items(&call.asked, &table);
            let mut add = |name: &str, key: &str, units: f64| {
                // An item that is not in an index has no part in what is written there.
                let holds = |item: &&Value| !item[key].is_null();
                let there: Vec<&Value> = items.iter().copied().filter(holds).collect();
                for item in &there {
                    let value = item[key]["S"].as_str().unwrap_or("?");
                    *partitions.entry(format!("{name} {value}")).or_default() +=
                        units / count_of(there.len());
                }
                if there.is_empty() {
                    // It has left the index, from which value the call does not say.
                    *partitions.entry(name.to_owned()).or_default() += units;
                }
            };
            let mut of_table = told["CapacityUnits"].as_f64().unwrap_or_default();
            for (index, key) in indexes {
                let units = &told["GlobalSecondaryIndexes"][index]["CapacityUnits"];
                let units = units.as_f64().unwrap_or_default();
                if units > 0.0 {
                    add(&format!("{table}/{index}"), key, units);
                }
                of_table -= units;
            }
            add(&table, key, of_table);
        }
    }
    partitions
}

/// The items of a table that a call writes, or their keys.
fn items<'a>(asked: &'a Value, table: &str) -> Vec<&'a Value> {
    let actions = asked["TransactItems"].as_array();
    let actions = actions.into_iter().flatten();
    let actions = actions.filter_map(|action| action.as_object()?.values().next());
    let all: Vec<&Value> = if asked["TransactItems"].is_null() {
        vec![asked]
    } else {
        actions.collect()
    };
    let own = all.into_iter().filter(|one| one["TableName"] == table);
    own.map(|one| match &one["Item"] {
        Value::Null => &one["Key"],
        item => item,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(operation: &str, asked: Value, took: Value) -> Call {
        Call {
            operation: operation.to_owned(),
            table: String::new(),
            status: 200,
            units: None,
            of_indexes: 0.0,
            sent: 0,
            received: 0,
            asked,
            took,
        }
    }

    #[test]
    fn units_are_counted_where_they_were_written() {
        let indexes = BTreeMap::from([("all".to_owned(), "g".to_owned())]);
        let keys = Keys(BTreeMap::from([(
            "rows".to_owned(),
            ("pk".to_owned(), indexes),
        )]));
        let item = |pk: &str, g: &str| json!({ "pk": { "S": pk }, "g": { "S": g } });
        let put = json!({ "TableName": "rows", "Item": item("gustav", "1") });
        let took = |table: f64, index: f64| {
            json!({
                "TableName": "rows",
                "CapacityUnits": table + index,
                "GlobalSecondaryIndexes": { "all": { "CapacityUnits": index } },
            })
        };
        let two = json!({ "TransactItems": [
            { "Put": { "TableName": "rows", "Item": item("rex", "1") } },
            { "Delete": { "TableName": "rows", "Key": { "pk": { "S": "minka" } } } },
        ] });
        let read = json!({ "TableName": "rows", "Key": { "pk": { "S": "rex" } } });
        let found = written(
            &[
                call("PutItem", put, took(1.0, 2.0)),
                call("TransactWriteItems", two, json!([took(4.0, 1.0)])),
                call("GetItem", read, took(9.0, 0.0)),
            ],
            &keys,
        );
        let expected = [
            ("rows gustav", 1.0),
            ("rows minka", 2.0),
            ("rows rex", 2.0),
            ("rows/all 1", 3.0),
        ];
        let expected = expected.map(|(name, units)| (name.to_owned(), units));
        assert_eq!(found, BTreeMap::from(expected));
    }
}
