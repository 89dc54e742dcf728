//! The names of indexes must fit a pattern.

use crate::facts::{Index, Relation};
use crate::predicates::subjects;
use crate::predicates::tables;
use crate::rule::{Check, Context, Edit, Finding, IndexEdit, Levels, Moment, Rule};
use crate::settings::name_pattern::Placeholders;
use crate::settings::name_patterns::{INDEX_NAME_PATTERN, UNIQUE_NAME_PATTERN};
use crate::settings::shared::MIGRATION_TABLES;

pub static RULE: Rule = Rule {
    id: "misnamed_index",
    summary: "an index whose name does not fit the pattern for indexes",
    reason: "Names that follow one pattern tell in plans, errors and migrations which table and columns an index is \
             for.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&INDEX_NAME_PATTERN, &UNIQUE_NAME_PATTERN, &MIGRATION_TABLES],
    explanation: "\
The pattern is a regular expression for the whole name, with these placeholders:

* `{table}`: the name of the table;
* `{columns}`: the names of the key columns, joined with underscores;
* `{column_0}`: the name of the first key column.

Any text may stand for an expression. Of a name that had to be cut at 63 bytes, or that a tool ended with a hash for \
that reason, the remaining part is compared. A unique index that backs no constraint may fit \
`guardrail.unique_name_pattern` instead.

The rule checks the names that stand at the end of the transaction. Only new names are reported: an index that already had its name is not reported when its table or a column is renamed, \
even where the name no longer fits. Renaming an index from one name that does not fit to another such name is a \
violation. `CREATE INDEX CONCURRENTLY` is checked before it runs.

The index of a constraint has the constraint's name, which `misnamed_constraint` checks. Indexes that a partition \
inherits from the partitioned table are reported there only; a partition's own index is compared with the partition's \
name. Migration tables (`guardrail.migration_tables`) are not checked, since the migration tools choose their names.

The copies that `LIKE … INCLUDING INDEXES` makes get names that nobody chose. Rename them, leave INCLUDING INDEXES \
out, or make the table a partition in the same transaction.",
    setup: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, placed_at timestamptz NOT NULL);",
    bad: "CREATE INDEX orders_by_date ON orders (placed_at);",
    good: "CREATE INDEX ix_orders_placed_at ON orders (placed_at);",
};

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if tables::is_migration_table(relation, context) {
        return;
    }
    let pattern = context.option(&INDEX_NAME_PATTERN);
    let for_unique = context.option(&UNIQUE_NAME_PATTERN);
    for index in relation.indexes.iter().filter(|index| relation.constraint_backed_by(index).is_none()) {
        let (name, columns) = (&index.name, key_columns(index, relation));
        let placeholders = Placeholders { table: &relation.name.name, columns: &columns, ref_table: "" };
        let fits = pattern.fits(name, &placeholders) || (index.unique && for_unique.fits(name, &placeholders));
        let message = || {
            let subject = subjects::describe_index(index, relation);
            format!("{subject} does not fit the pattern \"{}\"", pattern.text())
        };
        findings.push(Finding::index(index, String::new()).with_cause(name).report_unless(fits, message));
    }
}

/// The names of the key columns, `None` for an expression.
fn key_columns(index: &Index, relation: &Relation) -> Vec<Option<String>> {
    let name = |number| relation.column(number).map(|column| column.name.clone());
    index.key.iter().map(|number| number.and_then(name)).collect()
}

fn fix(finding: &Finding, relation: &Relation, _: &Context<'_>) -> Vec<Edit> {
    finding.find_index(relation).map(|index| Edit::Index(index.oid, IndexEdit::Name)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ConstraintKind, Oid, oids};
    use crate::testing::{column, constraint, fix_of, index, messages_of, table};

    /// A table with an index of this name, changed as the test needs it.
    fn with_index(name: &str, change: impl FnOnce(&mut Index)) -> Relation {
        let mut t = table("orders", vec![column(1, "a", oids::INT8), column(2, "b", oids::INT8)]);
        let mut index = Index { name: name.into(), ..index(&[1, 2]) };
        change(&mut index);
        t.indexes.push(index);
        t
    }

    fn fits(name: &str, change: impl FnOnce(&mut Index), options: &[(&str, &str)]) -> bool {
        messages_of(&RULE, &with_index(name, change), options).is_empty()
    }

    #[test]
    fn names_must_fit_the_pattern() {
        assert_eq!(
            messages_of(&RULE, &with_index("by_a", |_| {}), &[]),
            ["index \"by_a\" of table \"public.orders\" does not fit the pattern \"ix_{table}_.+\""]
        );
        assert!(fits("ix_orders_a", |_| {}, &[]));
        assert!(!fits("ix_order_a", |_| {}, &[]));
        assert!(!fits("uq_orders_a", |_| {}, &[]));
        assert!(fits("uq_orders_a", |index| index.unique = true, &[]));
        let exact = [("index_name_pattern", "{table}_{columns}_idx")];
        assert!(fits("orders_a_b_idx", |_| {}, &exact));
        assert!(!fits("orders_a_idx", |_| {}, &exact));
        assert!(fits("orders_lower_b_idx", |index| index.key[0] = None, &exact));
    }

    #[test]
    fn indexes_of_constraints_and_inherited_indexes_are_exempt() {
        const PRIMARY_KEY: Oid = 9;
        let mut t = with_index("orders_pkey", |_| {});
        t.constraints.push(constraint(PRIMARY_KEY, "orders_pkey", ConstraintKind::PrimaryKey, &[1]));
        t.constraints[0].index = t.indexes[0].oid;
        assert!(messages_of(&RULE, &t, &[]).is_empty(), "it backs a constraint");
        t.constraints[0].kind = ConstraintKind::ForeignKey;
        assert_eq!(messages_of(&RULE, &t, &[]).len(), 1, "a foreign key only uses it");
        assert!(fits("x", |index| index.inherited = true, &[]));
    }

    #[test]
    fn the_fix_is_a_name_that_fits() {
        let t = with_index("By a", |_| {});
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER INDEX public.\"By a\" RENAME TO ix_orders_a_b;");
        let exact = [("index_name_pattern", "{table}_.+_idx")];
        assert!(fix_of(&RULE, &t, &exact, false).ends_with("RENAME TO orders_a_b_idx;"));
    }
}
