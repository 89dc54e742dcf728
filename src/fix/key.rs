//! The type, default and values that a fix gives a primary-key column.

use std::collections::BTreeSet;

use super::loss::longest;
use crate::facts::{AttrNumber, BaseType, Column, Oid, Relation, RelationKind, TypeUse, oids};
use crate::predicates::types::{STRING_TYPES, numeric_digits, string_length};
use crate::rule::{ColumnEdit, Context, Conversion, Edit, NewColumn, WantedType};
use crate::settings::Level;
use crate::settings::shared::PRIMARY_KEY_TYPES;
use crate::sql;

/// A type that is allowed for a primary key.
struct KeyType<'a> {
    oid: Oid,
    modifier: i32,
    sql: &'a str,
}

/// The length of a uuid as a string.
const UUID_LENGTH: i32 = 36;

impl KeyType<'_> {
    /// Whether it holds strings.
    fn is_string(&self) -> bool {
        matches!(self.oid, oids::TEXT | oids::VARCHAR)
    }

    /// The default that gives each row a value of its own; `None` where PostgreSQL has none for the type.
    fn default(&self) -> Option<&'static str> {
        match self.oid {
            oids::UUID => Some("gen_random_uuid()"),
            _ if self.is_string() && self.fits(Some(UUID_LENGTH)) => Some("gen_random_uuid()::text"),
            _ => None,
        }
    }

    /// Whether it has room for strings up to this length.
    fn fits(&self, longest: Option<i32>) -> bool {
        string_length(self.modifier).is_none_or(|length| longest.is_some_and(|longest| longest <= length))
    }
}

/// Whether a rule in force allows only some types for primary keys.
pub fn has_allowed_types(context: &Context<'_>) -> bool {
    let is_in_force = context.settings.level("disallowed_primary_key_type") != Level::Off;
    is_in_force && !context.option(&PRIMARY_KEY_TYPES).0.is_empty()
}

/// The types that are allowed for primary keys and that exist; bigint where every type is allowed.
fn allowed_types<'a>(context: &Context<'a>) -> Vec<KeyType<'a>> {
    let names = &context.option(&PRIMARY_KEY_TYPES).0;
    if names.is_empty() {
        return vec![KeyType { oid: oids::INT8, modifier: -1, sql: "bigint" }];
    }
    let key_type = |name: &'a String| {
        let (oid, modifier) = context.catalog.resolve_type(name)?;
        Some(KeyType { oid, modifier, sql: name })
    };
    names.iter().filter_map(key_type).collect()
}

/// What remains to be done where none of the allowed types can have a default for every row.
pub fn no_type() -> Edit {
    let none = "none of guardrail.primary_key_types exists and can give each row a value of its own";
    Edit::ByHand(format!("Choose a type for the primary key: {none}."))
}

/// What follows the name of a new column.
pub fn definition(data_type: &str, default: Option<&str>, not_null: bool) -> String {
    let default = default.map_or(String::new(), |default| format!(" DEFAULT {default}"));
    format!("{data_type}{default}{}", if not_null { " NOT NULL" } else { "" })
}

/// The type of strings up to a length.
pub fn varying(length: i32) -> String {
    format!("character varying({length})")
}

/// A new key column that gives every row a value, existing rows too; `None` where no allowed type can do that.
pub fn surrogate(relation: &Relation, context: &Context<'_>) -> Option<NewColumn> {
    let allowed = allowed_types(context);
    // An identity column cannot be added to a table with inheritance children and, before PostgreSQL 17, to a partitioned
    // table.
    let is_partitioned = relation.kind == RelationKind::PartitionedTable || relation.has_children;
    let preferred = if is_partitioned { [oids::UUID, oids::INT8] } else { [oids::INT8, oids::UUID] };
    let find = |oid: &Oid| allowed.iter().find(|key_type| key_type.oid == *oid);
    let gives_values = |key_type: &&KeyType<'_>| key_type.default().is_some() || oids::INTEGERS.contains(&key_type.oid);
    let chosen = preferred.iter().find_map(find).or_else(|| allowed.iter().find(gives_values))?;
    let definition = match chosen.default() {
        Some(default) => definition(chosen.sql, Some(default), false),
        None if chosen.oid == oids::INT8 && is_partitioned => "bigserial".to_owned(),
        None => format!("{} GENERATED ALWAYS AS IDENTITY", chosen.sql),
    };
    // A child's column of the same name and of another type would be in the way.
    let is_taken_below =
        |name: &str| relation.has_children && context.catalog.descendants_have_column(relation.oid, name);
    let is_own = |name: &str| relation.columns.iter().any(|column| column.name == name);
    let name = sql::suggest_name(&["id"], |name| is_own(name) || is_taken_below(name));
    Some(NewColumn { name, definition, needs_value: false })
}

/// What makes a key column one of an allowed type; `None` where no allowed type can take its values.
pub fn convert(column: &Column, relation: &Relation, context: &Context<'_>) -> Option<Vec<Edit>> {
    let BaseType { oid: base, modifier, .. } =
        context.catalog.base_type(column.data_type.oid, column.data_type.modifier);
    let allowed = allowed_types(context);
    let is_integer = oids::INTEGERS.contains(&base);
    // A cast to an integer would round other numbers.
    let is_whole =
        is_integer || (base == oids::NUMERIC && numeric_digits(modifier).is_some_and(|digits| digits.1 <= 0));
    let (is_string, longest) = (STRING_TYPES.contains(&base), longest(TypeUse { oid: base, modifier }));
    let bigint = allowed.iter().find(|key_type| key_type.oid == oids::INT8);
    let uuid = allowed.iter().find(|key_type| key_type.oid == oids::UUID);
    let string = allowed.iter().find(|key_type| key_type.is_string());
    // Other strings are no uuid.
    let (chosen, conversion) = match (bigint, uuid, string) {
        (Some(bigint), _, _) if is_integer => (bigint, Conversion::Widen),
        (Some(bigint), _, _) if is_whole => (bigint, Conversion::Cast),
        (None, Some(uuid), _) if is_whole => (uuid, Conversion::New("gen_random_uuid()")),
        (_, _, Some(string)) if (is_whole || base == oids::UUID) && string.fits(longest) => {
            (string, Conversion::CastText)
        }
        // The padding goes.
        (_, _, Some(string)) if base == oids::BPCHAR => (string, Conversion::Cast),
        (_, _, Some(string)) if is_string && string.fits(longest) => (string, Conversion::Widen),
        (_, _, Some(string)) if is_string => (string, Conversion::Shorten),
        (_, Some(uuid), None) if is_string => (uuid, Conversion::New("gen_random_uuid()")),
        _ => return None,
    };
    let wanted = WantedType::Other(chosen.sql.to_owned(), conversion);
    Some(change_with_references((relation.oid, column.number), &wanted, chosen.oid, relation, context))
}

/// Changes the type of a table's column, and of the columns that reference it, if their types would differ otherwise. The
/// edits are those of `relation`.
pub fn change_with_references(
    column: (Oid, AttrNumber),
    wanted: &WantedType,
    wanted_oid: Oid,
    relation: &Relation,
    context: &Context<'_>,
) -> Vec<Edit> {
    let catalog = context.catalog;
    let change = |(table, column): (Oid, AttrNumber)| {
        let edit = Edit::Column(column, ColumnEdit::Type(wanted.clone()));
        if table == relation.oid { edit } else { Edit::Elsewhere(table, Box::new(edit)) }
    };
    let mut columns = vec![column];
    // Columns of types that cannot be compared cannot have a key. Strings of different lengths can.
    let is_comparable = matches!(wanted, WantedType::Other(_, Conversion::Widen | Conversion::Shorten));
    let is_string = is_comparable && STRING_TYPES.contains(&wanted_oid);
    if !is_comparable || (!is_string && context.settings.level("fk_type_mismatch") != Level::Off) {
        let mut known = BTreeSet::from([column]);
        let mut at = 0;
        // A referencing column may itself be referenced.
        while let Some((table, column)) = columns.get(at).copied() {
            catalog.check_for_interrupts();
            at += 1;
            for (table, column) in catalog.referencing_columns(table, column) {
                let is_other = catalog.column_type(table, column) != Some(wanted_oid);
                if is_other && known.insert((table, column)) {
                    columns.push((table, column));
                }
            }
        }
    }
    columns.into_iter().map(change).collect()
}
