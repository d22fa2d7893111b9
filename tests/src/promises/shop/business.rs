//! What customers and staff do in a shop, as calls.

use serde_json::{Value, json};

use super::{Shop, expect, id_of, percent_encoded, pet};
use crate::promises::wire::Answer;
use crate::promises::{Check, Stop};

impl Shop {
    /// Takes a pet in and gives it back, with the id that the shop gave.
    ///
    /// # Errors
    ///
    /// Broken, when the shop does not take it in.
    pub fn take_in(&self, pet: &Value) -> Check<Value> {
        let answer = self.post("/pets", pet)?;
        let taken = expect(answer, 201, "POST /pets")?.json();
        id_of(&taken)?;
        Ok(taken)
    }

    /// Takes in a pet of this species that nobody else has, and gives its id.
    ///
    /// # Errors
    ///
    /// Broken, when the shop does not take it in.
    pub fn take_in_a(&self, species: &str) -> Check<String> {
        id_of(&self.take_in(&pet("Rex", species))?)
    }

    /// Adopts.
    ///
    /// # Errors
    ///
    /// Broken, when no answer comes.
    pub fn adopt(&self, id: &str, customer: &str) -> Check<Answer> {
        self.post(
            &format!("/pets/{id}/adoption"),
            &json!({ "customer": customer }),
        )
    }

    /// Brings a pet back.
    ///
    /// # Errors
    ///
    /// Broken, when no answer comes.
    pub fn bring_back(&self, id: &str, reason: &str) -> Check<Answer> {
        self.post(&format!("/pets/{id}/return"), &json!({ "reason": reason }))
    }

    /// All pets of a query such as `species=cat`, which may be empty, over all pages of `limit`.
    ///
    /// # Errors
    ///
    /// Broken, when a page is not answered 200 or there is no end to the pages.
    pub fn list(&self, query: &str, limit: usize) -> Check<Vec<Value>> {
        let (mut pets, mut cursor) = (Vec::new(), String::new());
        for _ in 0..10_000 {
            let and = if query.is_empty() { "" } else { "&" };
            let page = self.get(&format!("/pets?{query}{and}limit={limit}{cursor}"))?;
            let page = expect(page, 200, &format!("GET /pets?{query}"))?.json();
            pets.extend(page["pets"].as_array().cloned().unwrap_or_default());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={}", percent_encoded(next)),
                None => return Ok(pets),
            }
        }
        Err(Stop::broken(format!("GET /pets?{query} has no last page.")))
    }
}
