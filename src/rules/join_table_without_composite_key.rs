//! A join table must have a key over its foreign keys.

use crate::facts::{AttrNumber, ConstraintKind, Relation};
use crate::predicates::inheritance::{Verdict, finding_about_table};
use crate::predicates::tables;
use crate::rule::{Check, Context, Edit, Finding, Levels, Moment, NewKey, Rule};
use crate::settings::shared::{MIGRATION_TABLES, REQUIRED_COLUMNS, TENANT_COLUMN};
use crate::sql::{quote_list, quote_qualified};

pub static RULE: Rule = Rule {
    id: "join_table_without_composite_key",
    summary: "a table that only links rows of other tables, without a key over its foreign keys",
    reason: "The same link can be stored twice; then joins return rows twice, and deleting one of the two leaves the \
             other.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&REQUIRED_COLUMNS, &TENANT_COLUMN, &MIGRATION_TABLES],
    explanation: "\
A table only links rows when it has two or more foreign keys and no columns but these:

* the columns of its foreign keys;
* a primary key of its own over one column;
* the columns that `guardrail.required_columns` names;
* the tenant column (`guardrail.tenant_column`), whose own foreign key does not count.

Such a table needs a primary key, a unique constraint or a unique index over columns of its foreign keys and no \
others, in any order. The key may leave some of these columns out. In a partitioned table it may also have the columns \
by which the table is partitioned. The rule checks the final state of the transaction, so a later statement may add \
the key.

The rule does not check:

* tables with any other column, since they are entities: an event with a time of its own, an order line with a \
quantity;
* tables with a primary key of their own and a foreign key that may be NULL;
* tables whose rows are unique by one of the foreign keys alone;
* partitions, which are reported on their parent only, or once they are detached;
* foreign tables and tables that are partitioned by an expression: they can have no such key;
* migration tables (`guardrail.migration_tables`).",
    setup: "\
CREATE TABLE posts (id bigint CONSTRAINT pk_posts PRIMARY KEY);
CREATE TABLE tags (id bigint CONSTRAINT pk_tags PRIMARY KEY);",
    bad: "\
BEGIN;
CREATE TABLE post_tags (
    id bigint CONSTRAINT pk_post_tags PRIMARY KEY,
    post_id bigint NOT NULL CONSTRAINT fk_post_tags_post_id REFERENCES posts ON DELETE CASCADE,
    tag_id bigint NOT NULL CONSTRAINT fk_post_tags_tag_id REFERENCES tags ON DELETE CASCADE
);
CREATE INDEX ix_post_tags_post_id ON post_tags (post_id);
CREATE INDEX ix_post_tags_tag_id ON post_tags (tag_id);
COMMIT;",
    good: "\
BEGIN;
CREATE TABLE post_tags (
    post_id bigint NOT NULL CONSTRAINT fk_post_tags_post_id REFERENCES posts ON DELETE CASCADE,
    tag_id bigint NOT NULL CONSTRAINT fk_post_tags_tag_id REFERENCES tags ON DELETE CASCADE,
    CONSTRAINT pk_post_tags PRIMARY KEY (post_id, tag_id)
);
CREATE INDEX ix_post_tags_tag_id ON post_tags (tag_id);
COMMIT;",
};

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let verdict = |relation: &Relation| verdict(relation, context);
    if verdict(relation) == Verdict::Violates {
        let message = format!("table \"{}\" links rows without a key over its foreign keys", relation.name);
        findings.extend(finding_about_table(relation, message, context, verdict));
    }
}

fn verdict(relation: &Relation, context: &Context<'_>) -> Verdict {
    if !tables::is_local_table(relation) || tables::foreign_keys(relation).nth(1).is_none() {
        return Verdict::Fine;
    }
    let Some(mut columns) = tables::find_join_table_columns(relation, context) else { return Verdict::Fine };
    let partition = context.catalog.partition_columns(relation.oid);
    columns.extend(partition.iter().flatten());
    if tables::has_unique_key_within(relation, &columns) {
        Verdict::Fine
    } else if partition.contains(&None) || tables::is_migration_table(relation, context) {
        Verdict::NotChecked
    } else {
        Verdict::Violates
    }
}

fn fix(_: &Finding, relation: &Relation, context: &Context<'_>) -> Vec<Edit> {
    let mut columns = tables::find_join_table_columns(relation, context).unwrap_or_default();
    let partition = context.catalog.partition_columns(relation.oid);
    let missing: Vec<AttrNumber> = partition.into_iter().flatten().filter(|number| !columns.contains(number)).collect();
    columns.extend(missing);
    // A key with other columns than these would not tell the links apart.
    let below = context.catalog.partition_columns_below(relation.oid);
    if below.iter().any(|column| column.is_none_or(|number| !columns.contains(&number))) {
        let names = quote_list(&relation.column_names(&columns));
        return vec![Edit::ByHand(format!(
            "Keep the rows of table {} apart by {names}: no key over these columns alone is possible, as a partition is \
             partitioned by others.",
            quote_qualified(&relation.name)
        ))];
    }
    let kind = match relation.primary_key() {
        None => ConstraintKind::PrimaryKey,
        Some(_) => ConstraintKind::Unique,
    };
    vec![Edit::AddKey(NewKey { kind, columns: relation.column_names(&columns), index: None })]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Action, Index, Oid, RelationKind, oids};
    use crate::testing::{FakeCatalog, Trial, column, constraint, fix_of, foreign_key, index, messages_of, table};

    /// A table with foreign keys over columns 1 and 2.
    fn join_table() -> Relation {
        const FOREIGN_KEY: Oid = 7;
        const OTHER_FOREIGN_KEY: Oid = 8;
        let mut t = table("t", vec![column(1, "a_id", oids::INT8), column(2, "b_id", oids::INT8)]);
        t.constraints = vec![
            foreign_key(FOREIGN_KEY, "fk_a", &[1], Action::Cascade),
            foreign_key(OTHER_FOREIGN_KEY, "fk_b", &[2], Action::Cascade),
        ];
        t
    }

    /// [`join_table`] with a primary key of its own over column 3.
    fn with_surrogate() -> Relation {
        const PRIMARY_KEY: Oid = 9;
        let mut t = join_table();
        t.columns.push(column(3, "id", oids::INT8));
        t.constraints.push(constraint(PRIMARY_KEY, "pk_t", ConstraintKind::PrimaryKey, &[3]));
        t.indexes.push(Index { unique: true, ..index(&[3]) });
        t
    }

    fn count(relation: &Relation) -> usize {
        messages_of(&RULE, relation, &[]).len()
    }

    #[test]
    fn a_join_table_needs_a_key() {
        let expected = ["table \"public.t\" links rows without a key over its foreign keys"];
        assert_eq!(messages_of(&RULE, &join_table(), &[]), expected);
        assert_eq!(messages_of(&RULE, &with_surrogate(), &[]), expected);
        for key in [&[1, 2][..], &[2, 1]] {
            let mut t = with_surrogate();
            t.indexes.push(index(key));
            assert_eq!(count(&t), 1, "not unique");
            t.indexes.push(Index { unique: true, ..index(key) });
            assert_eq!(count(&t), 0, "{key:?}");
        }
    }

    #[test]
    fn entities_and_other_tables_are_exempt() {
        let mut entity = join_table();
        entity.columns.push(column(3, "quantity", oids::INT4));
        assert_eq!(count(&entity), 0);
        let of_parent = Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().parent(join_table()));
        assert!(of_parent.messages(&Relation { is_partition: true, ..join_table() }).is_empty());
        assert_eq!(count(&Relation { kind: RelationKind::ForeignTable, ..join_table() }), 0);
        let by_expression = Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().partitioned_by(&[None]));
        assert!(by_expression.messages(&join_table()).is_empty(), "partitioned by an expression");
        assert!(messages_of(&RULE, &join_table(), &[("migration_tables", "t")]).is_empty());
    }

    #[test]
    fn the_fix_is_a_primary_key_or_a_unique_constraint() {
        let fix = |t| fix_of(&RULE, &t, &[], false);
        let add = "ALTER TABLE public.t ADD CONSTRAINT";
        assert_eq!(fix(join_table()), format!("{add} pk_t PRIMARY KEY (a_id, b_id);"));
        assert_eq!(fix(with_surrogate()), format!("{add} uq_t_a_id_b_id UNIQUE (a_id, b_id);"));
    }
}
