//! What was found of a recorded event, in words.

use super::schema::Breach;

/// What a recorded event makes of its contract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finding {
    /// The event and the version that it was held to: `PetAdopted 1`.
    pub event: String,
    /// What it breaks.
    pub breaches: Vec<Breach>,
    /// What becomes of each consumer, by its name.
    pub fates: Vec<(String, Fate)>,
}

/// What becomes of a consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It does what it did.
    Unharmed,
    /// None of the rules that called it calls it any more. These are they.
    NotCalled(Vec<String>),
    /// It is called, and looks for something that is not there or is not as it was.
    Misled {
        /// What is not there.
        missed: Vec<String>,
        /// What is not as it was.
        misread: Vec<String>,
    },
}

impl Finding {
    /// Those who are harmed most come first.
    pub(super) fn new(
        event: String,
        breaches: Vec<Breach>,
        mut fates: Vec<(String, Fate)>,
    ) -> Self {
        fates.sort_by_key(|(_, fate)| fate.rank());
        Self {
            event,
            breaches,
            fates,
        }
    }

    /// Whether the event is as the catalogue has it, and everybody is called who was.
    #[must_use]
    pub fn keeps(&self) -> bool {
        let unharmed = |(_, fate): &(String, Fate)| *fate == Fate::Unharmed;
        self.breaches.is_empty() && self.fates.iter().all(unharmed)
    }

    /// The finding in a line, or in one for each breach and each consumer if there is a breach. `file` is where the
    /// event was recorded.
    #[must_use]
    pub fn told(&self, file: &str) -> Vec<String> {
        let event = &self.event;
        if self.keeps() {
            let consumers = self.fates.iter().map(|(name, _)| name.as_str());
            let with = match and(&consumers.collect::<Vec<_>>()) {
                nobody if nobody.is_empty() => "; nobody reads it".to_owned(),
                consumers => format!(" with {consumers}"),
            };
            return vec![format!("{event} in {file} keeps its contract{with}")];
        }
        let mut lines = vec![format!("{event} in {file} breaks its contract")];
        lines.extend(self.breaches.iter().map(|breach| format!("  {breach}")));
        lines.extend(self.fates.iter().map(|(name, fate)| fate.told(name)));
        lines
    }
}

impl Fate {
    fn rank(&self) -> u8 {
        match self {
            Self::NotCalled(_) => 0,
            Self::Misled { .. } => 1,
            Self::Unharmed => 2,
        }
    }

    fn told(&self, name: &str) -> String {
        match self {
            Self::Unharmed => format!("{name} would not notice"),
            Self::NotCalled(rules) => {
                let rules = match rules.as_slice() {
                    [only] => format!("rule {only}"),
                    rules => format!("rules {}", and(rules)),
                };
                format!("{name} ({rules}) would not be called any more")
            }
            Self::Misled { missed, misread } => {
                let parts = [("miss", missed), ("misread", misread)];
                let parts = parts.into_iter().filter(|(_, what)| !what.is_empty());
                let parts = parts.map(|(how, what)| format!("{how} {}", and(what)));
                format!("{name} would {}", and(&parts.collect::<Vec<_>>()))
            }
        }
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn and<T: AsRef<str>>(names: &[T]) -> String {
    match names {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [all @ .., last] => {
            let all: Vec<&str> = all.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", all.join(", "), last.as_ref())
        }
    }
}
