//! What somebody looks for after the question mark of `GET /search`. No network, no disk, no
//! clock.

use std::ops::Range;

use ch01_bare_server::problem::Problem;
use ch01_bare_server::query::{self, invalid};
use ch01_bare_server::shop::Filter;

/// The pets that wait, of one species and of these years.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// One species.
    pub species: String,
    /// When they were born.
    pub born: Range<u16>,
    /// At most so many, 1 to 100.
    pub limit: usize,
    /// Where the page before has ended, as it has come.
    pub cursor: Option<String>,
}

impl Search {
    // ANCHOR: parse
    /// Reads `species=tortoise&born-after=1900&born-before=1950&limit=20&cursor=…`, of which
    /// only the species must be there. What it has in common with `GET /pets` is read as there.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that names the parameter and what is wrong with it.
    pub fn parse(query: &str) -> Result<Self, Problem> {
        let (mut before, mut after, mut rest) = (None, None, vec![]);
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let year = match name {
                "born-before" => &mut before,
                "born-after" => &mut after,
                "status" => return Err(invalid(name, "whoever is found waits for a home")),
                _ => {
                    rest.push(pair);
                    continue;
                }
            };
            if year.replace(self::year(name, value)?).is_some() {
                return Err(invalid(name, "it is there twice"));
            }
        }
        let filter = query::filter(&rest.join("&"))?;
        let species = filter.species;
        let first = after.map_or(0, |after: u16| after.saturating_add(1));
        Ok(Self {
            species: species.ok_or_else(|| invalid("species", "it is not there"))?,
            born: first..before.unwrap_or(9_999),
            limit: filter.limit,
            cursor: filter.after.map(|cursor| cursor.0),
        })
    }
    // ANCHOR_END: parse

    /// What a cursor is signed with. No species has such a name, so that it is good for no
    /// other list.
    #[must_use]
    pub fn filter(&self) -> Filter {
        let Range { start, end } = self.born;
        Filter {
            status: Some("available"),
            species: Some(format!("{} {start}..{end}", self.species)),
            limit: self.limit,
            after: None,
        }
    }
}

fn year(name: &str, value: &str) -> Result<u16, Problem> {
    let is_year = value.len() == 4 && value.bytes().all(|byte| byte.is_ascii_digit());
    let year = value.parse().ok().filter(|_| is_year);
    year.ok_or_else(|| invalid(name, "it is no year of four digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_for_a_species_and_for_years() {
        let search = Search::parse("born-after=1900&species=guinea+pig&born-before=1950&limit=7");
        let due = Search {
            species: "guinea pig".into(),
            born: 1901..1950,
            limit: 7,
            cursor: None,
        };
        assert_eq!(search, Ok(due));
        let all = Search::parse("species=dog&cursor=abc").expect("a search");
        assert_eq!((all.born, all.limit), (0..9_999, 20));
        assert_eq!(all.cursor.as_deref(), Some("abc"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (query, name) in [
            ("", "species"),
            ("species=Dog", "species"),
            ("species=dog&species=cat", "species"),
            ("species=dog&born-before=1", "born-before"),
            ("species=dog&born-after=+999", "born-after"),
            ("species=dog&born-after=1990&born-after=1991", "born-after"),
            ("species=dog&status=available", "status"),
            ("species=dog&limit=101", "limit"),
            ("species=dog&colour=red", "colour"),
        ] {
            let problem = Search::parse(query).expect_err(query);
            assert_eq!(problem.name, "invalid-query");
            assert!(problem.detail.contains(&format!("{name:?}")), "{query}");
        }
    }
}
