//! Tables, as the documentation of each store asks for them.

use anyhow::Result;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};

/// A table whose partition key is text, and whose sort key and that of its index are numbers.
pub struct Table<'a> {
    pub name: &'a str,
    pub partition: &'a str,
    pub sort: Option<&'a str>,
    /// Its name, and its sort key.
    pub index: Option<(&'a str, &'a str)>,
}

impl Table<'_> {
    /// Makes it, unless there is one of this name.
    pub async fn make(&self, client: &Client) -> Result<()> {
        let create = client.create_table().table_name(self.name);
        let mut create = create
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(attribute(self.partition, ScalarAttributeType::S)?)
            .key_schema(part(self.partition, KeyType::Hash)?);
        if let Some(sort) = self.sort {
            create = create
                .attribute_definitions(attribute(sort, ScalarAttributeType::N)?)
                .key_schema(part(sort, KeyType::Range)?);
        }
        if let Some((name, sort)) = self.index {
            let keys = Projection::builder().projection_type(ProjectionType::KeysOnly);
            let index = GlobalSecondaryIndex::builder()
                .index_name(name)
                .key_schema(part(self.partition, KeyType::Hash)?)
                .key_schema(part(sort, KeyType::Range)?)
                .projection(keys.build());
            create = create
                .attribute_definitions(attribute(sort, ScalarAttributeType::N)?)
                .global_secondary_indexes(index.build()?);
        }
        match create.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(error) if error.is_resource_in_use_exception() => Ok(()),
                _ => Err(error.into()),
            },
        }
    }
}

fn attribute(name: &str, kind: ScalarAttributeType) -> Result<AttributeDefinition> {
    let attribute = AttributeDefinition::builder().attribute_name(name);
    Ok(attribute.attribute_type(kind).build()?)
}

fn part(name: &str, kind: KeyType) -> Result<KeySchemaElement> {
    let part = KeySchemaElement::builder().attribute_name(name);
    Ok(part.key_type(kind).build()?)
}
