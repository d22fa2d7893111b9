//! What the office has written: letters and papers, for whoever prints them, and those of last
//! year, in which names are open.

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue::S;
use ch03_platform::items::{self, Item};
use ch04_functions::office::papers::PAPERS;
use ch04_functions::office::thanks::LETTERS;

use crate::opening::FORGOTTEN;
use crate::people::People;
use crate::person::Sealed;

/// The office, and who has the keys.
#[derive(Debug)]
pub struct Office {
    /// The database.
    pub client: Client,
    /// The office's table.
    pub table: String,
    /// Who has the keys.
    pub people: People,
}

/// Something that the office has written.
struct Written {
    /// The rest of its key.
    name: String,
    /// For whom, as it stands there.
    customer: String,
    /// What.
    text: String,
}

impl Office {
    // ANCHOR: print
    /// The `letters` or the `papers`, with the names that can still be read.
    ///
    /// # Errors
    ///
    /// When there is nothing of this kind, or a table is away.
    pub async fn print(&self, kind: &str) -> Result<Vec<String>> {
        ensure!(
            [LETTERS, PAPERS].contains(&kind),
            "{kind}: the office writes {LETTERS} and {PAPERS}"
        );
        let mut printed = vec![];
        for Written { customer, text, .. } in self.written(kind).await? {
            let name = self.people.open(&customer).await?;
            let name = name.unwrap_or_else(|| FORGOTTEN.to_owned());
            printed.push(format!("{name}: {}", text.replace(&customer, &name)));
        }
        Ok(printed)
    }
    // ANCHOR_END: print

    // ANCHOR: seal
    /// Seals what is open in the letters and the papers. Says how many that were. Done again, it
    /// goes on where it was.
    ///
    /// # Errors
    ///
    /// When a table is away, or nobody can be found by name.
    pub async fn seal(&self) -> Result<usize> {
        let mut sealed = 0;
        for kind in [LETTERS, PAPERS] {
            for written in self.written(kind).await? {
                if Sealed::read(&written.customer).is_none() {
                    self.seal_one(kind, written).await?;
                    sealed += 1;
                }
            }
        }
        Ok(sealed)
    }
    // ANCHOR_END: seal

    /// The office may write the same papers anew in this moment: then they are sealed.
    async fn seal_one(&self, kind: &str, written: Written) -> Result<()> {
        let Written {
            name,
            customer,
            text,
        } = written;
        let person = self.people.meet(&customer).await?;
        let sealed = People::seal(&person, &customer)?;
        // Where papers name the customer. A pet may bear the same name.
        let text = text.replace(&format!("with {customer}."), &format!("with {sealed}."));
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .set_key(Some(items::key(kind, &name)))
            .update_expression("SET customer = :sealed, #text = :text")
            .condition_expression("customer = :open")
            .expression_attribute_names("#text", "text")
            .expression_attribute_values(":sealed", S(sealed))
            .expression_attribute_values(":text", S(text))
            .expression_attribute_values(":open", S(customer));
        match update.send().await {
            Err(error)
                if !error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Err(error.into())
            }
            _ => Ok(()),
        }
    }

    async fn written(&self, kind: &str) -> Result<Vec<Written>> {
        let query = self.client.query().table_name(&self.table);
        let query = query.key_condition_expression("pk = :kind");
        let query = query.expression_attribute_values(":kind", S(kind.to_owned()));
        let mut items = query.into_paginator().items().send();
        let mut all = vec![];
        while let Some(item) = items.next().await {
            all.push(Written::read(&item?)?);
        }
        Ok(all)
    }
}

impl Written {
    fn read(item: &Item) -> Result<Self> {
        let text = |field: &str| {
            let text = item.get(field).and_then(|value| value.as_s().ok());
            let text = text.with_context(|| format!("a paper of the office has no text {field}"));
            text.cloned()
        };
        Ok(Self {
            name: text("sk")?,
            customer: text("customer")?,
            text: text("text")?,
        })
    }
}
