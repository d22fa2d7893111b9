//! Reads an object of JSON field by field, and says all that is wrong with it.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::pets::{Description, Money, PetId};

/// One thing that is wrong with a body: where (RFC 6901) and what.
pub type Complaint = (String, String);

/// An object that is read field by field. It collects everything that is wrong with
/// it, so that a client is told all of it at once.
#[derive(Debug)]
pub struct Fields<'a> {
    object: Option<&'a Map<String, Value>>,
    pointer: String,
    known: Vec<&'static str>,
    complaints: Vec<Complaint>,
}

impl<'a> Fields<'a> {
    /// Begins to read `value`, which stands at `pointer` in the body.
    #[must_use]
    pub fn of(value: Option<&'a Value>, pointer: &str) -> Self {
        let mut fields = Self {
            object: value.and_then(Value::as_object),
            pointer: pointer.to_owned(),
            known: vec![],
            complaints: vec![],
        };
        if fields.object.is_none() {
            fields
                .complaints
                .push((pointer.to_owned(), "must be an object".to_owned()));
        }
        fields
    }

    fn get(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.object.and_then(|object| object.get(name))
    }

    fn complain<T: Default>(&mut self, name: &str, what: &str) -> T {
        if self.object.is_some() {
            self.complaints
                .push((format!("{}/{name}", self.pointer), what.to_owned()));
        }
        T::default()
    }

    /// A string with so many characters.
    pub fn text(&mut self, name: &'static str, length: RangeInclusive<usize>) -> String {
        match self.get(name).and_then(Value::as_str) {
            Some(text) if length.contains(&text.chars().count()) => text.to_owned(),
            _ => self.complain(
                name,
                &format!(
                    "must be a string of {} to {} characters",
                    length.start(),
                    length.end()
                ),
            ),
        }
    }

    /// A whole number in a range.
    pub fn number(&mut self, name: &'static str, range: RangeInclusive<u32>) -> u32 {
        let number = self.get(name).and_then(whole);
        match number {
            Some(number) if range.contains(&number) => number,
            _ => self.complain(
                name,
                &format!(
                    "must be a whole number from {} to {}",
                    range.start(),
                    range.end()
                ),
            ),
        }
    }

    fn check(&mut self, name: &str, holds: bool, what: &str) {
        let has_a_complaint = self
            .complaints
            .iter()
            .any(|complaint| complaint.0.ends_with(name));
        if !holds && !has_a_complaint {
            self.complain::<()>(name, what);
        }
    }

    /// An amount with its currency.
    pub fn money(&mut self, name: &'static str) -> Money {
        let pointer = format!("{}/{name}", self.pointer);
        let mut fields = Fields::of(self.get(name), &pointer);
        let amount = fields.number("amount", 0..=100_000_000);
        let currency = fields.text("currency", 3..=3);
        let capitals = currency.bytes().all(|byte| byte.is_ascii_uppercase());
        fields.check(
            "currency",
            capitals,
            "must be three capital letters, such as EUR",
        );
        if let Err(complaints) = fields.end(()) {
            self.complaints.extend(complaints);
        }
        Money { amount, currency }
    }

    /// 1 to 20 different names of pets.
    pub fn pets(&mut self, name: &'static str) -> Vec<PetId> {
        let ids: Option<Vec<PetId>> = self.get(name).and_then(Value::as_array).and_then(|ids| {
            ids.iter()
                .map(|id| Some(PetId(id.as_str().filter(|id| is_id(id))?.to_owned())))
                .collect()
        });
        let distinct = |ids: &[PetId]| (1..ids.len()).all(|at| !ids[..at].contains(&ids[at]));
        match ids {
            Some(ids) if (1..=20).contains(&ids.len()) && distinct(&ids) => ids,
            _ => self.complain(name, "must be 1 to 20 different names of pets"),
        }
    }

    /// What the shop wants to know about a pet.
    pub fn description(&mut self) -> Description {
        let name = self.text("name", 1..=80);
        let species = self.text("species", 1..=40);
        self.check(
            "species",
            is_species(&species),
            "must be lower-case letters, spaces and hyphens",
        );
        let born = u16::try_from(self.number("born", 1_800..=2_100)).unwrap_or_default();
        Description {
            name,
            species,
            born,
            price: self.money("price"),
        }
    }

    /// Gives `value`, if nothing was wrong and nothing is left over.
    ///
    /// # Errors
    ///
    /// All complaints.
    pub fn end<T>(mut self, value: T) -> Result<T, Vec<Complaint>> {
        for name in self.object.iter().flat_map(|object| object.keys()) {
            if !self.known.contains(&name.as_str()) {
                let name = name.replace('~', "~0").replace('/', "~1");
                self.complaints.push((
                    format!("{}/{name}", self.pointer),
                    "is not known here".to_owned(),
                ));
            }
        }
        if self.complaints.is_empty() {
            Ok(value)
        } else {
            Err(self.complaints)
        }
    }
}

/// A whole number. JSON knows one kind of number: 1923 and 1923.0 are the same one
/// (RFC 8259, section 6).
fn whole(value: &Value) -> Option<u32> {
    let digits = match value.as_u64() {
        Some(number) => number.to_string(),
        // Minus zero plus zero is zero.
        None => (value.as_f64()? + 0.0).to_string(),
    };
    digits.parse().ok()
}

/// Whether there can be such a species: lower-case words, 1 to 40 characters.
#[must_use]
pub fn is_species(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || b" -".contains(&byte))
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_may_be_written_with_a_fraction_of_nothing() {
        let read = |text: &str| whole(&serde_json::from_str(text).unwrap());
        assert_eq!(read("1923"), Some(1923));
        assert_eq!(read("1923.0"), Some(1923));
        assert_eq!(read("1.923e3"), Some(1923));
        assert_eq!(read("-0.0"), Some(0));
        for none in ["1923.5", "-1", "1e30", "\"1923\"", "4294967296"] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
