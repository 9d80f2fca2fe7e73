//! The table itself: made for local use, and checked.

use aws_sdk_dynamodb::{
    error::{BuildError, ProvideErrorMetadata, SdkError},
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, IndexStatus, KeySchemaElement, KeyType,
        Projection, ProjectionType, ScalarAttributeType, TableDescription, TableStatus,
        TimeToLiveSpecification, TimeToLiveStatus,
    },
};

use super::{
    Table,
    item::{KEY, TTL, WAITING, WAITING_SINCE},
};
use crate::error::DynamoDbError;

/// The index of contacts that wait.
pub(super) const INDEX: &str = "waiting";

/// What is known of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// It takes reads and writes.
    pub(crate) is_active: bool,
    /// Its key is as it has to be.
    pub(crate) has_key: bool,
    /// It has the index, ready and with the right keys.
    pub(crate) has_index: bool,
    /// Items are removed by their `ttl`.
    pub(crate) forgets: bool,
}

impl Table {
    /// Makes the table, unless it is there. It may take a while to become active.
    pub(crate) async fn create(&self) -> Result<(), DynamoDbError> {
        let built = || -> Result<_, BuildError> {
            let index = GlobalSecondaryIndex::builder()
                .index_name(INDEX)
                .key_schema(key(WAITING, KeyType::Hash)?)
                .key_schema(key(WAITING_SINCE, KeyType::Range)?)
                .projection(
                    Projection::builder()
                        .projection_type(ProjectionType::Include)
                        .non_key_attributes(TTL)
                        .build(),
                )
                .build()?;
            Ok(self
                .client
                .create_table()
                .table_name(&self.name)
                .billing_mode(BillingMode::PayPerRequest)
                .attribute_definitions(attribute(KEY, ScalarAttributeType::S)?)
                .attribute_definitions(attribute(WAITING, ScalarAttributeType::S)?)
                .attribute_definitions(attribute(WAITING_SINCE, ScalarAttributeType::N)?)
                .key_schema(key(KEY, KeyType::Hash)?)
                .global_secondary_indexes(index))
        };
        let create = built().map_err(|error| self.failed(Box::new(error)))?;
        match create.send().await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(service))
                if service.err().code() == Some("ResourceInUseException") =>
            {
                Ok(())
            }
            Err(error) => Err(self.failure(error)),
        }
    }

    /// Has items removed by their `ttl`.
    pub(crate) async fn forget_by_ttl(&self) -> Result<(), DynamoDbError> {
        let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name(TTL).build();
        let ttl = ttl.map_err(|error| self.failed(Box::new(error)))?;
        let update = self.client.update_time_to_live().table_name(&self.name).time_to_live_specification(ttl);
        update.send().await.map(|_| ()).map_err(|error| self.failure(error))
    }

    /// What the table looks like.
    pub(crate) async fn shape(&self) -> Result<Shape, DynamoDbError> {
        let answer = self.client.describe_table().table_name(&self.name).send().await;
        let table = answer
            .map_err(|error| self.failure(error))?
            .table
            .unwrap_or_else(|| TableDescription::builder().build());
        let answer = self.client.describe_time_to_live().table_name(&self.name).send().await;
        let ttl = answer.map_err(|error| self.failure(error))?.time_to_live_description;
        Ok(Shape {
            is_active: matches!(table.table_status, Some(TableStatus::Active | TableStatus::Updating)),
            has_key: is_keyed_by(table.key_schema(), &[KEY]),
            has_index: table.global_secondary_indexes().iter().any(|index| {
                index.index_name() == Some(INDEX)
                    && matches!(index.index_status, None | Some(IndexStatus::Active | IndexStatus::Updating))
                    && is_keyed_by(index.key_schema(), &[WAITING, WAITING_SINCE])
            }),
            forgets: ttl.is_some_and(|ttl| {
                ttl.attribute_name() == Some(TTL)
                    && matches!(
                        ttl.time_to_live_status,
                        Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
                    )
            }),
        })
    }
}

fn is_keyed_by(keys: &[KeySchemaElement], names: &[&str]) -> bool {
    keys.iter().map(KeySchemaElement::attribute_name).eq(names.iter().copied())
}

fn key(name: &str, kind: KeyType) -> Result<KeySchemaElement, BuildError> {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build()
}

fn attribute(name: &str, kind: ScalarAttributeType) -> Result<AttributeDefinition, BuildError> {
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build()
}
