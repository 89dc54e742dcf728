//! Names must not need quotes.

use crate::facts::{NameOrigin, Relation, RelationKind};
use crate::fix;
use crate::fix::rename;
use crate::predicates::tables;
use crate::rule::{Catalog, Check, Context, Finding, FixContext, Levels, Moment, Rule};
use crate::settings::shared::MIGRATION_TABLES;

pub static RULE: Rule = Rule {
    id: "identifier_needs_quotes",
    summary: "a name that must be written in quotes",
    reason: "Without quotes it is read as another name or is a syntax error; everybody who writes SQL by hand has to \
             know that.",
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

/// Why a name needs quotes, as the end of a sentence about it.
fn need(name: &str, as_type: bool, catalog: &dyn Catalog) -> Option<&'static str> {
    let is_letter = |c: char| c.is_ascii_lowercase() || c == '_' || !c.is_ascii();
    let is_later = |c: char| is_letter(c) || c.is_ascii_digit() || c == '$';
    if !name.starts_with(is_letter) || !name.chars().all(is_later) {
        return Some("needs quotes");
    }
    catalog.is_reserved_word(name, as_type).then_some("is a reserved word")
}

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if tables::is_tools_own(relation, context) {
        return;
    }
    let (catalog, qualified, name) = (context.catalog, &relation.name, &relation.name.name);
    let is_table = relation.kind.is_table();
    if let Some(need) = need(name, !is_table, catalog) {
        let message = format!("name of {} \"{qualified}\" {need}", relation.kind.noun());
        findings.push(Finding::relation(message).with_cause(name));
    }
    if !is_table && relation.kind != RelationKind::CompositeType {
        return;
    }
    let (part, of) = if is_table { ("column", "table") } else { ("attribute", "type") };
    for column in &relation.columns {
        if let Some(need) = need(&column.name, false, catalog) {
            let message = format!("name of {part} \"{}\" of {of} \"{qualified}\" {need}", column.name);
            findings.push(Finding::column(column, message).with_cause(&column.name));
        }
    }
    check_parts(relation, context, findings);
}

/// Checks constraints and indexes.
fn check_parts(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let catalog = context.catalog;
    let mut sources = vec![relation.name.name.clone()];
    sources.extend(relation.columns.iter().map(|column| column.name.clone()));
    for constraint in &relation.constraints {
        let Some(need) = need(&constraint.name, false, catalog) else { continue };
        let mut sources = sources.clone();
        if let Some(key) = &constraint.foreign_key {
            sources.extend(catalog.table_name(key.referenced_table).map(|name| name.name));
            sources.extend(catalog.column_names(key.referenced_table, &key.referenced_columns));
        }
        let noun = constraint.kind.noun();
        let message = format!("name of {noun} \"{}\" of table \"{}\" {need}", constraint.name, relation.name);
        let finding = Finding::constraint(constraint, message).with_cause(&constraint.name);
        let is_due_to_others =
            constraint.name_origin == NameOrigin::MadeUp || is_made_of(&constraint.name, &sources, catalog);
        findings.push(if is_due_to_others { finding.for_baseline() } else { finding });
    }
    for index in relation.indexes.iter().filter(|index| relation.constraint_backed_by(index).is_none()) {
        let Some(need) = need(&index.name, false, catalog) else { continue };
        let message = format!("name of index \"{}\" of table \"{}\" {need}", index.name, relation.name);
        let finding = Finding::index(index, message).with_cause(&index.name);
        findings.push(if is_made_of(&index.name, &sources, catalog) { finding.for_baseline() } else { finding });
    }
}

/// Whether a name would need no quotes if those did not that it is made of.
fn is_made_of(name: &str, sources: &[String], catalog: &dyn Catalog) -> bool {
    let mut guilty: Vec<&String> = sources.iter().filter(|source| need(source, false, catalog).is_some()).collect();
    guilty.sort_by_key(|source| std::cmp::Reverse(source.len()));
    let rest = guilty.into_iter().fold(name.to_owned(), |name, source| name.replace(source.as_str(), "x"));
    rest != name && need(&rest, false, catalog).is_none()
}

fn fix(finding: &Finding, context: &FixContext<'_>) -> String {
    rename::rename(finding, &fix::free_plain_name(finding, context, |_| None), context)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ConstraintKind, Index, oids};
    use crate::testing::{FakeCatalog, column, constraint, findings, fix_of, index, table};

    #[test]
    fn what_needs_quotes() {
        for name in ["orders", "o_1", "a$b", "größe", "名前", "Ärger", "_x", "position"] {
            assert_eq!(need(name, false, &FakeCatalog::new()), None, "{name}");
        }
        for name in ["Orders", "1a", "a b", "a-b", "$a", "a.b", "a\"b"] {
            assert_eq!(need(name, false, &FakeCatalog::new()), Some("needs quotes"), "{name}");
        }
        assert_eq!(need("order", false, &FakeCatalog::new()), Some("is a reserved word"));
        assert_eq!(need("position", true, &FakeCatalog::new()), Some("is a reserved word"));
    }

    #[test]
    fn every_name_is_reported_once() {
        let mut t = table("Orders", vec![column(1, "Id", oids::INT8), column(2, "order", oids::INT8)]);
        let mut key = constraint(9, "pk_Orders", ConstraintKind::PrimaryKey, &[1]);
        key.index = 50;
        t.constraints = vec![key, constraint(10, "Positive", ConstraintKind::Check, &[1])];
        let named = |oid, name: &str| Index { oid, name: name.into(), ..index(&[1]) };
        t.indexes = vec![named(50, "pk_Orders"), named(51, "Orders_Id_idx"), named(52, "By Id")];
        assert_eq!(
            findings(&RULE, &t, &[]),
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
    fn a_tools_own_table_is_not_judged() {
        let t = table("SequelizeMeta", vec![column(1, "Name", oids::INT8)]);
        assert!(findings(&RULE, &t, &[]).is_empty());
        assert_eq!(findings(&RULE, &t, &[("migration_tables", "u")]).len(), 2);
    }

    #[test]
    fn types_are_judged_by_their_own_words() {
        let a = |kind, name| Relation { kind, ..table(name, vec![column(0, "VALUE", oids::INT8)]) };
        let found = |kind, name| findings(&RULE, &a(kind, name), &[]);
        assert_eq!(found(RelationKind::Domain, "position"), ["name of domain \"public.position\" is a reserved word"]);
        assert_eq!(found(RelationKind::Enum, "Size"), ["name of type \"public.Size\" needs quotes"]);
        assert_eq!(found(RelationKind::CompositeType, "size").len(), 1, "its attribute is called VALUE");
        assert!(found(RelationKind::Table, "position").len() == 1 && found(RelationKind::Domain, "size").is_empty());
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
