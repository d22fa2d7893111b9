//! The chapters whose functions are deployed.

use std::env;
use std::path::PathBuf;

use anyhow::Result;

use crate::dynamodb::TABLE;
use crate::programs;

/// A chapter that has a template, and what it takes to run its functions here.
#[derive(Debug)]
pub struct Chapter {
    /// Its package, and its folder in `infra/`.
    pub name: &'static str,
    /// The rung whose bill is its.
    pub rung: u8,
    /// The programs of its functions, each after its package.
    pub programs: &'static [(&'static str, &'static str)],
    /// Its tables: what each is called in the template, and here. The first is the one that a function is told of in `TABLE` if nothing else is said, and the
    /// last has what the office keeps.
    pub tables: Tables,
    /// Whose program makes its tables, when it is told to `release`.
    pub release: &'static str,
    /// Whose program runs its functions here.
    pub host: &'static str,
    /// What its functions have to be told besides who the staff is.
    pub environment: &'static [(&'static str, &'static str)],
    /// The variable that names a template to try in place of its own.
    variable: &'static str,
}

/// Tables by what each is called in the template, with what it is called here.
pub type Tables = &'static [(&'static str, &'static str)];

/// The only one.
const ONE: Tables = &[("Table", TABLE)];

/// Its page tries a damaged template: `BOOK_TEMPLATE` is for this chapter alone.
pub const CHAPTER_5: Chapter = Chapter {
    name: "ch05-lambda",
    rung: 5,
    programs: &[
        ("ch05-lambda", "lambda-counter"),
        ("ch05-lambda", "lambda-display"),
        ("ch05-lambda", "lambda-papers"),
        ("ch05-lambda", "lambda-thanks"),
    ],
    tables: ONE,
    release: "ch04-functions",
    host: "ch04-functions",
    environment: &[],
    variable: "BOOK_TEMPLATE",
};

/// Its office is chapter 5's. The template to try in place of its own is that in `BOOK_TEMPLATE_6`.
pub const CHAPTER_6: Chapter = Chapter {
    name: "ch06-state",
    rung: 6,
    programs: &[
        ("ch06-state", "state-counter"),
        ("ch05-lambda", "lambda-display"),
        ("ch05-lambda", "lambda-papers"),
        ("ch05-lambda", "lambda-thanks"),
    ],
    tables: ONE,
    release: "ch06-state",
    host: "ch04-functions",
    environment: CURSORS,
    variable: "BOOK_TEMPLATE_6",
};

/// It has a host of its own. The template to try in place of its own is that in `BOOK_TEMPLATE_7`.
pub const CHAPTER_7: Chapter = Chapter {
    name: "ch07-events",
    rung: 7,
    programs: &[
        ("ch07-events", "events-counter"),
        ("ch07-events", "events-office"),
        ("ch07-events", "events-teller"),
    ],
    tables: ONE,
    release: "ch07-events",
    host: "ch07-events",
    environment: CURSORS,
    variable: "BOOK_TEMPLATE_7",
};

/// Its host and its office are chapter 7's. The template to try in place of its own is that in `BOOK_TEMPLATE_8`.
pub const CHAPTER_8: Chapter = Chapter {
    name: "ch08-event-sourcing",
    rung: 8,
    programs: &[
        ("ch08-event-sourcing", "streams-counter"),
        ("ch08-event-sourcing", "streams-recount"),
        ("ch08-event-sourcing", "streams-teller"),
        ("ch07-events", "events-office"),
    ],
    tables: &[("Streams", TABLE), ("Office", "office")],
    release: "ch08-event-sourcing",
    host: "ch07-events",
    environment: CURSORS,
    variable: "BOOK_TEMPLATE_8",
};

/// Its host and its office are chapter 7's. The template to try in place of its own is that in `BOOK_TEMPLATE_9`.
pub const CHAPTER_9: Chapter = Chapter {
    name: "ch09-projections",
    rung: 9,
    programs: &[
        ("ch09-projections", "views-counter"),
        ("ch09-projections", "views-keeper"),
        ("ch08-event-sourcing", "streams-teller"),
        ("ch07-events", "events-office"),
    ],
    tables: &[
        ("Streams", TABLE),
        ("ViewTable", "views"),
        ("Office", "office"),
    ],
    release: "ch09-projections",
    host: "ch07-events",
    environment: CURSORS,
    variable: "BOOK_TEMPLATE_9",
};

/// Its host and its office are chapter 7's, and what customers look at is chapter 9's. The template to try in place of its own is that in
/// `BOOK_TEMPLATE_10`.
pub const CHAPTER_10: Chapter = Chapter {
    name: "ch10-processes",
    rung: 10,
    programs: &[
        ("ch10-processes", "checkout-counter"),
        ("ch10-processes", "checkout-keeper"),
        ("ch09-projections", "views-counter"),
        ("ch09-projections", "views-keeper"),
        ("ch08-event-sourcing", "streams-teller"),
        ("ch07-events", "events-office"),
    ],
    tables: &[
        ("Streams", TABLE),
        ("Checkouts", "checkouts"),
        ("ViewTable", "views"),
        ("Office", "office"),
    ],
    release: "ch10-processes",
    host: "ch07-events",
    environment: &[
        CURSORS[0],
        ("PAYMENTS_URL", "http://127.0.0.1:9"),
        ("WEBHOOK_SECRET", "tulips-tulips-tulips"),
    ],
    variable: "BOOK_TEMPLATE_10",
};

/// Its host, its office and its views are those of chapter 10. The template to try in place of its own is that in `BOOK_TEMPLATE_11`.
pub const CHAPTER_11: Chapter = Chapter {
    name: "ch11-change-over-time",
    rung: 11,
    programs: &[
        ("ch11-change-over-time", "sealed-counter"),
        ("ch11-change-over-time", "sealed-keeper"),
        ("ch09-projections", "views-counter"),
        ("ch09-projections", "views-keeper"),
        ("ch08-event-sourcing", "streams-teller"),
        ("ch07-events", "events-office"),
    ],
    tables: &[
        ("Streams", TABLE),
        ("Checkouts", "checkouts"),
        ("ViewTable", "views"),
        ("People", "people"),
        ("Office", "office"),
    ],
    release: "ch11-change-over-time",
    host: "ch07-events",
    environment: &[
        CURSORS[0],
        ("NAMES_KEY", CURSORS[0].1),
        ("PAYMENTS_URL", "http://127.0.0.1:9"),
        ("WEBHOOK_SECRET", "tulips-tulips-tulips"),
    ],
    variable: "BOOK_TEMPLATE_11",
};

/// All of them.
pub const CHAPTERS: [&Chapter; 7] = [
    &CHAPTER_5,
    &CHAPTER_6,
    &CHAPTER_7,
    &CHAPTER_8,
    &CHAPTER_9,
    &CHAPTER_10,
    &CHAPTER_11,
];

/// The key of those whose cursors are signed.
const CURSORS: &[(&str, &str)] = &[(
    "CURSOR_KEY",
    "4d2a6b9c8e7f50413223140516273849a0b1c2d3e4f5061728394a5b6c7d8e9f",
)];

/// What a table is called in the template. One that is none of these keeps its name.
pub(super) fn planned_as(tables: Tables, here: &str) -> &str {
    let table = tables.iter().find(|(_, name)| *name == here);
    table.map_or(here, |(id, _)| id)
}

impl Chapter {
    /// Its template, or the one that is to be tried in its place, from the root of the workspace.
    #[must_use]
    pub fn template(&self) -> PathBuf {
        let own = || self.file("template.yaml");
        env::var_os(self.variable).map_or_else(own, |other| programs::root().join(other))
    }

    /// A file of its folder in `infra/`.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        programs::root().join("infra").join(self.name).join(name)
    }

    /// The file with what else leads to its functions than requests and rules of the bus, where there is such a thing.
    #[must_use]
    pub fn sources(&self) -> Option<PathBuf> {
        Some(self.file("sources.toml")).filter(|file| file.is_file())
    }

    /// Builds the programs of its functions.
    ///
    /// # Errors
    ///
    /// When cargo fails.
    pub fn build(&self) -> Result<()> {
        let mut programs = self.programs.iter();
        programs.try_for_each(|(package, name)| programs::build(package, name).map(drop))
    }

    /// The same, as `cargo lambda watch` asks for them: each package by itself.
    ///
    /// # Errors
    ///
    /// When cargo fails.
    pub fn build_by_itself(&self) -> Result<()> {
        let mut programs = self.programs.iter();
        programs.try_for_each(|(package, name)| programs::build_by_itself(package, name).map(drop))
    }
}
