//! A page of the list.
//!
//! Streams are made to be written. To list pets, the index is asked for the names of
//! streams, and each of them is read; chapter 9 has something better.

use ch01_bare_server::pets::{Pet, PetId};
use ch01_bare_server::query;
use ch01_bare_server::shop::Filter;
use ch02_virtual_server::repository::Page;
use ch03_platform::failure::Failure;
use ch06_state::cursor::Cursors;
use event_store::{Backend, StreamId};
use futures_util::future::try_join_all;
use tokio::time::Instant;

use super::{Business, PREFIX, Shop, wrong};

/// How many streams are read at once.
const AT_ONCE: u32 = 25;

/// How many are read for a page, at most. A page ends there, whatever it has on it.
const MOST: usize = 200;

impl<D: Business> Shop<D> {
    // ANCHOR: list
    /// A page of the list, in the order in which pets were taken in. `filter.after` is the
    /// cursor, as it has come. A page ends when it is full, when 200 pets were looked at, or
    /// when half of a customer's patience is gone; it then says where to go on.
    ///
    /// # Errors
    ///
    /// A [`Failure`] within 2 s.
    pub async fn list(&self, filter: Filter) -> Result<Page, Failure> {
        let cursors = self.cursors()?;
        let after = match &filter.after {
            None => None,
            Some(cursor) => match cursors.read(&filter, &cursor.0) {
                Some(place) => Some(StreamId(place)),
                None => return Ok(Err(query::invalid("cursor", "it is none of this list"))),
            },
        };
        let (pets, next) = self.bounded(self.page(&filter, after)).await?;
        let next = next.map(|place| PetId(cursors.write(&filter, &place.0)));
        Ok(Ok((pets, next)))
    }

    async fn page(
        &self,
        filter: &Filter,
        mut after: Option<StreamId>,
    ) -> Result<(Vec<Pet>, Option<StreamId>), Failure> {
        let begun = Instant::now();
        let (mut pets, mut looked) = (vec![], 0);
        while looked < MOST {
            let names = self
                .backend()
                .streams(PREFIX, after.as_ref(), AT_ONCE)
                .await;
            let names = names.map_err(|fault| Failure::Away(fault.to_string()))?;
            let load = names.iter().map(|name| self.pets.load(name));
            let loaded = try_join_all(load).await.map_err(wrong::failure)?;
            for (name, pet) in names.iter().zip(loaded) {
                if pets.len() == filter.limit {
                    return Ok((pets, after));
                }
                pets.extend(D::pet(pet.state).filter(|pet| admits(filter, pet)));
                after = Some(name.clone());
                looked += 1;
            }
            if names.len() < AT_ONCE as usize {
                return Ok((pets, None));
            }
            if begun.elapsed() > self.patience / 2 {
                return Ok((pets, after));
            }
        }
        Ok((pets, after))
    }
    // ANCHOR_END: list

    /// The names of all streams of pets, page by page.
    pub(crate) fn backend(&self) -> &impl Backend {
        self.pets.backend()
    }

    fn cursors(&self) -> Result<&Cursors, Failure> {
        let cursors = self.cursors.as_ref();
        cursors.ok_or_else(|| Failure::Refused("this function has no key for cursors".into()))
    }
}

fn admits(filter: &Filter, pet: &Pet) -> bool {
    let is = |status| status == pet.status.name();
    let species = filter.species.as_ref();
    filter.status.is_none_or(is) && species.is_none_or(|species| *species == pet.about.species)
}
