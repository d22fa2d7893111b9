//! The keys of persons, in a table of their own. Who is forgotten is not in it any more.

use std::env;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::client::Waiters;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue::{self, B, S};
use aws_sdk_dynamodb::types::{BillingMode, Delete, KeyType, Put, TransactWriteItem};
use ch01_bare_server::pets::Customer;
use ch02_virtual_server::order::Key;
use ch03_platform::failure::Failure;
use ch03_platform::items::Item;
use ch03_platform::table::{part, patient, text};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::person::{LENGTH, NONCE, Person, PersonId, Sealed};

/// The variable with the table's name.
const TABLE: &str = "PEOPLE_TABLE";

/// The variable with the key by which names are found.
const NAMES_KEY: &str = "NAMES_KEY";

/// The table's key.
const KEY: &str = "pk";

/// How long a table may take until it is there.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often somebody is looked for whom others meet, or forget, in the same moment.
const TRIES: usize = 4;

// ANCHOR: people
/// Finds the key of a person, by name or by what is sealed, and draws one for whoever is new.
///
/// Two items for each: one is found by the name, or rather by what becomes of it with a key that
/// only the shop's functions have, so that no name stands in this table either; and one by the
/// name that was drawn, which stands in what is sealed. Nothing of it is kept in a process: a key
/// that somebody remembers is not destroyed.
#[derive(Debug, Clone)]
pub struct People {
    client: Client,
    table: String,
    /// Who only opens what is sealed has none.
    names: Option<Names>,
}

impl People {
    /// Whoever has this name: known, or met now.
    ///
    /// # Errors
    ///
    /// When the table is away.
    pub async fn meet(&self, name: &str) -> Result<Person, Failure> {
        let by_name = self.by_name(name)?;
        for _ in 0..TRIES {
            if let Some(known) = self.get(&by_name).await? {
                return known.person();
            }
            // Of pets it is told when they came. This says nothing.
            let (mut id, mut key) = ([0; 16], [0; LENGTH]);
            draw(&mut id)?;
            draw(&mut key)?;
            let person = Person::new(PersonId(hex::encode(id)), key);
            if self.put(&by_name, &person.id, &key).await? {
                return Ok(person);
            }
        }
        Err(Failure::Contended)
    }

    /// Destroys the keys of whoever has this name. Says whether there was anybody.
    ///
    /// # Errors
    ///
    /// When the table is away: perhaps it was done, and can be done again.
    pub async fn forget(&self, name: &str) -> Result<bool, Failure> {
        let by_name = self.by_name(name)?;
        let Some(known) = self.get(&by_name).await? else {
            return Ok(false);
        };
        let by_id = item(&known.person()?.id);
        let delete = |name: &str| {
            let delete = Delete::builder().table_name(&self.table);
            delete.key(KEY, S(name.to_owned())).build()
        };
        let both = [delete(&by_name)?, delete(&by_id)?];
        let both = both.map(|delete| TransactWriteItem::builder().delete(delete).build());
        let call = self.client.transact_write_items();
        call.set_transact_items(Some(both.into())).send().await?;
        Ok(true)
    }
    // ANCHOR_END: people

    // ANCHOR: open
    /// What a text says: an open one what it says, and a sealed one what it says to whoever has the
    /// key; `None`, if nobody has it any more.
    ///
    /// # Errors
    ///
    /// When the table is away.
    pub async fn open(&self, text: &str) -> Result<Option<String>, Failure> {
        let Some(sealed) = Sealed::read(text) else {
            return Ok(Some(text.to_owned()));
        };
        let person = self.person(&sealed.person).await?;
        Ok(person.and_then(|person| person.open(&sealed)))
    }
    // ANCHOR_END: open

    /// Whoever was drawn this name, unless they are forgotten.
    ///
    /// # Errors
    ///
    /// When the table is away.
    pub async fn person(&self, id: &PersonId) -> Result<Option<Person>, Failure> {
        let known = self.get(&item(id)).await?;
        known.map(Known::person).transpose()
    }

    /// Seals a text of somebody's.
    ///
    /// # Errors
    ///
    /// When this machine has no random bytes.
    pub fn seal(person: &Person, text: &str) -> Result<String, Failure> {
        let mut nonce = [0; NONCE];
        draw(&mut nonce)?;
        Ok(person.seal(nonce, text).to_string())
    }

    /// Whoever has sent a request: met, and what they are called is sealed. Nobody learns it from
    /// the fingerprint of the request either.
    ///
    /// # Errors
    ///
    /// As [`meet`](Self::meet) and [`seal`](Self::seal).
    pub async fn introduced(
        &self,
        customer: &mut Customer,
        key: Option<&mut Key>,
    ) -> Result<Person, Failure> {
        let person = self.meet(&customer.0).await?;
        customer.0 = Self::seal(&person, &customer.0)?;
        if let Some(key) = key {
            key.fingerprint = person.fingerprint(&key.fingerprint);
        }
        Ok(person)
    }

    /// A fingerprint of what somebody has asked for, which says nothing outside of the shop.
    ///
    /// # Errors
    ///
    /// When these do not know names.
    pub fn fingerprint(&self, of: &[u8; LENGTH]) -> Result<[u8; LENGTH], Failure> {
        Ok(self.names()?.digest(of))
    }

    fn by_name(&self, name: &str) -> Result<String, Failure> {
        let digits = hex::encode(self.names()?.digest(name.as_bytes()));
        Ok(format!("name#{digits}"))
    }

    fn names(&self) -> Result<&Names, Failure> {
        let nameless = || format!("nobody is found by name without {NAMES_KEY}");
        let names = self.names.as_ref();
        names.ok_or_else(|| Failure::Refused(nameless()))
    }

    async fn get(&self, name: &str) -> Result<Option<Known>, Failure> {
        let get = self.client.get_item().table_name(&self.table);
        let get = get.key(KEY, S(name.to_owned())).consistent_read(true);
        Ok(Box::pin(get.send()).await?.item.map(Known))
    }

    /// Writes both items, unless somebody of this name was met in the same moment.
    async fn put(&self, by_name: &str, id: &PersonId, key: &[u8]) -> Result<bool, Failure> {
        let put = |name: String| {
            let put = Put::builder().table_name(&self.table);
            put.item(KEY, S(name))
                .item("person", S(id.0.clone()))
                .item("key", B(Blob::new(key)))
                .condition_expression("attribute_not_exists(pk)")
                .build()
        };
        let both = [put(by_name.to_owned())?, put(item(id))?];
        let both = both.map(|put| TransactWriteItem::builder().put(put).build());
        let call = self.client.transact_write_items();
        let Err(error) = call.set_transact_items(Some(both.into())).send().await else {
            return Ok(true);
        };
        match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(_)) => Ok(false),
            _ => Err(error.into()),
        }
    }
}

/// An item of the table.
struct Known(Item);

impl Known {
    fn person(self) -> Result<Person, Failure> {
        let odd = |what| Failure::Odd("a person's item".into(), what);
        let Some(S(id)) = self.0.get("person") else {
            return Err(odd("person"));
        };
        let key = self.0.get("key").and_then(|key| match key {
            AttributeValue::B(bytes) => <[u8; LENGTH]>::try_from(bytes.as_ref()).ok(),
            _ => None,
        });
        let key = key.ok_or_else(|| odd("key"))?;
        Ok(Person::new(PersonId(id.clone()), key))
    }
}

/// The item that is found by a drawn name.
fn item(id: &PersonId) -> String {
    format!("person#{}", id.0)
}

/// Bytes that nobody can guess.
fn draw(bytes: &mut [u8]) -> Result<(), Failure> {
    let drawn = getrandom::fill(bytes);
    drawn.map_err(|why| Failure::Refused(format!("no random bytes: {why}")))
}

// ANCHOR: names
/// Makes of a name what its item is found by. A hash alone would not do: names can be tried.
#[derive(Clone)]
struct Names(Hmac<Sha256>);

impl Names {
    fn digest(&self, of: &[u8]) -> [u8; LENGTH] {
        self.0
            .clone()
            .chain_update(of)
            .finalize()
            .into_bytes()
            .into()
    }
}
// ANCHOR_END: names

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Names")
    }
}

impl People {
    /// Those of the table in `PEOPLE_TABLE`, with the key in `NAMES_KEY`: 64 hexadecimal digits.
    ///
    /// # Errors
    ///
    /// When that is not set, or no such key.
    pub fn from_env(sdk: &SdkConfig) -> Result<Self> {
        let text = env::var(NAMES_KEY);
        let text = text.with_context(|| {
            format!("{NAMES_KEY} is not set: it is what `openssl rand -hex {LENGTH}` prints")
        })?;
        // What it is instead stays out of the log.
        let key = hex::decode(text.trim()).ok();
        let key = key.and_then(|key| <[u8; LENGTH]>::try_from(key).ok());
        let key = key.with_context(|| {
            format!("{NAMES_KEY}: it is not 64 hexadecimal digits, as `openssl rand -hex {LENGTH}` prints")
        })?;
        Ok(Self::new(Client::new(sdk), &table(), &key))
    }

    /// Those of this table, whose names are found with this key.
    #[must_use]
    pub fn new(client: Client, table: &str, key: &[u8; LENGTH]) -> Self {
        let names = Hmac::new_from_slice(key).ok().map(Names);
        let table = table.to_owned();
        Self {
            client,
            table,
            names,
        }
    }

    /// Those of the table in `PEOPLE_TABLE`, for whoever opens what is sealed and looks for no name.
    #[must_use]
    pub fn nameless(sdk: &SdkConfig) -> Self {
        Self {
            client: Client::new(sdk),
            table: table(),
            names: None,
        }
    }
}

/// The table's name: that of `PEOPLE_TABLE`, or `people`.
#[must_use]
pub fn table() -> String {
    env::var(TABLE).unwrap_or_else(|_| "people".to_owned())
}

/// Makes the table, unless there is one of this name.
///
/// # Errors
///
/// When the database is away, or does not allow it.
pub async fn make(client: &Client, table: &str) -> Result<(), Failure> {
    let client = &patient(client);
    let create = client
        .create_table()
        .table_name(table)
        .attribute_definitions(text(KEY)?)
        .key_schema(part(KEY, KeyType::Hash)?)
        .billing_mode(BillingMode::PayPerRequest);
    let is_there = |error: &CreateTableError| error.is_resource_in_use_exception();
    match create.send().await {
        Err(error) if !error.as_service_error().is_some_and(is_there) => return Err(error.into()),
        _ => {}
    }
    let there = client.wait_until_table_exists().table_name(table);
    let waited = there.wait(PATIENCE).await;
    waited
        .map(drop)
        .map_err(|error| Failure::Away(error.to_string()))
}
