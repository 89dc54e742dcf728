//! What a primary-key column is made of, as fixes write it.

use crate::facts::{Oid, RelationKind};
use crate::rule::FixContext;
use crate::rules::disallowed_primary_key_type::PRIMARY_KEY_TYPES;

/// `pg_type.oid` of the types that a key is made of.
pub const BIGINT: Oid = 20;
pub const UUID: Oid = 2950;
const TEXT: Oid = 25;
const VARCHAR: Oid = 1043;

/// A type that a primary key may be of.
pub struct KeyType<'a> {
    pub oid: Oid,
    pub sql: &'a str,
}

impl KeyType<'_> {
    /// Whether it holds strings.
    pub fn is_string(&self) -> bool {
        matches!(self.oid, TEXT | VARCHAR)
    }

    /// The default that gives each row a value of its own, where PostgreSQL has one.
    pub fn default(&self) -> Option<&'static str> {
        match self.oid {
            UUID => Some("gen_random_uuid()"),
            _ if self.is_string() => Some("gen_random_uuid()::text"),
            _ => None,
        }
    }
}

/// The types that primary keys may be of; bigint where any type will do.
pub fn allowed<'a>(context: &FixContext<'a>) -> Vec<KeyType<'a>> {
    let names = &context.settings.get(&PRIMARY_KEY_TYPES).0;
    let key_type = |name: &'a String| {
        let (oid, _) = context.catalog.resolve_type(name)?;
        Some(KeyType { oid, sql: name })
    };
    let types: Vec<KeyType<'a>> = names.iter().filter_map(key_type).collect();
    if types.is_empty() { vec![KeyType { oid: BIGINT, sql: "bigint" }] } else { types }
}

/// The type and what follows it of a new key column that fills itself, also in the rows that are there.
pub fn surrogate(context: &FixContext<'_>) -> String {
    let allowed = allowed(context);
    // A partitioned table cannot be given an identity column before PostgreSQL 17.
    let is_partitioned = context.relation.kind == RelationKind::PartitionedTable;
    let preferred = if is_partitioned { [UUID, BIGINT] } else { [BIGINT, UUID] };
    let chosen = preferred.iter().find_map(|oid| allowed.iter().find(|one| one.oid == *oid)).unwrap_or(&allowed[0]);
    match chosen.default() {
        Some(default) => format!("{} DEFAULT {default}", chosen.sql),
        None if chosen.oid == BIGINT && is_partitioned => "bigserial".to_owned(),
        None => format!("{} GENERATED ALWAYS AS IDENTITY", chosen.sql),
    }
}
