//! Who answers for what on each rung, and what the rung consists of beside its code:
//! `book/responsibility.toml`.

use std::fs;

use anyhow::{Context, Result, anyhow, ensure};
use serde::Deserialize;

use crate::workspace::Workspace;

/// What `applies` says where a part is yours.
pub const YOU: &str = "you";

/// The declarations of all rungs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Responsibilities {
    /// The things that somebody must look after while the shop is open, in order from the ground up.
    pub parts: Vec<String>,
    /// The rungs, in order.
    #[serde(rename = "rung", default)]
    pub rungs: Vec<Declared>,
}

/// What one rung declares.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// Its number, which is its chapter's.
    pub rung: u8,
    /// Its title, which is its chapter's.
    pub title: String,
    /// One line: what is handed over to whom.
    pub handed_over: String,
    /// How many machines' systems you keep up to date.
    pub machines: u32,
    /// The programs of yours that must be up.
    pub processes: Vec<String>,
    /// Hand-written configuration beyond the rung's folder in `infra/`: paths below the root.
    pub configuration: Vec<String>,
    /// Files in that folder that stand in for the rung's configuration on this machine, and are never deployed: paths below the root.
    #[serde(default)]
    pub only_here: Vec<String>,
    /// The rung's crate is counted without its default features: with them it has what stands in for others on this machine.
    #[serde(default)]
    pub without_defaults: bool,
    /// What is paid by the month whether anybody comes or not.
    pub fixed: Vec<Fixed>,
    /// What one would pay by the month for the same at another provider.
    #[serde(default)]
    pub elsewhere: Vec<Fixed>,
    /// What is told and not computed.
    pub told: Vec<String>,
    /// What a sale consists of.
    pub sale: Sale,
    /// Who looks after each part.
    #[serde(rename = "part")]
    pub parts: Vec<Part>,
}

/// A fixed cost of each month.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// A key of the price list.
    pub price: String,
    /// How many of it, or how often.
    pub count: u32,
    /// The figure that says how many of it each time takes, where that was measured.
    #[serde(default)]
    pub each: Option<String>,
    /// Whether it is storage, which an idle shop may cost.
    pub storage: bool,
    /// Whether it watches over the shop and serves nobody. An idle shop may cost that too, and what it comes to is told.
    #[serde(default)]
    pub watch: bool,
}

/// How the keys of prices begin that are for watching over a shop. Whoever serves customers does not call that watching.
const WATCHES: &str = "cloudwatch.";

/// What a sale consists of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sale {
    /// HTTP requests from the first look to the adoption.
    pub requests: u32,
    /// The figure (`ch01.adoptions_per_s`) that says how many sales a second the rung takes.
    pub capacity: String,
    /// The figure that says how many bytes the shop sends for one.
    pub bytes: String,
    /// The price of what is sent, beyond what the machine's price includes; `None` where the list has none for it.
    pub egress: Option<String>,
    /// What it uses that is paid for by the piece.
    #[serde(default)]
    pub units: Vec<Unit>,
    /// What a pet takes up that is paid for by its size, as long as it is kept.
    pub kept: Option<Unit>,
    /// What a pet that is kept takes each night, when everything is looked after.
    pub nightly: Option<Unit>,
    /// The machine for a larger shop, where the rung has one.
    pub larger: Option<Machine>,
    /// What each sale leaves on the machine for good.
    pub fills: Option<Room>,
    /// The figure that says how many write request units each pet takes of the partition that takes the most.
    pub partition: Option<String>,
}

/// A machine at least as large as the one on which a shop was measured.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Its price.
    pub price: String,
    /// The figure that says how many pets a second are taken in and sold on it.
    pub takes: String,
}

/// Room on a machine, which sales fill.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Room {
    /// `memory`, `disk`.
    pub what: String,
    /// The figure that says how many bytes of it each sale takes.
    pub measured: String,
    /// How many megabytes the machine has that the fixed price is for.
    pub mb: u64,
    /// How many the larger one has.
    pub larger_mb: u64,
    /// The price of more of it; `None` where there is no more to be had.
    pub more: Option<String>,
}

/// Something that is paid for by the piece or by its size.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// A key of the price list.
    pub price: String,
    /// The figure that says how many, or how many bytes.
    pub measured: String,
    /// What they are called, where their unit does not say enough: `requests to the gateway`.
    pub called: Option<String>,
}

/// Who looks after one part.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// One of [`Responsibilities::parts`].
    pub part: String,
    /// Who mends it.
    pub mends: String,
    /// Who puts what was mended to work.
    pub applies: String,
    /// Where that is written down: a page, or a path below the root.
    pub source: String,
}

impl Responsibilities {
    /// Reads and checks the declarations.
    ///
    /// # Errors
    ///
    /// When the file is missing or not well formed, or when a rung leaves a part out or names one twice.
    pub fn load(workspace: &Workspace) -> Result<Self> {
        let path = workspace.book().join("responsibility.toml");
        let text = fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    /// Reads and checks declarations from their text.
    ///
    /// # Errors
    ///
    /// As for [`Self::load`].
    pub fn parse(text: &str) -> Result<Self> {
        let all: Self = toml::from_str(text)?;
        for rung in &all.rungs {
            rung.check(&all.parts)
                .with_context(|| format!("rung {}", rung.rung))?;
        }
        ensure!(
            all.rungs.is_sorted_by(|a, b| a.rung < b.rung),
            "the rungs do not stand in order, each once"
        );
        Ok(all)
    }

    /// What the rung declares.
    ///
    /// # Errors
    ///
    /// When it declares nothing; the message names the rungs that do.
    pub fn rung(&self, number: u8) -> Result<&Declared> {
        let known: Vec<String> = self
            .rungs
            .iter()
            .map(|rung| rung.rung.to_string())
            .collect();
        self.rungs
            .iter()
            .find(|rung| rung.rung == number)
            .ok_or_else(|| {
                anyhow!(
                    "book/responsibility.toml has no rung {number}; it has: {}",
                    if known.is_empty() {
                        "none".to_owned()
                    } else {
                        known.join(", ")
                    }
                )
            })
    }
}

impl Declared {
    /// Who looks after this part here.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.part == name)
    }

    fn check(&self, parts: &[String]) -> Result<()> {
        for wanted in parts {
            let named = self
                .parts
                .iter()
                .filter(|part| &part.part == wanted)
                .count();
            ensure!(
                named == 1,
                "says {named} times who looks after the {wanted}, and not once"
            );
        }
        for part in &self.parts {
            ensure!(
                parts.contains(&part.part),
                "looks after `{}`, which is not among `parts`",
                part.part
            );
            let said = [&part.mends, &part.applies, &part.source];
            ensure!(
                said.iter().all(|text| !text.is_empty()),
                "leaves something empty for the {}",
                part.part
            );
        }
        for fixed in self.fixed.iter().chain(&self.elsewhere) {
            ensure!(
                !fixed.watch || fixed.price.starts_with(WATCHES),
                "says `watch = true` of `{}`. That is for what watches over the shop and serves nobody, whose price begins with \
                 `{WATCHES}`: take it away there",
                fixed.price
            );
            ensure!(
                !(fixed.watch && fixed.storage),
                "says of `{}` that it is storage, and that it watches",
                fixed.price
            );
        }
        ensure!(
            !self.title.is_empty() && !self.handed_over.is_empty(),
            "has no title or no line on what is handed over"
        );
        Ok(())
    }
}

impl Part {
    /// Whether you are the one who keeps it up to date.
    #[must_use]
    pub fn is_yours(&self) -> bool {
        self.applies == YOU
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"
parts = ["kernel", "disk"]
[[rung]]
rung = 1
title = "Bare"
handed_over = "nothing"
machines = 1
processes = ["shop"]
configuration = []
fixed = []
told = []
sale = { requests = 3, capacity = "a.b", bytes = "a.c", egress = "d.e" }
part = [
    { part = "kernel", mends = "maintainers", applies = "you", source = "https://example.org/" },
    { part = "disk", mends = "a company", applies = "a company", source = "https://example.org/" },
]
"#;

    #[test]
    fn every_part_is_looked_after_by_somebody() {
        let all = Responsibilities::parse(ONE).unwrap();
        let rung = all.rung(1).unwrap();
        assert!(rung.part("kernel").unwrap().is_yours());
        assert!(!rung.part("disk").unwrap().is_yours());
        assert_eq!(
            all.rung(2).unwrap_err().to_string(),
            "book/responsibility.toml has no rung 2; it has: 1"
        );
    }

    #[test]
    fn what_is_left_out_or_said_twice_is_refused() {
        for (from, to, message) in [
            (
                "part = \"disk\"",
                "part = \"kernel\"",
                "rung 1: says 2 times who looks after the kernel",
            ),
            (
                "\"disk\"]",
                "\"disk\", \"network\"]",
                "says 0 times who looks after the network",
            ),
            (
                "[\"kernel\", \"disk\"]",
                "[\"kernel\"]",
                "looks after `disk`, which is not among",
            ),
            (
                "a company\", source",
                "\", source",
                "leaves something empty for the disk",
            ),
            (
                "fixed = []",
                "fixed = [{ price = \"vps.month\", count = 1, storage = false, watch = true }]",
                "rung 1: says `watch = true` of `vps.month`. That is for what watches over the shop",
            ),
            (
                "fixed = []",
                "fixed = [{ price = \"cloudwatch.alarm\", count = 1, storage = true, watch = true }]",
                "says of `cloudwatch.alarm` that it is storage, and that it watches",
            ),
            ("nothing", "", "no line on what is handed over"),
            ("machines", "boxes", "unknown field `boxes`"),
        ] {
            let error = Responsibilities::parse(&ONE.replace(from, to)).unwrap_err();
            assert!(format!("{error:#}").contains(message), "{error:#}");
        }
    }
}
