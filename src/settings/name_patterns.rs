//! The patterns for names, as options: rules check names against them, and fixes choose names that fit.

use super::name_pattern::NamePattern;
use super::{BadValue, Settings, TextOption, no_mentions};
use crate::facts::ConstraintKind;

/// Declares the pattern for a kind of constraint.
macro_rules! pattern {
    ($(#[$doc:meta])* $option:ident, $name:literal, $noun:literal, $default:literal, $details:literal, $parse:ident) => {
        $(#[$doc])*
        pub static $option: TextOption<NamePattern> = TextOption {
            name: $name,
            summary: concat!("Sets the pattern for the names of ", $noun, "."),
            details: $details,
            default: $default,
            preset_defaults: &[],
            parse: $parse,
            mentions: no_mentions,
        };
    };
}

pattern!(
    /// The pattern for the names of primary keys.
    PRIMARY_KEY_NAME_PATTERN, "primary_key_name_pattern", "primary keys", "pk_{table}",
    "A regular expression for the whole name, in which {table}, {columns} and {column_0} stand for the names of the \
     key's table, of its columns and of the first of them.", parse_part
);
pattern!(
    /// The pattern for the names of foreign keys.
    FOREIGN_KEY_NAME_PATTERN, "foreign_key_name_pattern", "foreign keys", "fk_{table}_.+",
    "A regular expression for the whole name, in which {table}, {columns}, {column_0} and {ref_table} stand for the \
     names of the key's table, of its columns, of the first of them and of the referenced table.", parse_foreign_key
);
pattern!(
    /// The pattern for the names of check constraints.
    CHECK_NAME_PATTERN, "check_name_pattern", "check constraints", "ck_{table}_.+",
    "A regular expression for the whole name, in which {table}, {columns} and {column_0} stand for the names of the \
     constraint's table, of its columns and of the first of them.",
    parse_part
);
pattern!(
    /// The pattern for the names of exclusion constraints.
    EXCLUSION_NAME_PATTERN, "exclusion_name_pattern", "exclusion constraints", "ex_{table}_.+",
    "A regular expression for the whole name, in which {table}, {columns} and {column_0} stand for the names of the \
     constraint's table, of its columns and of the first of them.",
    parse_part
);

fn parse_part(text: &str) -> Result<NamePattern, BadValue> {
    NamePattern::parse(text, &["table", "columns", "column_0"])
}

fn parse_foreign_key(text: &str) -> Result<NamePattern, BadValue> {
    NamePattern::parse(text, &["table", "columns", "column_0", "ref_table"])
}

/// The pattern for the names of unique constraints, and of the unique indexes that are called like them.
pub static UNIQUE_NAME_PATTERN: TextOption<NamePattern> = TextOption {
    name: "unique_name_pattern",
    summary: "Sets the pattern for the names of unique constraints.",
    details: "A regular expression for the whole name, in which {table}, {columns} and {column_0} stand for the names of \
              the constraint's table, of its columns and of the first of them. A unique index may fit this pattern \
              instead of guardrail.index_name_pattern.",
    default: "uq_{table}_.+",
    preset_defaults: &[],
    parse: parse_part,
    mentions: no_mentions,
};

/// The pattern for the names of indexes.
pub static INDEX_NAME_PATTERN: TextOption<NamePattern> = TextOption {
    name: "index_name_pattern",
    summary: "Sets the pattern for the names of indexes.",
    details: "A regular expression for the whole name, in which {table}, {columns} and {column_0} stand for the names \
              of the index's table, of its key columns and of the first of them.",
    default: "ix_{table}_.+",
    preset_defaults: &[],
    parse: parse_part,
    mentions: no_mentions,
};

/// The pattern for the names of tables.
pub static TABLE_NAME_PATTERN: TextOption<NamePattern> = TextOption {
    name: "table_name_pattern",
    summary: "Sets the pattern for the names of tables.",
    details: "A regular expression for the whole name, without the schema.",
    default: "[a-z][a-z0-9_]*",
    preset_defaults: &[],
    parse: |text| NamePattern::parse(text, &[]),
    mentions: no_mentions,
};

/// The pattern for the names of columns.
pub static COLUMN_NAME_PATTERN: TextOption<NamePattern> = TextOption {
    name: "column_name_pattern",
    summary: "Sets the pattern for the names of columns.",
    details: "A regular expression for the whole name, in which {table} stands for the name of the table.",
    default: "[a-z][a-z0-9_]*",
    preset_defaults: &[],
    parse: |text| NamePattern::parse(text, &["table"]),
    mentions: no_mentions,
};

/// The pattern for the names of types and domains.
pub static TYPE_NAME_PATTERN: TextOption<NamePattern> = TextOption {
    name: "type_name_pattern",
    summary: "Sets the pattern for the names of types and domains.",
    details: "A regular expression for the whole name, without the schema.",
    default: "[a-z][a-z0-9_]*",
    preset_defaults: &[],
    parse: |text| NamePattern::parse(text, &[]),
    mentions: no_mentions,
};

/// The pattern for constraints of this kind; `None` for a kind whose names are not checked.
pub fn pattern_of(kind: ConstraintKind, settings: &Settings) -> Option<&NamePattern> {
    Some(settings.option(match kind {
        ConstraintKind::PrimaryKey => &PRIMARY_KEY_NAME_PATTERN,
        ConstraintKind::Unique => &UNIQUE_NAME_PATTERN,
        ConstraintKind::ForeignKey => &FOREIGN_KEY_NAME_PATTERN,
        ConstraintKind::Check => &CHECK_NAME_PATTERN,
        ConstraintKind::Exclusion => &EXCLUSION_NAME_PATTERN,
        ConstraintKind::NotNull => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_foreign_keys_have_a_referenced_table() {
        assert!(parse_part("{ref_table}").is_err());
        assert!(parse_foreign_key("{ref_table}").is_ok());
    }
}
