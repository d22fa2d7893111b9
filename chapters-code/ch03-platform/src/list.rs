//! A page of the list.

use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::types::AttributeValue::S;
use ch01_bare_server::pets::{Pet, PetId};
use ch01_bare_server::query;
use ch01_bare_server::shop::Filter;
use ch02_virtual_server::repository::Page;

use crate::failure::Failure;
use crate::items::{self, Item};
use crate::store::Store;

/// How often the database is asked for one page. It reads all pets and leaves out
/// those that the filter does not admit, and what it reads is paid for. A page that
/// has found little until then ends there, and says where to go on.
const QUERIES: usize = 20;

/// How many pets it reads at a time when many may be left out: a page and one more.
const AT_A_TIME: usize = 101;

impl Store {
    // ANCHOR: list
    /// A page of the list, in the order in which the pets were taken in.
    ///
    /// # Errors
    ///
    /// A [`Failure`] within 2 s.
    pub async fn list(&self, filter: &Filter) -> Result<Page, Failure> {
        if filter
            .after
            .as_ref()
            .is_some_and(|cursor| !items::is_id(cursor))
        {
            return Ok(Err(query::invalid("cursor", "it is none of this shop's")));
        }
        if filter.status == Some("reserved") {
            return Ok(Ok((vec![], None))); // No pet is ever.
        }
        self.bounded(self.page(filter)).await.map(Ok)
    }

    async fn page(&self, filter: &Filter) -> Result<(Vec<Pet>, Option<PetId>), Failure> {
        let (mut pets, mut last) = (vec![], filter.after.as_ref().map(key));
        for _ in 0..QUERIES {
            let found = self.query(filter, last).await?;
            for item in found.items() {
                pets.push(items::read(item)?);
            }
            last = found.last_evaluated_key;
            if pets.len() > filter.limit || last.is_none() {
                break;
            }
        }
        if pets.len() > filter.limit {
            pets.truncate(filter.limit);
            last = pets.last().map(|pet| key(&pet.id));
        }
        let next = last.map(|key| items::text(&key, "sk").map(PetId));
        Ok((pets, next.transpose()?))
    }
    // ANCHOR_END: list

    // ANCHOR: query
    async fn query(&self, filter: &Filter, last: Option<Item>) -> Result<QueryOutput, Failure> {
        let mut query = self.client.query().table_name(&self.table);
        query = query
            .key_condition_expression("pk = :shop")
            .expression_attribute_values(":shop", S(items::SHOP.into()))
            .set_exclusive_start_key(last)
            .consistent_read(true);
        let mut admitted = vec![];
        match filter.status {
            Some("available") => admitted.push("attribute_not_exists(customer)"),
            Some("adopted") => admitted.push("attribute_exists(customer)"),
            _ => {}
        }
        if let Some(species) = &filter.species {
            admitted.push("species = :species");
            query = query.expression_attribute_values(":species", S(species.clone()));
        }
        let one_more = if admitted.is_empty() {
            filter.limit + 1
        } else {
            AT_A_TIME
        };
        if !admitted.is_empty() {
            query = query.filter_expression(admitted.join(" AND "));
        }
        let limit = i32::try_from(one_more).unwrap_or(i32::MAX);
        Ok(query.limit(limit).send().await?)
    }
    // ANCHOR_END: query
}

fn key(id: &PetId) -> Item {
    items::key(items::SHOP, &id.0)
}
