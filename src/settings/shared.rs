//! The options that no rule has for itself: those that belong to none, and those that several rules read.

use super::migration_tables::DEFAULT_MIGRATION_TABLES;
use super::parse::patterns::Patterns;
use super::parse::required_columns::RequiredColumns;
use super::parse::type_list::TypeNames;
use super::parse::{interval, list};
use super::{AnyOption, BadValue, Mention, Preset, TextOption, no_mentions};
use crate::facts::{Action, ConstraintKind};

/// The options that belong to no rule.
pub static GENERAL_OPTIONS: [&dyn AnyOption; 4] = [&EXEMPT_SCHEMAS, &EXEMPT_TABLES, &EXEMPT_ROLES, &JOURNAL_KEEP];

/// Schemas that are exempt.
pub static EXEMPT_SCHEMAS: TextOption<Patterns> = TextOption {
    name: "exempt_schemas",
    summary: "Sets the schemas whose tables and types are not checked.",
    details: "A comma-separated list of regular expressions, each matched against the whole name. \
              Double quotes around an item keep its commas. Libraries that create their tables when the application \
              starts often have a schema of their own, for example pgboss and graphile_worker.",
    default: "",
    preset_defaults: &[],
    parse: Patterns::parse,
    mentions: no_mentions,
};

/// Tables and types that are exempt.
pub static EXEMPT_TABLES: TextOption<Patterns> = TextOption {
    name: "exempt_tables",
    summary: "Sets the tables and types that are not checked.",
    details: "A comma-separated list of regular expressions, each matched against the whole name and \
              against schema.name. Double quotes around an item keep its commas.",
    default: "",
    preset_defaults: &[],
    parse: Patterns::parse,
    mentions: no_mentions,
};

/// Roles whose statements are exempt.
pub static EXEMPT_ROLES: TextOption<Vec<String>> = TextOption {
    name: "exempt_roles",
    summary: "Sets the roles whose statements are not checked.",
    details: "A comma-separated list of role names as they are stored. The current role is exempt when it is \
              one of them or has the rights of one by membership: a membership that does not inherit counts after \
              SET ROLE only, and being a superuser does not count. A name that no role has exempts nobody, until a \
              role of that name is created; a warning tells once in a session.",
    default: "",
    preset_defaults: &[],
    parse: list::split,
    mentions: |roles| Mention::of_roles("exempt_roles", roles),
};

/// How long the rows of the journal are kept; `None` for ever.
pub static JOURNAL_KEEP: TextOption<Option<String>> = TextOption {
    name: "journal_keep",
    summary: "Sets how long guardrail.prune_journal() keeps the rows of the journal.",
    details: "Numbers with units, for example 90 days or 1 year 6 months. Empty keeps them for ever.",
    default: "1 year",
    preset_defaults: &[],
    parse: interval::parse,
    mentions: no_mentions,
};

/// The tables in which migration tools note what has run.
pub static MIGRATION_TABLES: TextOption<Patterns> = TextOption {
    name: "migration_tables",
    summary: "Sets the tables in which migration tools note what has run.",
    details: "A comma-separated list of regular expressions, each matched against the whole name and against \
              schema.name. The default has the tables of the usual tools. Some of them have names that another table \
              may have as well, like migrations and changelog.",
    default: DEFAULT_MIGRATION_TABLES,
    preset_defaults: &[],
    parse: Patterns::parse,
    mentions: no_mentions,
};

/// The column that says to which tenant a row belongs.
pub static TENANT_COLUMN: TextOption<Option<String>> = TextOption {
    name: "tenant_column",
    summary: "Sets the column that says to which tenant a row belongs.",
    details: "A column name as it is stored. Empty where there are no tenants.",
    default: "",
    preset_defaults: &[],
    parse: parse_tenant_column,
    mentions: no_mentions,
};

fn parse_tenant_column(text: &str) -> Result<Option<String>, BadValue> {
    let mut names = list::split(text)?;
    if names.len() > 1 {
        let hint = Some("Double quotes around a name keep its commas.".to_owned());
        return Err(BadValue { detail: "There can be only one tenant column.".to_owned(), hint });
    }
    Ok(names.pop())
}

/// The columns that every table must have.
pub static REQUIRED_COLUMNS: TextOption<RequiredColumns> = TextOption {
    name: "required_columns",
    summary: "Sets the columns that every table must have.",
    details: "A JSON object: each column's name with \"type\", \"not_null\" and \"default\".",
    default: r#"{"created_at": {"type": "timestamp with time zone", "not_null": true, "default": true}, "updated_at": {"type": "timestamp with time zone", "not_null": true, "default": true}}"#,
    preset_defaults: &[],
    parse: |text| RequiredColumns::parse("required_columns", text),
    mentions: |columns| columns.mentions("required_columns"),
};

/// The types that a primary-key column may be of.
pub static PRIMARY_KEY_TYPES: TextOption<TypeNames> = TextOption {
    name: "primary_key_types",
    summary: "Sets the types that a primary-key column may be of.",
    details: "A comma-separated list of types as SQL writes them. Without a length a type stands for every length. \
              An empty list allows every type.",
    default: "uuid, character varying(36), bigint",
    preset_defaults: &[],
    parse: TypeNames::parse,
    mentions: |names| names.mentions("primary_key_types"),
};

/// The ON DELETE actions that a foreign key may have.
pub static FK_ON_DELETE_ACTIONS: TextOption<Vec<Action>> = TextOption {
    name: "fk_on_delete_actions",
    summary: "Sets the ON DELETE actions that a foreign key may have.",
    details: "A comma-separated list of cascade, restrict, set null, set default and no action. \
              An omitted ON DELETE counts as no action.",
    default: "cascade, restrict, set null, set default",
    preset_defaults: &[],
    parse: |text| list::parse_words(text, &Action::ALL, Action::words, "an ON DELETE action"),
    mentions: no_mentions,
};

/// Every kind of constraint but primary keys: the name that PostgreSQL makes up for them, `orders_pkey`, hardly varies.
const ALL_BUT_PRIMARY_KEYS: &str = "unique, foreign key, check, exclusion";

/// The kinds of constraints that must be given a name.
pub static NAMED_CONSTRAINT_KINDS: TextOption<Vec<ConstraintKind>> = TextOption {
    name: "named_constraint_kinds",
    summary: "Sets the kinds of constraints that must be given a name.",
    details: "A comma-separated list of primary key, unique, foreign key, check and exclusion.",
    default: "primary key, unique, foreign key, check, exclusion",
    preset_defaults: &[
        (Preset::Recommended, ALL_BUT_PRIMARY_KEYS),
        (Preset::Django, "foreign key, exclusion"),
        (Preset::Rails, ALL_BUT_PRIMARY_KEYS),
        (Preset::Prisma, ALL_BUT_PRIMARY_KEYS),
    ],
    parse: |text| list::parse_words(text, &ConstraintKind::ALL, ConstraintKind::words, "a kind of constraint"),
    mentions: no_mentions,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_at_most_one_tenant_column() {
        assert_eq!(parse_tenant_column("\"a,b\"").unwrap().as_deref(), Some("a,b"));
        assert_eq!(parse_tenant_column(" ").unwrap(), None);
        assert!(parse_tenant_column("a, b").unwrap_err().detail.contains("only one"));
    }
}
