//! The `OpenAPI` document `tests/contract/shop.yaml`, and whether an answer keeps to it; `tests/contract/checkouts.yaml`, which is for
//! shops that take money; and `tests/contract/people.yaml`, for those that can forget a person.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Map, Value};

use super::wire::Answer;

/// The document as it is kept.
pub const YAML: &str = include_str!("../../contract/shop.yaml");

/// What is asked for besides of a shop that takes money, and of one that can forget a person.
const OTHERS: [&str; 2] = [
    include_str!("../../contract/checkouts.yaml"),
    include_str!("../../contract/people.yaml"),
];

static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::read);

/// The contract, with a validator for each body that an answer may have.
#[derive(Debug)]
pub struct Contract {
    document: Value,
    /// Those that not every shop is held to.
    others: Vec<Value>,
    /// The templates of all paths of all documents.
    templates: Vec<String>,
    /// By path template, method and status.
    bodies: BTreeMap<(String, String, String), Rule>,
    /// For errors that no operation lists, such as those to requests that name none.
    problem: Validator,
}

#[derive(Debug)]
struct Rule {
    media_type: String,
    schema: Validator,
    required_fields: Vec<(String, Validator)>,
}

impl Contract {
    /// The shop's contract.
    #[must_use]
    pub fn of_the_shop() -> &'static Self {
        &CONTRACT
    }

    /// The whole document.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// A validator for a schema that may refer to the document's components.
    ///
    /// # Panics
    ///
    /// When the schema is none, which a test of the contract would have shown.
    #[must_use]
    pub fn validator(&self, schema: &Value) -> Validator {
        compile(&self.document, schema)
    }

    /// The templates of the paths: `/pets/{id}`.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let paths = self.document["paths"].as_object();
        paths.into_iter().flatten().map(|(path, _)| path.as_str())
    }

    /// Whether this operation is for the staff, on a rung that has one.
    #[must_use]
    pub fn is_for_staff(&self, method: &str, target: &str) -> bool {
        let path = target.split('?').next().unwrap_or_default();
        let method = if method == "HEAD" { "GET" } else { method };
        let Some(template) = self.template(path) else {
            return false;
        };
        let mut documents = std::iter::once(&self.document).chain(&self.others);
        documents.any(|document| {
            document["paths"][template][method.to_ascii_lowercase()]["security"].is_array()
        })
    }

    /// What is for the staff of every shop that has one: the method and the template of the path of each operation.
    #[must_use]
    pub fn for_staff(&self) -> Vec<(String, String)> {
        let paths = self.document["paths"].as_object();
        let operations = paths.into_iter().flatten().flat_map(|(path, item)| {
            let operations = item.as_object().into_iter().flatten();
            operations.map(move |(method, operation)| (method, path, operation))
        });
        operations
            .filter(|(_, _, operation)| operation["security"].is_array())
            .map(|(method, path, _)| (method.to_ascii_uppercase(), path.clone()))
            .collect()
    }

    /// What an answer to `method target` breaks of the contract; nothing when it keeps to it.
    #[must_use]
    pub fn breaches(&self, method: &str, target: &str, answer: &Answer) -> Vec<String> {
        let asked = format!("{method} {target}");
        let found = self.breaches_unnamed(method, target, answer);
        let named = found.into_iter().map(|what| {
            format!(
                "{} was answered {}, {what}",
                shortened(&asked, 120),
                answer.status
            )
        });
        named.collect()
    }

    fn breaches_unnamed(&self, method: &str, target: &str, answer: &Answer) -> Vec<String> {
        if method == "HEAD" || answer.status == 204 || answer.status == 304 {
            let empty = answer.body.is_empty();
            return Vec::from_iter(
                (!empty).then(|| "with a body that must not be there".to_owned()),
            );
        }
        let path = target.split('?').next().unwrap_or_default();
        match self.rule(method, path, answer.status) {
            Some(rule) => rule.breaches(answer),
            None if answer.status >= 400 => {
                let mut found = media_type_breaches("application/problem+json", answer);
                found.extend(schema_breaches(&self.problem, answer));
                found
            }
            None => vec!["which the contract does not know".to_owned()],
        }
    }

    /// The template of a path.
    fn template(&self, path: &str) -> Option<&str> {
        let mut templates = self.templates.iter();
        let template = templates.find(|template| matches(template, path));
        template.map(String::as_str)
    }

    fn rule(&self, method: &str, path: &str, status: u16) -> Option<&Rule> {
        let key = (
            self.template(path)?.to_owned(),
            method.to_ascii_lowercase(),
            status.to_string(),
        );
        self.bodies.get(&key)
    }

    fn read() -> Self {
        let document: Value =
            serde_saphyr::from_str(YAML).expect("tests/contract/shop.yaml is YAML");
        let others = OTHERS.map(|text| serde_saphyr::from_str(text).expect("a contract is YAML"));
        let others = Vec::from(others);
        let (mut templates, mut bodies) = (vec![], BTreeMap::new());
        for document in std::iter::once(&document).chain(&others) {
            let paths = document["paths"].as_object().into_iter().flatten();
            templates.extend(paths.map(|(path, _)| path.clone()));
            bodies.extend(rules(document));
        }
        let problem = compile(&document, &document["components"]["schemas"]["Problem"]);
        Self {
            document,
            others,
            templates,
            bodies,
            problem,
        }
    }
}

impl Rule {
    fn read(document: &Value, response: &Value) -> Self {
        let content = response["content"].as_object();
        let (media_type, content) = content
            .and_then(|content| content.iter().next())
            .expect("every response of the contract has a content");
        let fields = response["headers"].as_object().into_iter().flatten();
        let required_fields = fields
            .filter(|(_, field)| field["required"] == true)
            .map(|(name, field)| (name.to_lowercase(), compile(document, &field["schema"])));
        Self {
            media_type: media_type.clone(),
            schema: compile(document, &content["schema"]),
            required_fields: required_fields.collect(),
        }
    }

    fn breaches(&self, answer: &Answer) -> Vec<String> {
        let mut found = media_type_breaches(&self.media_type, answer);
        for (name, schema) in &self.required_fields {
            match answer.field(name) {
                None => found.push(format!("without the field {name}")),
                Some(value) if !schema.is_valid(&Value::from(value)) => {
                    found.push(format!("with a field {name} of {value:?}"));
                }
                Some(_) => {}
            }
        }
        found.extend(schema_breaches(&self.schema, answer));
        found
    }
}

/// A rule for each answer of a document that has a body, by path template, method and status.
fn rules(document: &Value) -> BTreeMap<(String, String, String), Rule> {
    let mut rules = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            for (status, response) in operation["responses"].as_object().into_iter().flatten() {
                if status == "204" {
                    continue;
                }
                let key = (path.clone(), method.clone(), status.clone());
                rules.insert(key, Rule::read(document, resolve(document, response)));
            }
        }
    }
    rules
}

fn media_type_breaches(expected: &str, answer: &Answer) -> Vec<String> {
    let given = answer.field("content-type").unwrap_or_default();
    let media_type = given.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case(expected) {
        return Vec::new();
    }
    vec![format!(
        "with a Content-Type of {given:?} where {expected} belongs"
    )]
}

fn schema_breaches(schema: &Validator, answer: &Answer) -> Vec<String> {
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
        let body = String::from_utf8_lossy(&answer.body);
        let body: Vec<&str> = body.split_whitespace().collect();
        let body = shortened(&body.join(" "), 80);
        return vec![format!("with a body that is not JSON: {body:?}")];
    };
    let errors = schema.iter_errors(&body).map(|error| {
        let place = match error.instance_path().to_string() {
            place if place.is_empty() => "its body".to_owned(),
            place => format!("{place} of its body"),
        };
        format!(
            "and {place} breaks the schema: {}",
            shortened(&error.to_string(), 160)
        )
    });
    let mut found: Vec<String> = errors.collect();
    let told = &body["status"];
    if answer.status >= 400 && *told != answer.status {
        found.push(format!("but its problem says that its status is {told}"));
    }
    found
}

/// Compiles a schema whose `$ref`s point into the document's components.
fn compile(document: &Value, schema: &Value) -> Validator {
    let mut root = Map::new();
    root.insert("components".to_owned(), document["components"].clone());
    root.insert("allOf".to_owned(), Value::from(vec![schema.clone()]));
    jsonschema::draft202012::new(&Value::from(root)).expect("the contract's schemas are schemas")
}

/// Follows a `$ref` that stands alone.
fn resolve<'a>(document: &'a Value, part: &'a Value) -> &'a Value {
    let pointer = part["$ref"].as_str().and_then(|r| r.strip_prefix('#'));
    pointer.map_or(part, |pointer| {
        document
            .pointer(pointer)
            .unwrap_or_else(|| panic!("the contract refers to {pointer}, which is not there"))
    })
}

fn matches(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(hole), Some(part)) if hole.starts_with('{') && !part.is_empty() => {}
            (Some(known), Some(part)) if known == part => {}
            _ => return false,
        }
    }
}

/// At most `length` characters of a text, with `…` where some were cut.
#[must_use]
pub fn shortened(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    text.chars().take(length).chain(['…']).collect()
}

#[cfg(test)]
mod tests;
