//! A table must have a primary key.

use super::disallowed_primary_key_type;
use crate::facts::{AttrNumber, Column, ConstraintKind, Index, Oid, Relation};
use crate::fix::key;
use crate::predicates::inheritance::{Verdict, finding_about_table};
use crate::predicates::tables;
use crate::rule::{Check, Context, Edit, Finding, Levels, Moment, NewKey, Rule};
use crate::settings::Level;
use crate::settings::shared::{MIGRATION_TABLES, PRIMARY_KEY_TYPES};

pub static RULE: Rule = Rule {
    id: "table_without_primary_key",
    summary: "a table without a primary key",
    reason: "Nothing tells one of its rows from another: logical replication cannot update or delete them, and no \
             table can refer to them.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels { house: Level::Error, ..Levels::EXPECTED },
    options: &[&MIGRATION_TABLES, &PRIMARY_KEY_TYPES],
    explanation: "\
The rule checks the final state of the transaction, so a later statement of it may make the key. Dropping the primary \
key of a table is a violation, unless the same transaction makes another one. A unique constraint is not a primary \
key.

Partitions are reported on their parent only. Where the parent cannot have a primary key, a partition need not have one \
until it is detached. An inheritance child is checked by itself, since PostgreSQL does not \
pass keys down to it.

The rule does not check foreign tables and tables that are partitioned by an expression, which cannot have a primary \
key, nor migration tables (`guardrail.migration_tables`).

Rails' `create_join_table` makes no primary key; `create_table` with `primary_key: [:order_id, :product_id]` does \
(Rails 7.1 and later).

The fix makes the primary key from the first of these that the table has:

* a unique index without nullable columns;
* a column that is called `id`, or an identity or serial column;
* the foreign keys of a table that only links other tables.

Otherwise it adds a column `id` of a type that `guardrail.primary_key_types` allows.",
    setup: "",
    bad: "CREATE TABLE orders (number bigint NOT NULL);",
    good: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, number bigint NOT NULL);",
};

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let verdict = |relation: &Relation| verdict(relation, context);
    if verdict(relation) == Verdict::Violates {
        let message = format!("table \"{}\" has no primary key", relation.name);
        findings.extend(finding_about_table(relation, message, context, verdict));
    }
}

fn verdict(relation: &Relation, context: &Context<'_>) -> Verdict {
    if !tables::is_local_table(relation) {
        Verdict::NotChecked
    } else if relation.primary_key().is_some() {
        Verdict::Fine
    } else if context.catalog.partition_columns(relation.oid).contains(&None)
        || tables::is_migration_table(relation, context)
    {
        Verdict::NotChecked
    } else {
        Verdict::Violates
    }
}

fn fix(_: &Finding, relation: &Relation, context: &Context<'_>) -> Vec<Edit> {
    let partition = match disallowed_primary_key_type::partition_columns(relation, context) {
        Ok(columns) => columns,
        Err(by_hand) => return vec![by_hand],
    };
    let with_partition = |mut columns: Vec<String>| {
        let missing: Vec<String> =
            relation.column_names(&partition).into_iter().filter(|name| !columns.contains(name)).collect();
        columns.extend(missing);
        columns
    };
    let key = |columns, index| Edit::AddKey(NewKey { kind: ConstraintKind::PrimaryKey, columns, index });
    if let Some((columns, index)) = find_key_columns(relation, context, &partition) {
        let is_changed = |number: &AttrNumber| disallowed_primary_key_type::is_disallowed(*number, relation, context);
        let change = |column: &Column| key::convert(column, relation, context).unwrap_or_default();
        let changed = columns.iter().filter(|number| is_changed(number)).filter_map(|number| relation.column(*number));
        let mut edits: Vec<Edit> = changed.flat_map(change).collect();
        edits.push(key(with_partition(relation.column_names(&columns)), index));
        return edits;
    }
    let Some(surrogate) = key::surrogate(relation, context) else { return vec![key::no_type()] };
    let columns = with_partition(vec![surrogate.name.clone()]);
    vec![Edit::AddColumn(surrogate), key(columns, None)]
}

/// The columns of the table that can be its primary key, if there are any, and the unique index over them.
fn find_key_columns(
    relation: &Relation,
    context: &Context<'_>,
    partition: &[AttrNumber],
) -> Option<(Vec<AttrNumber>, Option<Oid>)> {
    let is_not_null = |number: &AttrNumber| relation.column(*number).is_some_and(|column| column.not_null);
    let can_be_key = |column: &Column| {
        let is_allowed = !disallowed_primary_key_type::is_disallowed(column.number, relation, context);
        (is_allowed || key::convert(column, relation, context).is_some())
            && (column.not_null || context.catalog.holds_null(relation.oid, column.number) != Some(true))
    };
    let unique_columns = |index: &Index| {
        let columns: Vec<AttrNumber> = index.key.iter().copied().collect::<Option<_>>()?;
        let is_key = tables::has_unique_key_within(relation, &columns) && columns.iter().all(is_not_null);
        let are_allowed = columns.iter().filter_map(|number| relation.column(*number)).all(can_be_key);
        let covers_partition = partition.iter().all(|column| columns.contains(column));
        (is_key && are_allowed && covers_partition).then_some((columns, Some(index.oid)))
    };
    let numbered_column = || {
        let is_serial = |number| context.catalog.serial_sequence(relation.oid, number).is_some();
        let mut columns = relation.columns.iter().filter(|column| can_be_key(column));
        let id = columns.clone().find(|column| column.name == "id");
        let column = id.or_else(|| columns.find(|column| column.identity || is_serial(column.number)));
        column.map(|column| (vec![column.number], None))
    };
    let join_table_columns = || Some((tables::find_join_table_columns(relation, context)?, None));
    let shortest_unique = relation.indexes.iter().filter_map(unique_columns).min_by_key(|(columns, _)| columns.len());
    shortest_unique.or_else(numbered_column).or_else(join_table_columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Action, Column, Oid, RelationKind, oids};
    use crate::testing::{FakeCatalog, Trial, column, constraint, fix_of, foreign_key, index, messages_of, table};

    #[test]
    fn a_table_needs_a_primary_key() {
        const UNIQUE: Oid = 9;
        const PRIMARY_KEY: Oid = 10;
        let mut t = table("t", vec![column(1, "a", oids::INT8)]);
        assert_eq!(messages_of(&RULE, &t, &[]), ["table \"public.t\" has no primary key"]);
        t.constraints.push(constraint(UNIQUE, "uq", ConstraintKind::Unique, &[1]));
        assert_eq!(messages_of(&RULE, &t, &[]).len(), 1);
        t.constraints.push(constraint(PRIMARY_KEY, "pk", ConstraintKind::PrimaryKey, &[1]));
        assert!(messages_of(&RULE, &t, &[]).is_empty());
    }

    #[test]
    fn some_tables_are_exempt() {
        let t = table("t", vec![column(1, "a", oids::INT8)]);
        for kind in [RelationKind::ForeignTable, RelationKind::CompositeType, RelationKind::Domain] {
            assert!(messages_of(&RULE, &Relation { kind, ..t.clone() }, &[]).is_empty());
        }
        let of_parent = Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().parent(t.clone()));
        assert!(of_parent.messages(&Relation { is_partition: true, ..t.clone() }).is_empty());
        assert!(messages_of(&RULE, &t, &[("migration_tables", "t")]).is_empty());
        let by_expression = Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().partitioned_by(&[None]));
        assert!(by_expression.messages(&t).is_empty(), "partitioned by an expression");
    }

    #[test]
    fn the_fix_uses_columns_that_can_be_the_key() {
        const FOREIGN_KEY: Oid = 7;
        const OTHER_FOREIGN_KEY: Oid = 8;
        let mut t =
            table("t", vec![column(1, "a", oids::INT8), Column { identity: true, ..column(2, "b", oids::INT8) }]);
        let add = "ALTER TABLE public.t ADD CONSTRAINT pk_t PRIMARY KEY";
        assert_eq!(fix_of(&RULE, &t, &[], false), format!("{add} (b);"));
        t.columns.push(column(3, "id", oids::INT8));
        assert_eq!(fix_of(&RULE, &t, &[], false), format!("{add} (id);"));
        t.indexes.push(Index { unique: true, ..index(&[1, 2]) });
        assert_eq!(fix_of(&RULE, &t, &[], false), format!("{add} USING INDEX some_index;"));
        t.columns[0].not_null = false;
        assert_eq!(fix_of(&RULE, &t, &[], false), format!("{add} (id);"));
        let by_a = Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().partitioned_by(&[Some(1)]));
        assert_eq!(by_a.fix(&t, false), format!("{add} (id, a);"), "the partition key is part of it");
        let by_a_and_b = FakeCatalog::new().partitioned_by(&[Some(1)]).partitioned_below_by(&[Some(1), Some(2)]);
        let by_a_and_b = Trial::of(&RULE, &[]).in_catalog(by_a_and_b);
        assert_eq!(by_a_and_b.fix(&t, false), format!("{add} (id, a, b);"), "so are the keys of partitions");
        let by_expression = FakeCatalog::new().partitioned_by(&[Some(1)]).partitioned_below_by(&[None]);
        let text = Trial::of(&RULE, &[]).in_catalog(by_expression).fix(&t, false);
        assert_eq!(
            text,
            "-- A partition of table public.t is partitioned by an expression, so that the table can have no key."
        );
        let mut join_table = table("t", vec![column(1, "a", oids::INT8), column(2, "b", oids::INT8)]);
        join_table.constraints = vec![
            foreign_key(FOREIGN_KEY, "fk_a", &[1], Action::Cascade),
            foreign_key(OTHER_FOREIGN_KEY, "fk_b", &[2], Action::Cascade),
        ];
        assert_eq!(fix_of(&RULE, &join_table, &[], false), format!("{add} (a, b);"));
    }

    #[test]
    fn otherwise_the_fix_adds_a_column() {
        let t = table("t", vec![column(1, "a", oids::INT8)]);
        let add = |definition: &str| {
            let alter = "ALTER TABLE public.t ADD";
            let comment = "COMMENT ON COLUMN public.t.id IS 'What id means';";
            format!("{alter} COLUMN id {definition};\n{comment}\n{alter} CONSTRAINT pk_t PRIMARY KEY (id);")
        };
        assert_eq!(fix_of(&RULE, &t, &[], false), add("bigint GENERATED ALWAYS AS IDENTITY"));
        let uuid = [("primary_key_types", "uuid")];
        assert_eq!(fix_of(&RULE, &t, &uuid, false), add("uuid DEFAULT gen_random_uuid()"));
        let parent = Relation { has_children: true, ..t };
        let rule = Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().descendants_column("id"));
        assert!(rule.fix(&parent, false).starts_with("ALTER TABLE public.t ADD COLUMN id_2 uuid"), "a child has an id");
    }
}
