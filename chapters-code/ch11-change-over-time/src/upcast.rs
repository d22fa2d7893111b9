//! Old events, read as if they had been written today. No network, no disk, no clock.

use event_store::{Record, Unreadable};
use serde_json::Value;

// ANCHOR: upcast
/// Makes of the fields of one version those of the next.
pub type Step = fn(Value) -> Result<Value, Unreadable>;

/// The steps that there are: from which event in which version.
#[derive(Debug)]
pub struct Steps(pub &'static [(&'static str, u32, Step)]);

impl Steps {
    /// The event in the newest version to which steps lead. An event without a step stays as
    /// it is: perhaps it is the newest, perhaps it comes from a release after this one.
    ///
    /// # Errors
    ///
    /// When a step finds something else than it knows.
    pub fn up(&self, record: &Record) -> Result<Record, Unreadable> {
        let mut record = record.clone();
        while let Some(step) = self.next(&record) {
            record.body = step(record.body)?;
            record.version += 1;
        }
        Ok(record)
    }

    fn next(&self, record: &Record) -> Option<Step> {
        let mut steps = self.0.iter();
        let step = steps.find(|(kind, from, _)| *kind == record.kind && *from == record.version);
        step.map(|(_, _, step)| *step)
    }
}
// ANCHOR_END: upcast

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const STEPS: Steps = Steps(&[
        ("Greeted", 1, |body| Ok(json!({ "words": body["text"] }))),
        ("Greeted", 2, |body| {
            let words = body["words"].as_str();
            let words = words.ok_or_else(|| Unreadable("a greeting without words".into()))?;
            let words: Vec<&str> = words.split(' ').collect();
            Ok(json!({ "words": words }))
        }),
        ("Left", 1, |_| Ok(json!({}))),
    ]);

    fn up(kind: &str, version: u32, body: Value) -> Result<Record, Unreadable> {
        STEPS.up(&Record::new(kind, version, body))
    }

    #[test]
    fn an_old_event_goes_through_every_step_up_to_the_newest() {
        let newest = Record::new("Greeted", 3, json!({ "words": ["good", "morning"] }));
        let first = up("Greeted", 1, json!({ "text": "good morning" }));
        let second = up("Greeted", 2, json!({ "words": "good morning" }));
        let third = up("Greeted", 3, newest.body.clone());
        assert_eq!([first, second, third], [(); 3].map(|()| Ok(newest.clone())));
    }

    #[test]
    fn what_no_step_is_for_stays_as_it_is() {
        for (kind, version) in [("Greeted", 4), ("Arrived", 1), ("Left", 2)] {
            let record = Record::new(kind, version, json!({ "text": "hello" }));
            assert_eq!(STEPS.up(&record), Ok(record));
        }
    }

    #[test]
    fn what_a_step_does_not_know_is_told() {
        let told = up("Greeted", 1, json!({ "said": "hello" }));
        assert_eq!(told, Err(Unreadable("a greeting without words".into())));
    }
}
