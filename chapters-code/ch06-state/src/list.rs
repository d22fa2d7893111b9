//! A page of the list.

use aws_sdk_dynamodb::types::AttributeValue::S;
use ch01_bare_server::pets::{Pet, PetId, Status};
use ch01_bare_server::query;
use ch01_bare_server::shop::Filter;
use ch02_virtual_server::repository::Page;
use ch03_platform::failure::Failure;
use ch03_platform::items::{self as before, Item};

use crate::cursor::Cursors;
use crate::index;
use crate::items::{PLACE, WAITING, YES, place, read};
use crate::store::Store;

impl Store {
    // ANCHOR: list
    /// A page of the list. `filter.after` is the cursor, as it has come.
    ///
    /// The pets that wait for a home are those that the index has, which is some
    /// milliseconds behind the table. All others are read from the table.
    ///
    /// # Errors
    ///
    /// A [`Failure`] within 2 s.
    pub async fn list(&self, filter: Filter) -> Result<Page, Failure> {
        let cursors = self.cursors()?;
        let place = match &filter.after {
            None => None,
            Some(cursor) => match cursors.read(&filter, &cursor.0) {
                Some(place) => Some(place),
                None => return Ok(Err(query::invalid("cursor", "it is none of this list"))),
            },
        };
        let (pets, next) = if filter.status == Some("available") {
            self.shop.bounded(self.waiting(&filter, place)).await?
        } else {
            let after = place.map(PetId);
            let filter = Filter {
                after,
                ..filter.clone()
            };
            match self.shop.list(&filter).await? {
                Ok((pets, next)) => (pets, next.map(|id| id.0)),
                Err(problem) => return Ok(Err(problem)),
            }
        };
        let next = next.map(|place| PetId(cursors.write(&filter, &place)));
        Ok(Ok((pets, next)))
    }
    // ANCHOR_END: list

    // ANCHOR: waiting
    /// The pets that wait, after this place; and where to go on.
    async fn waiting(
        &self,
        filter: &Filter,
        place: Option<String>,
    ) -> Result<(Vec<Pet>, Option<String>), Failure> {
        let query = self.shop.client.query().table_name(&self.shop.table);
        let mut query = query
            .index_name(index::NAME)
            .expression_attribute_values(":yes", S(YES.into()));
        query = match &filter.species {
            None => query.key_condition_expression("waiting = :yes"),
            Some(species) => query
                .key_condition_expression("waiting = :yes AND begins_with(place, :species)")
                .expression_attribute_values(":species", S(format!("{species}#"))),
        };
        let limit = i32::try_from(filter.limit + 1).unwrap_or(i32::MAX);
        let query = query.set_exclusive_start_key(place.as_deref().map(start));
        let found = query.limit(limit).send().await?;
        let pets = found.items().iter().map(|item| Ok(read(item)?.pet));
        let mut pets: Vec<Pet> = pets.collect::<Result<_, Failure>>()?;
        let there_are_more = pets.len() > filter.limit;
        pets.truncate(filter.limit);
        let last = pets.last().filter(|_| there_are_more);
        let next = last.map(|pet| self::place(&pet.about.species, &pet.id));
        // Whom an older release has sold meanwhile is still in the index.
        pets.retain(|pet| pet.status == Status::Available);
        Ok((pets, next))
    }
    // ANCHOR_END: waiting

    fn cursors(&self) -> Result<&Cursors, Failure> {
        let cursors = self.cursors.as_ref();
        cursors.ok_or_else(|| Failure::Refused("this function has no key for cursors".into()))
    }
}

/// What a query is told that is to go on after this place: the whole key of that item, in
/// the index and in the table.
fn start(place: &str) -> Item {
    let (_, id) = place.split_once('#').unwrap_or_default();
    let mut key = before::key(before::SHOP, id);
    key.insert(WAITING.into(), S(YES.into()));
    key.insert(PLACE.into(), S(place.into()));
    key
}
