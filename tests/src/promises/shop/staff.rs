//! What a shop answers to nobody but its staff, if it has one.

use super::Shop;
use crate::promises::contract::Contract;

/// The field in which the staff says who it is.
pub const FIELD: &str = "Authorization";

impl Shop {
    /// The same shop, asked with the key of its staff where something is for the staff.
    #[must_use]
    pub fn with_staff_key(mut self, key: Option<&str>) -> Self {
        self.staff_key = key.map(str::to_owned);
        self
    }

    /// The key of its staff, if that is known.
    #[must_use]
    pub fn staff_key(&self) -> Option<&str> {
        self.staff_key.as_deref()
    }

    /// What [`FIELD`] says in a request of the staff's; `None` where it is for everybody, or nobody knows a key.
    pub(super) fn credentials(&self, method: &str, target: &str) -> Option<String> {
        let key = self.staff_key()?;
        let is_theirs = Contract::of_the_shop().is_for_staff(method, target);
        is_theirs.then(|| format!("Bearer {key}"))
    }
}
