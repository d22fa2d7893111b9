//! The template in its long form, as AWS works from it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};

use super::{Function, Functions};

/// For how many seconds an idempotency key has to be good: `tests/contract/shop.yaml` promises 24 hours.
const KEY_WINDOW: &str = "86400";

/// For how many seconds a checkout may take: a quarter of an hour, as `chapters-code/ch10-processes/src/settings.rs` has it if nobody says anything.
const CHECKOUT_SECONDS: &str = "900";

/// A template that was translated.
#[derive(Debug)]
pub struct Template<'a>(pub(super) &'a Map<String, Value>);

impl<'a> Template<'a> {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// When it has no resources.
    pub fn new(long: &'a Value) -> Result<Self> {
        let resources = long["Resources"].as_object();
        Ok(Self(resources.context("no resources")?))
    }

    /// What it says of each function.
    ///
    /// # Errors
    ///
    /// When something that a function needs is not there.
    pub fn functions(&self) -> Result<Functions> {
        let mut functions = Functions::new();
        for (id, properties) in self.of_type("AWS::Lambda::Function") {
            let function = self.function(id, properties).context(id.clone())?;
            functions.insert(name(id), function);
        }
        Ok(functions)
    }

    fn function(&self, id: &str, properties: &Value) -> Result<Function> {
        let text = |pointer| properties.pointer(pointer).and_then(Value::as_str);
        let number = |pointer| properties.pointer(pointer).and_then(Value::as_u64);
        let program = text("/Code/S3Key").context("no program")?;
        let variables = properties.pointer("/Environment/Variables");
        let variables = variables.and_then(Value::as_object);
        ensure!(text("/Runtime") == Some("provided.al2023"), "its runtime");
        ensure!(properties["Architectures"][0] == "arm64", "its processor");
        for (name, value) in variables.into_iter().flatten() {
            let is_right = match name.as_str() {
                "STAFF_KEY_SHA256" => value["Ref"] == "StaffKeySha256",
                "CURSOR_KEY" => value["Ref"] == "CursorKey",
                "WEBHOOK_SECRET" => value["Ref"] == "WebhookSecret",
                "NAMES_KEY" => value["Ref"] == "NamesKey",
                "PAYMENTS_URL" => value["Ref"] == "PaymentsUrl",
                "KEY_WINDOW" => value == KEY_WINDOW,
                "CHECKOUT_SECONDS" => value == CHECKOUT_SECONDS,
                _ => value.is_string() || self.table(value).is_some(),
            };
            ensure!(is_right, "its {name} is {value}");
        }
        let tables = variables.into_iter().flatten().filter_map(|(name, value)| {
            let table = self.table(value)?;
            Some((name.clone(), table.to_owned()))
        });
        Ok(Function {
            program: program.to_owned(),
            handler: text("/Handler").unwrap_or_default().to_owned(),
            timeout: number("/Timeout").context("no timeout")?,
            memory: number("/MemorySize").context("no memory")?,
            variables: variables.into_iter().flat_map(Map::keys).cloned().collect(),
            tables: tables.collect(),
            routes: self.routes(id),
            rules: self.rules(id),
        })
    }

    /// The table of whose stream this is.
    pub(super) fn table_of_stream(&self, stream: &Value) -> Option<&str> {
        let mut tables = self
            .of_type("AWS::DynamoDB::Table")
            .map(|(id, _)| id.as_str());
        tables.find(|id| *stream == json!({ "Fn::GetAtt": [id, "StreamArn"] }))
    }

    /// The table that a variable names.
    fn table(&self, value: &Value) -> Option<&str> {
        let mut tables = self
            .of_type("AWS::DynamoDB::Table")
            .map(|(id, _)| id.as_str());
        tables.find(|id| *value == json!({ "Ref": id }))
    }

    /// The table that a function is told of in `TABLE`.
    pub(super) fn table_of(&self, function: &str) -> Option<&str> {
        let mut functions = self.of_type("AWS::Lambda::Function");
        let (_, properties) = functions.find(|(id, _)| *id == function)?;
        self.table(properties.pointer("/Environment/Variables/TABLE")?)
    }

    /// The routes of the API that lead to a function, and that it lets the API take.
    fn routes(&self, function: &str) -> BTreeSet<String> {
        let mut routes = BTreeSet::new();
        for (_, api) in self.of_type("AWS::ApiGatewayV2::Api") {
            let paths = api["Body"]["paths"].as_object();
            for (path, methods) in paths.into_iter().flatten() {
                for (method, operation) in methods.as_object().into_iter().flatten() {
                    let integration = &operation["x-amazon-apigateway-integration"];
                    let uri = integration["uri"]["Fn::Sub"].as_str().unwrap_or_default();
                    let route = format!("{} {path}", method.to_uppercase());
                    if uri.contains(&format!("/${{{function}.Arn}}/"))
                        && integration["payloadFormatVersion"] == "2.0"
                        && self.lets_in(function, &route)
                    {
                        routes.insert(route);
                    }
                }
            }
        }
        routes
    }

    /// Whether the API may call the function for this route.
    fn lets_in(&self, function: &str, route: &str) -> bool {
        let route = route.replace(' ', "");
        self.permissions(function, "apigateway.amazonaws.com")
            .filter_map(|permission| permission["SourceArn"]["Fn::Sub"][0].as_str())
            .any(|source| {
                // A part of the path stands as a star there.
                let ends = source.rsplit_once("${__Stage__}/").map(|(_, end)| end);
                let parts = |text: &str| -> Vec<String> {
                    let part = |part: &str| if part.starts_with('{') { "*" } else { part }.into();
                    text.split('/').map(part).collect()
                };
                ends.is_some_and(|end| parts(end) == parts(&route))
            })
    }

    /// The rules that lead to a function, and that it lets the bus follow.
    fn rules(&self, function: &str) -> BTreeMap<String, Value> {
        let arn = get_att(function, "Arn");
        self.of_type("AWS::Events::Rule")
            .filter(|(id, rule)| {
                let targets = rule["Targets"].as_array();
                let leads = targets
                    .into_iter()
                    .flatten()
                    .any(|target| target["Arn"] == arn);
                let source = get_att(id, "Arn");
                let mut let_in = self.permissions(function, "events.amazonaws.com");
                leads && let_in.any(|permission| permission["SourceArn"] == source)
            })
            .map(|(id, rule)| {
                let own = id.strip_prefix(function).unwrap_or(id);
                (name(own), rule["EventPattern"].clone())
            })
            .collect()
    }

    fn permissions(&self, function: &str, who: &str) -> impl Iterator<Item = &'a Value> {
        let of_function = [json!({ "Ref": function }), get_att(function, "Arn")];
        let who = who.to_owned();
        self.of_type("AWS::Lambda::Permission")
            .map(|(_, permission)| permission)
            .filter(move |permission| {
                of_function.contains(&permission["FunctionName"])
                    && permission["Principal"] == who.as_str()
                    && permission["Action"] == "lambda:InvokeFunction"
            })
    }

    /// Whether events are brought to a function, by the bus or by the clock, which wait for it.
    #[must_use]
    pub fn is_sent_events(&self, function: &str) -> bool {
        let is_its = |id: &str| name(id) == function;
        let mut schedules = self.of_type("AWS::Scheduler::Schedule");
        let mut functions = self.of_type("AWS::Lambda::Function");
        functions.any(|(id, _)| is_its(id) && !self.rules(id).is_empty())
            || schedules.any(|(_, schedule)| {
                let target = schedule.pointer("/Target/Arn/Fn::GetAtt/0");
                target.and_then(Value::as_str).is_some_and(is_its)
            })
    }

    /// Where events go that a function has failed at as often as it may.
    #[must_use]
    pub fn given_up(&self, function: &str) -> Option<&'a Value> {
        let mut configs = self.of_type("AWS::Lambda::EventInvokeConfig");
        let its = |config: &Value| config["FunctionName"]["Ref"].as_str().map(name);
        configs
            .find(|(_, config)| its(config).as_deref() == Some(function))
            .and_then(|(_, config)| config.pointer("/DestinationConfig/OnFailure/Destination"))
    }

    /// The properties of all resources of a type, by their names.
    pub(super) fn of_type(&self, kind: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
        let kind = kind.to_owned();
        let of_kind = self
            .0
            .iter()
            .filter(move |(_, each)| each["Type"] == kind.as_str());
        of_kind.map(|(id, resource)| (id, &resource["Properties"]))
    }
}

pub(super) fn get_att(id: &str, attribute: &str) -> Value {
    json!({ "Fn::GetAtt": [id, attribute] })
}

/// `take-in` for `TakeIn`.
pub(super) fn name(id: &str) -> String {
    let mut name = String::new();
    for letter in id.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}
