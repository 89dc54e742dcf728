//! Names must not need quotes.

use crate::facts::{NameOrigin, Relation, RelationKind};
use crate::fix;
use crate::fix::rename;
use crate::predicates::{subjects, tables};
use crate::rule::{Catalog, Check, Context, Finding, FixContext, Levels, Moment, Rule};
use crate::settings::shared::MIGRATION_TABLES;

pub static RULE: Rule = Rule {
    id: "identifier_needs_quotes",
    summary: "a name that must be written in quotes",
    reason: "Written without quotes, it stands for another name or is a syntax error. Everybody who writes SQL by hand \
             has to know that.",
    moment: Moment::Statement,
    check: Check::Relation(check),
    fix,
    levels: Levels::EXPECTED,
    options: &[&MIGRATION_TABLES],
    explanation: "\
The rule checks the names of tables, columns, constraints, indexes, types, domains and the attributes of composite \
types. A name needs quotes in these cases:

* It has capital letters A to Z.
* It begins with anything but a letter or an underscore.
* It has anything but letters, digits, underscores and dollar signs in it. Letters of every script count.
* It is a word that this version of the server reserves. A keyword that may be used as a name is not reserved: \
`position`, `time` and `values` may name a table or a column, though not a type.

A name is reported once. The name of an index or a constraint is not reported:

* when it needs quotes only because the names of tables or columns in it do, as in `pk_Orders`;
* when PostgreSQL made it up;
* when the index backs a constraint, whose name is reported.

Parts that a partition or an inheritance child inherits are reported on the parent only. Migration tables \
(`guardrail.migration_tables`) are not checked, since the migration tools choose their names.

Only new names are reported: an object that already had its name is not reported when something else about it changes.",
    setup: "",
    bad: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, \"placedAt\" timestamptz NOT NULL);",
    good: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, placed_at timestamptz NOT NULL);",
};

/// What is wrong with a name that needs quotes, as the end of a sentence about the name; `None` for any other name.
fn find_need(name: &str, as_type: bool, catalog: &dyn Catalog) -> Option<&'static str> {
    let is_first_character = |c: char| c.is_ascii_lowercase() || c == '_' || !c.is_ascii();
    let is_later_character = |c: char| is_first_character(c) || c.is_ascii_digit() || c == '$';
    if !name.starts_with(is_first_character) || !name.chars().all(is_later_character) {
        return Some("needs quotes");
    }
    catalog.is_reserved_word(name, as_type).then_some("is a reserved word")
}

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if tables::is_migration_table(relation, context) {
        return;
    }
    let (catalog, name, kind) = (context.catalog, &relation.name.name, relation.kind);
    if let Some(need) = find_need(name, !kind.is_table(), catalog) {
        let message = format!("name of {} \"{}\" {need}", kind.noun(), relation.name);
        findings.push(Finding::relation(message).with_cause(name));
    }
    if !kind.is_table() && kind != RelationKind::CompositeType {
        return;
    }
    for column in &relation.columns {
        if let Some(need) = find_need(&column.name, false, catalog) {
            let message = format!("name of {} {need}", subjects::describe_column(column, relation));
            findings.push(Finding::column(column, message).with_cause(&column.name));
        }
    }
    check_constraints(relation, context, findings);
    check_indexes(relation, context, findings);
}

/// The names of a table and its columns. The names of constraints and indexes may be made of them.
fn collect_sources(relation: &Relation) -> Vec<String> {
    let columns = relation.columns.iter().map(|column| &column.name);
    std::iter::once(&relation.name.name).chain(columns).cloned().collect()
}

fn check_constraints(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let catalog = context.catalog;
    for constraint in &relation.constraints {
        let Some(need) = find_need(&constraint.name, false, catalog) else { continue };
        let mut sources = collect_sources(relation);
        if let Some(key) = &constraint.foreign_key {
            sources.extend(catalog.table_name(key.referenced_table).map(|name| name.name));
            sources.extend(catalog.column_names(key.referenced_table, &key.referenced_columns));
        }
        let message = format!("name of {} {need}", subjects::describe_constraint(constraint, relation));
        let finding = Finding::constraint(constraint, message).with_cause(&constraint.name);
        let is_exempt =
            constraint.name_origin == NameOrigin::MadeUp || needs_quotes_only_for(&constraint.name, &sources, catalog);
        findings.push(if is_exempt { finding.for_baseline() } else { finding });
    }
}

/// Checks the indexes that back no constraint.
fn check_indexes(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let catalog = context.catalog;
    for index in relation.indexes.iter().filter(|index| relation.constraint_backed_by(index).is_none()) {
        let Some(need) = find_need(&index.name, false, catalog) else { continue };
        let message = format!("name of {} {need}", subjects::describe_index(index, relation));
        let finding = Finding::index(index, message).with_cause(&index.name);
        let is_exempt = needs_quotes_only_for(&index.name, &collect_sources(relation), catalog);
        findings.push(if is_exempt { finding.for_baseline() } else { finding });
    }
}

/// Whether a name needs quotes only because of the sources that are in it: with a plain word in their place it would
/// need none.
fn needs_quotes_only_for(name: &str, sources: &[String], catalog: &dyn Catalog) -> bool {
    const PLAIN_WORD: &str = "x";
    let needs_quotes = |source: &&String| find_need(source, false, catalog).is_some();
    let mut quoted: Vec<&String> = sources.iter().filter(needs_quotes).collect();
    // A source may contain another one, so the longest is replaced first.
    quoted.sort_by_key(|source| std::cmp::Reverse(source.len()));
    let rest = quoted.into_iter().fold(name.to_owned(), |name, source| name.replace(source.as_str(), PLAIN_WORD));
    rest != name && find_need(&rest, false, catalog).is_none()
}

fn fix(finding: &Finding, context: &FixContext<'_>) -> String {
    rename::rename(finding, &fix::free_plain_name(finding, context, |_| None), context)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ConstraintKind, Index, Oid, oids};
    use crate::testing::{FakeCatalog, column, constraint, fix_of, index, messages_of, table};

    #[test]
    fn which_names_need_quotes() {
        for name in ["orders", "o_1", "a$b", "größe", "名前", "Ärger", "_x", "position"] {
            assert_eq!(find_need(name, false, &FakeCatalog::new()), None, "{name}");
        }
        for name in ["Orders", "1a", "a b", "a-b", "$a", "a.b", "a\"b"] {
            assert_eq!(find_need(name, false, &FakeCatalog::new()), Some("needs quotes"), "{name}");
        }
        assert_eq!(find_need("order", false, &FakeCatalog::new()), Some("is a reserved word"));
        assert_eq!(find_need("position", true, &FakeCatalog::new()), Some("is a reserved word"));
    }

    #[test]
    fn every_name_is_reported_once() {
        const PRIMARY_KEY: Oid = 9;
        const CHECK: Oid = 10;
        const PRIMARY_KEY_INDEX: Oid = 50;
        const INDEX: Oid = 51;
        const OTHER_INDEX: Oid = 52;
        let mut t = table("Orders", vec![column(1, "Id", oids::INT8), column(2, "order", oids::INT8)]);
        let mut key = constraint(PRIMARY_KEY, "pk_Orders", ConstraintKind::PrimaryKey, &[1]);
        key.index = PRIMARY_KEY_INDEX;
        t.constraints = vec![key, constraint(CHECK, "Positive", ConstraintKind::Check, &[1])];
        let named = |oid, name: &str| Index { oid, name: name.into(), ..index(&[1]) };
        t.indexes =
            vec![named(PRIMARY_KEY_INDEX, "pk_Orders"), named(INDEX, "Orders_Id_idx"), named(OTHER_INDEX, "By Id")];
        assert_eq!(
            messages_of(&RULE, &t, &[]),
            [
                "name of table \"public.Orders\" needs quotes",
                "name of column \"Id\" of table \"public.Orders\" needs quotes",
                "name of column \"order\" of table \"public.Orders\" is a reserved word",
                "name of check constraint \"Positive\" of table \"public.Orders\" needs quotes",
                "name of index \"By Id\" of table \"public.Orders\" needs quotes",
            ]
        );
    }

    #[test]
    fn migration_tables_are_exempt() {
        let t = table("SequelizeMeta", vec![column(1, "Name", oids::INT8)]);
        assert!(messages_of(&RULE, &t, &[]).is_empty());
        assert_eq!(messages_of(&RULE, &t, &[("migration_tables", "u")]).len(), 2);
    }

    #[test]
    fn words_that_are_reserved_for_types_need_quotes_only_there() {
        let of_kind = |kind, name| Relation { kind, ..table(name, vec![column(0, "VALUE", oids::INT8)]) };
        let found = |kind, name| messages_of(&RULE, &of_kind(kind, name), &[]);
        assert_eq!(found(RelationKind::Domain, "position"), ["name of domain \"public.position\" is a reserved word"]);
        assert_eq!(found(RelationKind::Enum, "Size"), ["name of type \"public.Size\" needs quotes"]);
        assert_eq!(found(RelationKind::CompositeType, "size").len(), 1, "its attribute is called VALUE");
        assert_eq!(found(RelationKind::Table, "position").len(), 1, "its column is called VALUE");
        assert!(found(RelationKind::Domain, "size").is_empty());
    }

    #[test]
    fn the_fix_gives_a_plain_name() {
        let t = |name| table(name, vec![column(1, "a", oids::INT8)]);
        assert_eq!(fix_of(&RULE, &t("order"), &[], false), "ALTER TABLE public.\"order\" RENAME TO orders;");
        assert_eq!(
            fix_of(&RULE, &t("Order Items"), &[], true),
            "CREATE TABLE public.order_items (a type 20 NOT NULL);"
        );
        let t = table("t", vec![column(1, "order", oids::INT8)]);
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TABLE public.t RENAME COLUMN \"order\" TO order_;");
    }
}
