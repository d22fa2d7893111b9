//! What moto does otherwise than AWS documents. Each line is asked for by a test of its own, in the modules below, with
//! the page on which AWS says so.

mod agreements;
mod calls;
mod keys;
mod limits;
mod units;

use anyhow::{Context, Result};
use local::Local;

use crate::database::Database;
use crate::moto::Moto;

// ANCHOR: differences
/// What is asked for, and what becomes of it, or what it says that it costs: as AWS documents it, at moto 5.2.5, and at
/// the embedded database. An error is named without the `Exception` at its end.
const DIFFERENCES: &str = "
a Put of 100 KB                   | 98 units                    | 1 unit              | as AWS
an Update to 3 KB                 | 3 units                     | 0.5 units           | as AWS
a Put that an index lists         | 2 units                     | 1 unit              | as AWS
a transaction of two Puts         | 4 units                     | does not say        | as AWS
a consistent Query of 100 KB      | 25 units                    | 1 unit              | as AWS
a consistent GetItem              | 1 unit                      | 0.5 units           | as AWS
a Put of 409,600 bytes            | done                        | Validation          | as AWS
a transaction of 5 MB             | Validation                  | done                | as AWS
a transaction of nothing          | Validation                  | done                | as AWS
a BatchWriteItem of 26            | Validation                  | done                | as AWS
a list 33 deep                    | Validation                  | done                | as AWS
a number of 39 digits             | Validation                  | done                | as AWS
items of 10 KB in a page          | 104                         | 99                  | as AWS
a Query of as many as its Limit   | there may be more           | there are no more   | as AWS
a key 007, read again             | 7                           | 007                 | as AWS
a GetItem by a key that is text   | Validation                  | done                | as AWS
a Query by a key that is a number | Validation                  | done                | as AWS
an index key that is a number     | Validation                  | done                | as AWS
a wrong key in a transaction      | TransactionCanceled         | Validation          | as AWS
a condition that is no expression | Validation                  | status 500          | as AWS
a transaction, sent again         | done                        | TransactionCanceled | as AWS
its token with something else     | IdempotentParameterMismatch | done                | as AWS
an index right after a write      | may be late                 | never late          | never late
a signature that nobody made      | UnrecognizedClient          | done                | done
";
// ANCHOR_END: differences

struct Difference {
    what: &'static str,
    aws: &'static str,
    moto: &'static str,
    embedded: &'static str,
}

fn all() -> Result<Vec<Difference>> {
    let lines = DIFFERENCES.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let columns: Vec<&str> = line.split('|').map(str::trim).collect();
            let [what, aws, moto, embedded] = columns[..] else {
                anyhow::bail!("{line}: four columns are a line");
            };
            let embedded = if embedded == "as AWS" { aws } else { embedded };
            Ok(Difference {
                what,
                aws,
                moto,
                embedded,
            })
        })
        .collect()
}

/// Asks both databases, and holds what they say to the line of this name.
fn differs(what: &str, ask: impl Fn(&Database) -> Result<String>) -> Result<()> {
    let line = all()?.into_iter().find(|line| line.what == what);
    let line = line.with_context(|| format!("{what} is not in the list"))?;
    let embedded = Local::in_memory()?;
    let told = ask(&Database::at(&embedded.url())?)?;
    assert_eq!(told, line.embedded, "the embedded one: {what}");
    if let Some(moto) = Moto::shared()? {
        let told = ask(&Database::at(moto.url())?)?;
        assert_eq!(told, line.moto, "moto: {what}");
    }
    Ok(())
}

/// Asks both databases for what they do as AWS documents it.
fn agree(aws: &str, ask: impl Fn(&Database) -> Result<String>) -> Result<()> {
    let embedded = Local::in_memory()?;
    assert_eq!(ask(&Database::at(&embedded.url())?)?, aws);
    if let Some(moto) = Moto::shared()? {
        assert_eq!(ask(&Database::at(moto.url())?)?, aws, "moto");
    }
    Ok(())
}

#[test]
fn every_line_of_the_list_is_asked_for() -> Result<()> {
    let tests = concat!(
        include_str!("differences/calls.rs"),
        include_str!("differences/keys.rs"),
        include_str!("differences/limits.rs"),
        include_str!("differences/units.rs"),
    );
    for line in all()? {
        let asked = tests.matches(&format!("\"{}\"", line.what)).count();
        assert_eq!(asked, 1, "{}", line.what);
        assert_ne!(line.moto, line.aws, "{} is no difference", line.what);
    }
    Ok(())
}
