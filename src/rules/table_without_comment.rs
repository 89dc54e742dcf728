//! A table must have a comment.

use crate::facts::Relation;
use crate::rule::{Check, Context, Edit, Finding, Levels, Moment, RelationEdit, Rule};

pub static RULE: Rule = Rule {
    id: "table_without_comment",
    summary: "a table without a comment",
    reason: "Without one, only the people who made the table know what a row stands for.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels::NONE,
    options: &[],
    explanation: "\
The rule checks the final state of the transaction, so COMMENT ON TABLE may follow CREATE TABLE. A comment that is \
only white space counts as no comment. Removing a comment is a violation, too. Partitions need no comment, since that \
of the partitioned table describes them.",
    setup: "",
    bad: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);",
    good: "\
BEGIN;
CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);
COMMENT ON TABLE orders IS 'What a customer has bought at once';
COMMIT;",
};

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if !relation.kind.is_table() {
        return;
    }
    if context.catalog.comment(relation.oid, None).is_none_or(|comment| comment.trim().is_empty()) {
        let noun = relation.kind.noun();
        let finding = Finding::relation(format!("{noun} \"{}\" has no comment", relation.name));
        findings.push(finding.reported_on_parent_if(relation.is_partition));
    }
}

fn fix(_: &Finding, relation: &Relation, _: &Context<'_>) -> Vec<Edit> {
    vec![Edit::Relation(RelationEdit::Comment(format!("What a row of {} stands for", relation.name.name)))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::RelationKind;
    use crate::testing::{fix_of, messages_of, table};

    #[test]
    fn tables_need_a_comment_but_not_partitions_and_types() {
        let mut t = table("Orders", vec![]);
        assert_eq!(messages_of(&RULE, &t, &[]), ["table \"public.Orders\" has no comment"]);
        let fixed = "COMMENT ON TABLE public.\"Orders\" IS 'What a row of Orders stands for';";
        assert_eq!(fix_of(&RULE, &t, &[], false), fixed);
        t.kind = RelationKind::ForeignTable;
        assert!(fix_of(&RULE, &t, &[], false).starts_with("COMMENT ON FOREIGN TABLE "));
        t.kind = RelationKind::CompositeType;
        assert!(messages_of(&RULE, &t, &[]).is_empty());
        (t.kind, t.is_partition) = (RelationKind::Table, true);
        assert!(messages_of(&RULE, &t, &[]).is_empty());
    }
}
