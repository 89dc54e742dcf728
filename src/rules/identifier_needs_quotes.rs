//! Names must not need quotes.

use crate::facts::{Relation, RelationKind};
use crate::predicates::{subjects, tables};
use crate::rule::{
    Catalog, Check, ColumnEdit, Context, Edit, Finding, Levels, Moment, Object, RelationEdit, Rule, Subject,
};
use crate::settings::Level;
use crate::settings::shared::MIGRATION_TABLES;

pub static RULE: Rule = Rule {
    id: "identifier_needs_quotes",
    summary: "a table or type with a name, its own or a column's, that must be written in quotes",
    reason: "Written without quotes, such a name stands for another one or is a syntax error. Everybody who writes SQL \
             by hand has to know that.",
    moment: Moment::Statement,
    check: Check::Relation(check),
    fix,
    levels: Levels { recommended: Level::Notice, prisma: Level::Off, ..Levels::EXPECTED },
    options: &[&MIGRATION_TABLES],
    explanation: "\
The rule checks the names of tables and their columns, and of types, domains and the attributes of composite types. A \
name needs quotes in these cases:

* It has capital letters A to Z.
* It begins with anything but a letter or an underscore.
* It has anything but letters, digits, underscores and dollar signs in it. Letters of every script count.
* It is a word that this version of the server reserves. A keyword that may be used as a name is not reserved: \
`position`, `time` and `values` may name a table or a column, though not a type.

The names of constraints and indexes are not checked, since queries do not contain them.

All names of one table that a statement adds are one violation, which lists them. Columns that a partition or an \
inheritance child inherits are reported on the parent only. Migration tables (`guardrail.migration_tables`) are not \
checked, since the migration tools choose their names.

Only new names are reported: an object that already had its name is not reported when something else about it changes.

An application whose library quotes every name is not disturbed by such names, and renaming them would break it: so \
under `recommended` the rule is a notice. Django and Rails make plain names by themselves; under their presets it is a \
warning. Prisma calls tables and columns what its models and their fields are called, in camel case; under its preset \
the rule is off.",
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
    let subject = || format!("{} \"{}\"", kind.noun(), relation.name);
    let heading = || format!("{} has names that need quotes: ", subject());
    if let Some(need) = find_need(name, !kind.is_table(), catalog) {
        let finding = Finding::relation(format!("name of {} {need}", subject())).with_cause(name);
        findings.push(finding.listed(&heading(), "its own").with_subject(Subject::Relation));
    }
    if !kind.is_table() && kind != RelationKind::CompositeType {
        return;
    }
    for column in &relation.columns {
        if let Some(need) = find_need(&column.name, false, catalog) {
            let message = format!("name of {} {need}", subjects::describe_column(column, relation));
            let finding = Finding::column(column, message).with_cause(&column.name);
            let finding = finding.listed(&heading(), &format!("\"{}\"", column.name));
            findings.push(finding.with_subject(Subject::Relation));
        }
    }
}

fn fix(finding: &Finding, _: &Relation, _: &Context<'_>) -> Vec<Edit> {
    let rename = |part: &Finding| match part.object {
        Object::Column { number, .. } => Edit::Column(number, ColumnEdit::Name),
        _ => Edit::Relation(RelationEdit::Name),
    };
    finding.parts().map(rename).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ConstraintKind, Index, oids};
    use crate::testing::{FakeCatalog, Trial, column, constraint, fix_of, index, messages_of, table};

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
    fn the_names_of_a_table_and_of_its_columns_are_checked() {
        let mut t = table("Orders", vec![column(1, "Id", oids::INT8), column(2, "order", oids::INT8)]);
        t.constraints = vec![constraint(10, "Positive", ConstraintKind::Check, &[1])];
        t.indexes = vec![Index { name: "By Id".into(), ..index(&[1]) }];
        assert_eq!(
            messages_of(&RULE, &t, &[]),
            [
                "name of table \"public.Orders\" needs quotes",
                "name of column \"Id\" of table \"public.Orders\" needs quotes",
                "name of column \"order\" of table \"public.Orders\" is a reserved word",
            ]
        );
    }

    /// The one violation of a table that lists all names.
    fn violation(t: &Relation) -> Finding {
        let mut listed = Finding::merge_listed(Trial::of(&RULE, &[]).findings(t));
        assert_eq!(listed.len(), 1);
        listed.remove(0)
    }

    #[test]
    fn several_names_are_one_violation() {
        let t = table("Orders", vec![column(1, "Id", oids::INT8), column(2, "order", oids::INT8)]);
        assert_eq!(
            violation(&t).message,
            "table \"public.Orders\" has names that need quotes: its own, \"Id\", \"order\""
        );
        assert_eq!(violation(&t).object, Object::Relation);
        let t = table("orders", vec![column(1, "Id", oids::INT8)]);
        assert_eq!(violation(&t).message, "name of column \"Id\" of table \"public.orders\" needs quotes");
        assert!(matches!(violation(&t).object, Object::Column { .. }));
    }

    #[test]
    fn the_fix_gives_every_listed_name_another_one() {
        let t = table(
            "Orders",
            vec![column(1, "Id", oids::INT8), column(2, "id", oids::INT8), column(3, "ID", oids::INT8)],
        );
        let fix = |refused| Trial::of(&RULE, &[]).fix_of(&violation(&t), &t, refused);
        assert_eq!(
            fix(false),
            "ALTER TABLE public.\"Orders\" RENAME COLUMN \"Id\" TO id_2;\n\
             ALTER TABLE public.\"Orders\" RENAME COLUMN \"ID\" TO id_3;\n\
             ALTER TABLE public.\"Orders\" RENAME TO orders;"
        );
        assert_eq!(fix(true), "CREATE TABLE public.orders\nid_2 type 20 NOT NULL\nid_3 type 20 NOT NULL");
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
        let t = table("order", vec![column(1, "a", oids::INT8)]);
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TABLE public.\"order\" RENAME TO orders;");
        let t = table("t", vec![column(1, "order", oids::INT8)]);
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TABLE public.t RENAME COLUMN \"order\" TO order_;");
    }
}
