//! What the office has written, last year and since, in a database of its own.

#[path = "../../ch03-platform/tests/desk/mod.rs"]
mod desk;

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::S;
use ch03_platform::{items, table};
use ch04_functions::office::papers::PAPERS;
use ch04_functions::office::thanks::LETTERS;
use ch11_change_over_time::office::Office;
use ch11_change_over_time::people::{self, People};
use local::Local;

struct Open {
    _local: Local,
    office: Office,
}

async fn open() -> Result<Open> {
    let local = Local::in_memory()?;
    let client = Client::new(&desk::patient(&local.url()).await);
    table::make(&client, "office").await?;
    people::make(&client, "people").await?;
    let people = People::new(client.clone(), "people", &[7; 32]);
    let table = "office".to_owned();
    let office = Office {
        client,
        table,
        people,
    };
    Ok(Open {
        _local: local,
        office,
    })
}

impl Open {
    /// As chapter 7's office writes them.
    async fn writes(&self, kind: &str, name: &str, customer: &str, text: &str) -> Result<()> {
        let put = self.office.client.put_item().table_name("office");
        let put = put.set_item(Some(items::key(kind, name)));
        let put = put.item("customer", S(customer.into()));
        put.item("text", S(text.into())).send().await?;
        Ok(())
    }

    async fn writes_both(&self, name: &str, customer: &str) -> Result<()> {
        let papers = format!("{customer}, cat, lives with {customer}.");
        self.writes(PAPERS, name, customer, &papers).await?;
        let letter = format!("Thank you for giving Ada to {customer}.");
        self.writes(LETTERS, name, customer, &letter).await
    }

    /// Whether a text stands in any item of the office.
    async fn holds(&self, text: &str) -> Result<bool> {
        let scan = self.office.client.scan().table_name("office");
        let items = scan.send().await?.items.context("items")?;
        ensure!(!items.is_empty(), "no item was looked at");
        Ok(format!("{items:?}").contains(text))
    }
}

#[tokio::test]
async fn what_is_sealed_is_printed_as_it_would_be_told() -> Result<()> {
    let open = open().await?;
    let people = &open.office.people;
    let sealed = People::seal(&people.meet("Grace").await?, "Grace")?;
    open.writes_both("1", &sealed).await?;
    let printed = open.office.print(LETTERS).await?;
    assert_eq!(printed, ["Grace: Thank you for giving Ada to Grace."]);
    people.forget("Grace").await?;
    let printed = open.office.print(PAPERS).await?;
    assert_eq!(
        printed,
        ["(forgotten): (forgotten), cat, lives with (forgotten)."]
    );
    let error = open.office.print("bills").await.unwrap_err().to_string();
    assert_eq!(error, "bills: the office writes letters and papers");
    Ok(())
}

#[tokio::test]
async fn what_was_written_last_year_is_sealed() -> Result<()> {
    let open = open().await?;
    for (name, customer) in [("1", "Hypatia"), ("2", "Hypatia"), ("3", "Emmy")] {
        let papers = format!("Ada, cat, lives with {customer}.");
        open.writes(PAPERS, name, customer, &papers).await?;
        let letter = "Thank you for giving Ada a home.";
        open.writes(LETTERS, name, customer, letter).await?;
    }
    let printed = open.office.print(PAPERS).await?;
    assert_eq!(open.office.seal().await?, 6);
    assert_eq!(open.office.seal().await?, 0);
    ensure!(!open.holds("Hypatia").await?, "Hypatia can be read");
    ensure!(open.holds("Ada").await?, "the cat's name is not hers");
    assert_eq!(open.office.print(PAPERS).await?, printed);
    open.office.people.forget("Hypatia").await?;
    let printed = open.office.print(PAPERS).await?;
    let forgotten = "(forgotten): Ada, cat, lives with (forgotten).";
    assert_eq!(
        printed,
        [forgotten, forgotten, "Emmy: Ada, cat, lives with Emmy."]
    );
    Ok(())
}
