//! Tables must not be unlogged.

use crate::facts::{Relation, RelationKind};
use crate::rule::{Check, Context, Edit, Finding, Levels, Moment, RelationEdit, Rule};

pub static RULE: Rule = Rule {
    id: "unlogged_table",
    summary: "an unlogged table",
    reason: "Its rows are gone after a crash, and no replica or archive ever has them.",
    moment: Moment::Statement,
    check: Check::Relation(check),
    fix,
    levels: Levels::EXPECTED,
    options: &[],
    explanation: "\
The rule checks ordinary tables, however they became unlogged: by CREATE UNLOGGED TABLE (also with AS and a query), \
SELECT INTO UNLOGGED or ALTER TABLE SET UNLOGGED. Each partition is logged or unlogged by itself and is checked by \
itself; for a partitioned table the property has no meaning. Temporary tables are never checked.",
    setup: "",
    bad: "CREATE UNLOGGED TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);",
    good: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);",
};

fn check(relation: &Relation, _: &Context<'_>, findings: &mut Vec<Finding>) {
    if relation.kind == RelationKind::Table && relation.unlogged {
        findings.push(Finding::relation(format!("table \"{}\" is unlogged", relation.name)));
    }
}

fn fix(_: &Finding, _: &Relation, _: &Context<'_>) -> Vec<Edit> {
    vec![Edit::Relation(RelationEdit::Logged)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::oids;
    use crate::testing::{column, fix_of, messages_of, table};

    #[test]
    fn only_ordinary_tables_and_partitions_are_checked() {
        let mut t = table("t", vec![column(1, "a", oids::INT8)]);
        assert!(messages_of(&RULE, &t, &[]).is_empty());
        t.unlogged = true;
        assert_eq!(messages_of(&RULE, &t, &[]), ["table \"public.t\" is unlogged"]);
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TABLE public.t SET LOGGED;");
        assert_eq!(fix_of(&RULE, &t, &[], true), "CREATE TABLE public.t");
        t.kind = RelationKind::PartitionedTable;
        assert!(messages_of(&RULE, &t, &[]).is_empty());
    }
}
