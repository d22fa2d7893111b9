//! The table of bad requests, `tests/contract/bad-input.toml`, made into bytes.

use std::sync::LazyLock;

use anyhow::{Context, Result, bail, ensure};
use regex::bytes::{Captures, Regex};
use serde::Deserialize;
use serde_json::Value;

use super::Check;
use super::shop::{Shop, expect, pet};

const TABLE: &str = include_str!("../../contract/bad-input.toml");

/// A bad request and what should become of it.
pub struct Input {
    /// What is bad about it, for the message.
    pub name: String,
    /// All of its bytes.
    pub bytes: Vec<u8>,
    /// The method and the target, as far as it has them.
    pub operation: (String, String),
    /// Answers such as `404 pet-not-found`, of which either will do.
    pub answers: Vec<String>,
    /// A status that does as well, because the input may be read as what was meant; `closed` for no answer at all.
    pub forgiven: Option<String>,
    /// The methods that `Allow` must name, sorted.
    pub allow: Vec<String>,
    /// Places of which one must be named among the errors.
    pub pointers: Vec<String>,
    /// Whether where the next request would begin is now unknown.
    pub closes: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    bad: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    answer: String,
    #[serde(default)]
    closes: bool,
    line: Option<String>,
    requests: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: Option<String>,
    line: Option<String>,
    raw: Option<String>,
    #[serde(default)]
    fields: Vec<String>,
    body: Option<String>,
    patch: Option<String>,
    #[serde(default)]
    at: Vec<String>,
    #[serde(default)]
    allow: Vec<String>,
    or: Option<String>,
    forgiven: Option<Forgiven>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Forgiven {
    answer: String,
    /// Who says that it may be.
    source: String,
}

impl Forgiven {
    fn read(&self) -> Result<String> {
        ensure!(
            self.source.starts_with("RFC "),
            "{}: who says that this is forgiven?",
            self.source
        );
        ensure!(
            ["200", "closed"].contains(&self.answer.as_str()),
            "{} is neither 200 nor closed",
            self.answer
        );
        Ok(self.answer.clone())
    }
}

/// The whole table, about two pets that are taken in for it.
///
/// # Errors
///
/// Broken, when they cannot be taken in.
pub fn inputs(shop: &Shop) -> Check<Vec<Input>> {
    let (available, adopted) = (shop.take_in_a("dog")?, shop.take_in_a("dog")?);
    expect(shop.adopt(&adopted, "Ada")?, 200, "an adoption")?;
    let words = Words {
        shop,
        available,
        adopted,
    };
    Ok(words.read(TABLE)?)
}

/// What the words in angle brackets stand for.
struct Words<'a> {
    shop: &'a Shop,
    available: String,
    adopted: String,
}

impl Words<'_> {
    fn read(&self, table: &str) -> Result<Vec<Input>> {
        let table: Table = toml::from_str(table).context("tests/contract/bad-input.toml")?;
        let mut inputs = Vec::new();
        for group in &table.bad {
            for row in &group.requests {
                inputs.push(self.input(group, row)?);
            }
        }
        Ok(inputs)
    }

    fn input(&self, group: &Group, row: &Row) -> Result<Input> {
        let line = row.line.as_ref().or(group.line.as_ref());
        let name = row.name.as_ref().or(line).context("a row without a name")?;
        let (bytes, operation) = match (&row.raw, line) {
            (Some(raw), line) => {
                let line = line.and_then(|line| line.split_once(' '));
                let (method, target) = line.unwrap_or(("GET", ""));
                (self.expand(raw, 0), (method, target.to_owned()))
            }
            (None, Some(line)) => {
                let (method, target) = line.split_once(' ').context("a line of one word")?;
                let target = String::from_utf8(self.expand(target, 0))?;
                (self.request(method, &target, row)?, (method, target))
            }
            (None, None) => bail!("{name} has neither line nor raw"),
        };
        Ok(Input {
            name: name.clone(),
            bytes,
            operation: (operation.0.to_owned(), operation.1),
            answers: row.or.iter().chain([&group.answer]).cloned().collect(),
            forgiven: row.forgiven.as_ref().map(Forgiven::read).transpose()?,
            allow: row.allow.clone(),
            pointers: row.at.clone(),
            closes: group.closes,
        })
    }

    fn request(&self, method: &str, target: &str, row: &Row) -> Result<Vec<u8>> {
        let body = match (&row.body, &row.patch) {
            (body, None) => body.as_ref().map(|body| self.expand(body, 0)),
            (None, Some(patch)) => Some(self.patched(patch)?),
            (Some(_), Some(_)) => bail!("a row with a body and a patch"),
        };
        let length = body.as_ref().map_or(0, Vec::len);
        let mut request = self.shop.head(method, target).into_bytes();
        for field in &row.fields {
            request.extend(self.expand(field, length));
            request.extend(b"\r\n");
        }
        let framed =
            |field: &String| field.starts_with("Content-") || field.starts_with("Transfer-");
        if body.is_some() && !row.fields.iter().any(framed) {
            let own = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n");
            request.extend(own.into_bytes());
        }
        request.extend(b"\r\n");
        request.extend(body.unwrap_or_default());
        Ok(request)
    }

    fn patched(&self, patch: &str) -> Result<Vec<u8>> {
        let patch = serde_json::from_slice(&self.expand(patch, 0)).context("a patch")?;
        let mut whole = pet("Rex", "dog");
        merge(&mut whole, &patch);
        Ok(whole.to_string().into_bytes())
    }

    /// Puts in what the words in angle brackets stand for, the inner ones first.
    fn expand(&self, text: &str, length: usize) -> Vec<u8> {
        static WORD: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?s)<([a-z]+)>|<byte:([0-9A-F]{2})>|<([^<>]+)\*([0-9]+)>")
                .expect("a regex")
        });
        let replace = |found: &Captures| match (found.get(1), found.get(2)) {
            (Some(word), _) => match word.as_bytes() {
                b"host" => self.shop.authority.clone().into_bytes(),
                b"prefix" => self.shop.prefix.clone().into_bytes(),
                b"available" => self.available.clone().into_bytes(),
                b"adopted" => self.adopted.clone().into_bytes(),
                b"pet" => pet("Rex", "dog").to_string().into_bytes(),
                b"length" => length.to_string().into_bytes(),
                other => panic!("<{}> stands for nothing", String::from_utf8_lossy(other)),
            },
            (None, Some(digits)) => {
                vec![u8::try_from(number(digits.as_bytes(), 16)).expect("two digits")]
            }
            (None, None) => found[3].repeat(number(&found[4], 10)),
        };
        let mut bytes = text.as_bytes().to_vec();
        while WORD.is_match(&bytes) {
            bytes = WORD.replace_all(&bytes, replace).into_owned();
        }
        bytes
    }
}

/// Merges a patch into a document (RFC 7396).
fn merge(target: &mut Value, patch: &Value) {
    let (Value::Object(target), Value::Object(patch)) = (&mut *target, patch) else {
        target.clone_from(patch);
        return;
    };
    for (name, patch) in patch {
        if patch.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name).or_insert(Value::Null), patch);
        }
    }
}

fn number(digits: &[u8], radix: u32) -> usize {
    let digits = String::from_utf8_lossy(digits);
    usize::from_str_radix(&digits, radix).expect("the pattern lets only digits through")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::promises::contract::Contract;

    fn table() -> Vec<Input> {
        let words = Words {
            shop: &Shop::not_yet(),
            available: "1".to_owned(),
            adopted: "2".to_owned(),
        };
        words.read(TABLE).unwrap()
    }

    fn find(name: &str) -> Vec<u8> {
        let found = table().into_iter().find(|input| input.name == name);
        found.unwrap_or_else(|| panic!("no row {name}")).bytes
    }

    #[test]
    fn every_status_of_the_promise_is_asked_for() {
        let asked: BTreeSet<String> = table()
            .into_iter()
            .flat_map(|input| input.answers)
            .collect();
        // 408 takes its time, so it is asked elsewhere.
        for status in [400, 404, 405, 409, 411, 413, 414, 415, 422, 431, 501, 505] {
            let status = status.to_string();
            assert!(
                asked.iter().any(|answer| answer.starts_with(&status)),
                "{status}"
            );
        }
    }

    #[test]
    fn every_answer_is_a_problem_of_the_contract() {
        let contract = Contract::of_the_shop();
        let problem = contract.validator(&contract.document()["components"]["schemas"]["Problem"]);
        for answer in table().into_iter().flat_map(|input| input.answers) {
            let (status, kind) = answer.split_once(' ').unwrap();
            let status: u16 = status.parse().unwrap();
            let body = serde_json::json!({
                "type": format!("/problems/{kind}"), "title": "t", "status": status, "detail": "d",
                "errors": [{ "pointer": "", "detail": "d" }],
            });
            assert!(problem.is_valid(&body), "{answer}");
        }
    }

    #[test]
    fn words_in_angle_brackets_become_bytes() {
        assert_eq!(
            find("a NUL in a field"),
            b"GET /pets HTTP/1.1\r\nHost: 127.0.0.1:1\r\nAccept: a\0b\r\n\r\n"
        );
        let utf_8 = String::from_utf8(find("a name of 81 characters")).unwrap();
        let (head, body) = utf_8.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("Content-Length: {}", body.len())),
            "{head}"
        );
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(
            (body["name"].as_str(), &body["born"]),
            (Some("ü".repeat(81).as_str()), &2020.into())
        );
        assert!(String::from_utf8(find("JSON that is not UTF-8")).is_err());
        let fields = String::from_utf8(find("120 fields")).unwrap();
        assert_eq!(fields.matches("X: y\r\n").count(), 120);
    }
}
