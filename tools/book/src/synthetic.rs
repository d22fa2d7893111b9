//! A made-up book of any size, for measuring and trying the engine. Nobody reads it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::measured::Measured;
use crate::workspace::Workspace;

/// Parts of a page of the made-up book; what a long chapter of the real one has.
const LISTINGS: usize = 20;
const SESSIONS: usize = 15;
const PARAGRAPHS: usize = 36;

/// Writes a workspace with so many chapters into `dir`: for each a crate of some 800 lines, a page of 4,500 words with
/// 20 listings (every second one a step), 15 sessions, asides, exercises, tables, figures, links and footnotes.
/// Everything on the pages is right.
///
/// # Errors
///
/// When `dir` cannot be written.
pub fn write(dir: &Path, chapters: u8) -> Result<()> {
    let put = |path: String, text: &str| {
        let path = dir.join(path);
        fs::create_dir_all(path.parent().unwrap_or(dir))
            .and_then(|()| fs::write(&path, text))
            .with_context(|| format!("{} cannot be written", path.display()))
    };
    put("book.toml".to_owned(), BOOK)?;
    put(
        "Cargo.toml".to_owned(),
        "[workspace]\nresolver = \"3\"\nmembers = [\"chapters-code/*\"]\n",
    )?;
    put(
        "book/labels.toml".to_owned(),
        "[account]\nwhy = \"needs an account\"\nneeds = \"account\"\n",
    )?;
    put(
        "book/redactions.toml".to_owned(),
        "[HOW_MANY]\nregex = \"[0-9]+\"\nmeans = \"how many\"\n",
    )?;
    let mut summary = "# Summary\n\n[Preface](preface.md)\n\n".to_owned();
    put(
        "book/preface.md".to_owned(),
        "# Preface\n\nRead on at [the first chapter](ch01-made-up.md#part-6).\n",
    )?;
    for number in 1..=chapters {
        let name = format!("ch{number:02}-made-up");
        writeln!(summary, "- [Chapter {number}]({name}.md)")?;
        let code = format!("chapters-code/{name}");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[features]\ndoes-not-compile = []\n"
        );
        put(format!("{code}/Cargo.toml"), &manifest)?;
        put(
            format!("{code}/src/lib.rs"),
            "//! Made up.\npub mod shop;\n",
        )?;
        put(format!("{code}/src/shop.rs"), &source("before"))?;
        put(format!("{code}/examples/before.rs"), &source("before"))?;
        put(format!("{code}/examples/later.rs"), &source("later"))?;
        put(format!("book/{name}.md"), &page(number, &name))?;
        let workspace = Workspace::at(dir)?;
        let paths = [format!("{code}/src")];
        let mut measured = Measured::begin(&workspace, "cargo book measure", &[&paths[0]])?;
        measured.put("decide_us", f64::from(number) + 0.25, "µs", "made up");
        measured.save(&workspace, &format!("ch{number:02}"))?;
    }
    put("book/SUMMARY.md".to_owned(), &summary)
}

const BOOK: &str = r#"[book]
title = "Made up"
language = "en"
src = "book"

[build]
build-dir = "target/book"
create-missing = false
use-default-preprocessors = false

[output.html]
git-repository-url = "https://example.org/made-up"
"#;

/// A Rust file with one anchored method for each listing; `word` is what a step changes.
fn source(word: &str) -> String {
    let mut code = "//! A shop that nobody visits.\n\n/// Some pets.\npub struct Shop {\n    pets: Vec<String>,\n}\n\nimpl Shop {\n".to_owned();
    for part in 0..LISTINGS {
        code.push_str(
            &METHOD
                .replace("PART", &part.to_string())
                .replace("WORD", word),
        );
    }
    code.push_str("}\n\nfn main() {\n    let shop = Shop { pets: Vec::new() };\n    println!(\"{}\", shop.pets.len());\n}\n");
    code
}

const METHOD: &str = r#"    // ANCHOR: part_PART
    /// Looks for a pet by its name, and says where it was found.
    ///
    /// The names are compared as they are: `Rex` is not `rex`.
    #[must_use]
    pub fn part_PART<'a>(&'a self, name: &str, limit: usize) -> Option<&'a str> {
        // Nobody has more pets than this.
        let limit = limit.min(10_000);
        let mut seen = 0_usize;
        for pet in self.pets.iter().take(limit) {
            if pet == name {
                return Some(pet.as_str());
            }
            seen += 1;
        }
        let told = format!("WORD: {name} is not among {seen} pets");
        match self.pets.first() {
            Some(pet) if told.len() < limit => Some(pet),
            Some(_) => None,
            None => None,
        }
    }
    // ANCHOR_END: part_PART

"#;

/// A page that uses everything.
fn page(number: u8, name: &str) -> String {
    let mut page = format!("# Chapter {number}\n\n");
    let code = format!("../chapters-code/{name}");
    for part in 0..PARAGRAPHS {
        if part % 6 == 0 {
            page.extend(["## Part ", &part.to_string(), "\n\n"]);
        }
        page.push_str(&PROSE.replace("CHAPTER", &format!("{number:02}")));
        if part < LISTINGS {
            let step = if part % 2 == 0 {
                ""
            } else {
                " after=before badge=runs"
            };
            page.extend([
                "{{#listing ",
                &code,
                "/examples/later.rs:part_",
                &part.to_string(),
                step,
                "}}\n\n",
            ]);
        } else if part < LISTINGS + SESSIONS {
            page.push_str(SESSION);
        }
        page.push_str(match part % 12 {
            3 => ASIDE,
            6 => EXERCISE,
            8 => TABLE,
            10 => LABELLED,
            _ => "",
        });
    }
    page.push_str(NOTE);
    page
}

const PROSE: &str = "The shop has a *journal*, and `Shop::part_1` in `src/shop.rs` reads it from the first line to the last. \
A customer who asks for a pet is told what was true at that moment, and one who asks again may be told something else, \
because between the two somebody may have taken the pet home. That is no fault of the shop; it is what a question is \
worth. We could keep everybody else waiting until the customer has decided, and then nobody would be told anything that \
is not true when they hear it, but it would be a strange shop. A decision takes {{#measured chCHAPTER.decide_us}}.\n\n";

const SESSION: &str = "```console\n$ curl -s http://127.0.0.1:8080/pets/1 \\\n> -H 'Accept: application/json'\n\
{\"id\":\"1\",\"name\":\"Gustav\",\"species\":\"tortoise\",\"born\":1923}\n$ ls shop\njournal.jsonl\n[HOW_MANY] lines [..]\n...\n```\n\n";

const ASIDE: &str = "> [!ASIDE] Another shop\n> It is told that [another shop](preface.md) sold the same dog \
twice within 3 minutes.[^told]\n>\n> ```console\n> $ date\n> [..]\n> ```\n\n";

const EXERCISE: &str = "<details class=\"exercise\"><summary>★★ Why does it not matter?</summary>\n\n\
Because nobody visits the shop.\n\n```console\n$ cat shop/journal.jsonl\n```\n\n</details>\n\n";

const TABLE: &str = "| rung | what it is | who runs it |\n|---|---|---|\n| one | a server | you |\n| two | a virtual server | \
you, and a host |\n| three | a platform | the platform |\n\n";

const LABELLED: &str =
    "```yaml,not-run=account\nType: AWS::Serverless::Function\nTimeout: 10\n```\n\n";

const NOTE: &str = "[^told]: A. Teller, *Shops*, 1993, <https://example.org/shops>.\n";
