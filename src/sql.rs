//! Names as SQL: quoting, and the names that a fix suggests.

use crate::facts::{ConstraintKind, QualifiedName};

/// PostgreSQL's limit for a name, in bytes (`NAMEDATALEN - 1`).
pub const MAX_NAME_BYTES: usize = 63;

/// The words that need quotes as a name in some position: every keyword of PostgreSQL 13 to 18 that is not
/// unreserved (source: the appendix "SQL Key Words" of the manuals).
const KEYWORDS: &str = "all analyse analyze and any array as asc asymmetric authorization between bigint binary bit \
    boolean both case cast char character check coalesce collate collation column concurrently constraint create cross \
    current_catalog current_date current_role current_schema current_time current_timestamp current_user dec decimal \
    default deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full \
    grant greatest group grouping having ilike in initially inner inout int integer intersect interval into is isnull \
    join json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize \
    json_table json_value lateral leading least left like limit localtime localtimestamp merge_action national natural \
    nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay placing \
    position precision primary real references returning right row select session_user setof similar smallint some \
    substring symmetric system_user table tablesample then time timestamp to trailing treat trim true union unique \
    user using values varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists \
    xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable";

/// A name as it must stand in SQL: quoted where it has to be.
pub fn quote(name: &str) -> String {
    let plain = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && !KEYWORDS.split_ascii_whitespace().any(|keyword| keyword == name);
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// A schema-qualified name as it must stand in SQL.
pub fn quote_qualified(name: &QualifiedName) -> String {
    format!("{}.{}", quote(&name.schema), quote(&name.name))
}

/// Names as a list between parentheses.
pub fn quote_list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| quote(name)).collect();
    format!("({})", quoted.join(", "))
}

/// Cuts a name to what PostgreSQL keeps of it, never inside a character.
pub fn truncate(name: &str) -> &str {
    &name[..name.floor_char_boundary(MAX_NAME_BYTES)]
}

/// Joins the parts of a name with underscores, cut to the limit; where that name is taken, a number is appended.
pub fn suggest_name(parts: &[&str], taken: impl Fn(&str) -> bool) -> String {
    let joined = parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join("_");
    let mut name = truncate(&joined).to_owned();
    let mut number = 1;
    while taken(&name) {
        number += 1;
        let suffix = format!("_{number}");
        let room = joined.floor_char_boundary(MAX_NAME_BYTES - suffix.len());
        name = format!("{}{suffix}", &joined[..room]);
    }
    name
}

/// What the names of a kind of constraint begin with, by the convention that is most common.
pub fn constraint_prefix(kind: ConstraintKind) -> &'static str {
    match kind {
        ConstraintKind::PrimaryKey => "pk",
        ConstraintKind::Unique => "uq",
        ConstraintKind::ForeignKey => "fk",
        ConstraintKind::Check => "ck",
        ConstraintKind::Exclusion => "ex",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_only_what_needs_it() {
        for plain in ["orders", "a1", "_x", "name", "status"] {
            assert_eq!(quote(plain), plain);
        }
        for (name, quoted) in [
            ("Orders", "\"Orders\""),
            ("order", "\"order\""),
            ("1a", "\"1a\""),
            ("a b", "\"a b\""),
            ("a\"b", "\"a\"\"b\""),
            ("größe", "\"größe\""),
            ("", "\"\""),
        ] {
            assert_eq!(quote(name), quoted);
        }
    }

    #[test]
    fn names_are_cut_at_characters_and_made_free() {
        let long = "ä".repeat(40);
        assert_eq!(truncate(&long).len(), 62);
        assert_eq!(suggest_name(&["ix", "t", "", "a"], |_| false), "ix_t_a");
        assert_eq!(suggest_name(&["ix", "t"], |name| name == "ix_t" || name == "ix_t_2"), "ix_t_3");
        let name = suggest_name(&["ix", &long], |name| !name.ends_with("_2"));
        assert!(name.len() <= MAX_NAME_BYTES && name.ends_with("ä_2"), "{name}");
    }
}
