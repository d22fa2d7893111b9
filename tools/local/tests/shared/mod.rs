//! What the tests share: an SDK that is told by its environment where to go, and a
//! table.

#![allow(dead_code, reason = "each test uses some of it")]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use anyhow::{Context, Result};
use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::{self, S};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_types::os_shim_internal::{Env, Fs};
use rustix::process::{Pid, Signal, kill_process};

pub type Item = HashMap<String, AttributeValue>;

/// The SDK, in the environment for the database at `url` and in no other: it finds no
/// file and no variable of this machine.
pub async fn client(url: &str) -> Client {
    let environment = local::environment(url);
    let environment = environment
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let tls = Provider::Rustls(CryptoMode::Ring);
    let config = aws_config::defaults(BehaviorVersion::latest())
        .env(Env::from_slice(&environment))
        .fs(Fs::from_slice(&[]))
        .http_client(Builder::new().tls_provider(tls).build_https());
    Client::new(&config.load().await)
}

/// Makes the table `pets`, in which `pk` and `sk` are the key.
pub async fn make_table(client: &Client) -> Result<()> {
    let attribute = |name| {
        let text = AttributeDefinition::builder().attribute_type(ScalarAttributeType::S);
        text.attribute_name(name).build()
    };
    let part = |name, kind| {
        let part = KeySchemaElement::builder().key_type(kind);
        part.attribute_name(name).build()
    };
    let create = client
        .create_table()
        .table_name("pets")
        .attribute_definitions(attribute("pk")?)
        .attribute_definitions(attribute("sk")?)
        .key_schema(part("pk", KeyType::Hash)?)
        .key_schema(part("sk", KeyType::Range)?)
        .billing_mode(BillingMode::PayPerRequest);
    create.send().await?;
    Ok(())
}

/// The key of a pet.
pub fn key(id: &str) -> Item {
    let parts = [("pk", "shop"), ("sk", id)];
    parts
        .map(|(name, text)| (name.into(), S(text.into())))
        .into()
}

/// Takes in a pet.
pub async fn put(client: &Client, id: &str) -> Result<()> {
    let put = client.put_item().table_name("pets").set_item(Some(key(id)));
    put.send().await?;
    Ok(())
}

/// Whether a pet is there.
pub async fn is_there(client: &Client, id: &str) -> Result<bool> {
    let get = client.get_item().table_name("pets").set_key(Some(key(id)));
    Ok(get.send().await?.item.is_some())
}

/// The program, as long as it runs.
pub struct Running {
    child: Child,
    pub url: String,
    rest: BufReader<ChildStdout>,
}

/// The program with these words.
pub fn program(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    command.args(words);
    command
}

impl Running {
    /// Starts it on a free port.
    pub fn start(file: Option<&Path>) -> Result<Self> {
        let mut command = program(&["dynamodb", "--port", "0"]);
        if let Some(file) = file {
            command.arg("--file").arg(file);
        }
        Self::spawn(&mut command)
    }

    /// Starts it on a free port, to inject these faults.
    pub fn with(faults: &[&str]) -> Result<Self> {
        Self::spawn(program(&["dynamodb", "--port", "0"]).args(faults))
    }

    fn spawn(command: &mut Command) -> Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut rest = BufReader::new(child.stdout.take().context("it has an output")?);
        let mut line = String::new();
        rest.read_line(&mut line)?;
        let url = line.trim_end().strip_prefix("DynamoDB listening on ");
        let url = url
            .with_context(|| format!("its first line is {line:?}"))?
            .to_owned();
        Ok(Self { child, url, rest })
    }

    /// Sends it a signal, and waits for its end.
    pub fn end(self, signal: Signal) -> Result<ExitStatus> {
        let (status, lines) = self.end_saying(signal)?;
        anyhow::ensure!(lines.is_empty(), "it said more than one line: {lines:?}");
        Ok(status)
    }

    /// Sends it a signal, and waits for its end and for what it says behind its first line.
    pub fn end_saying(mut self, signal: Signal) -> Result<(ExitStatus, String)> {
        kill_process(Pid::from_child(&self.child), signal)?;
        let status = self.child.wait()?;
        let mut lines = String::new();
        self.rest.read_to_string(&mut lines)?;
        Ok((status, lines))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
