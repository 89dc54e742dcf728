//! A column must have a comment.

use crate::facts::{Column, Relation};
use crate::predicates::subjects;
use crate::rule::{Check, ColumnEdit, Context, Edit, Finding, Levels, Moment, Rule};

pub static RULE: Rule = Rule {
    id: "column_without_comment",
    summary: "a column without a comment",
    reason: "Without one, only the people who made the column know what a value means and which unit it is in.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels::NONE,
    options: &[],
    explanation: "\
The rule checks the columns of tables in the final state of the transaction, so COMMENT ON COLUMN may follow CREATE \
TABLE. A comment that is only white space counts as no comment. Removing a comment is a violation, too.

Columns that a partition or an inheritance child inherits are reported on the parent only.",
    setup: "",
    bad: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);",
    good: "\
BEGIN;
CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);
COMMENT ON COLUMN orders.id IS 'Counts up; shown to customers';
COMMIT;",
};

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if !relation.kind.is_table() {
        return;
    }
    for column in &relation.columns {
        let comment = context.catalog.comment(relation.oid, Some(column.number));
        if comment.is_none_or(|comment| comment.trim().is_empty()) {
            let message = || format!("{} has no comment", subjects::describe_column(column, relation));
            findings.push(Finding::column(column, String::new()).report_unless(false, message));
        }
    }
}

fn fix(finding: &Finding, relation: &Relation, _: &Context<'_>) -> Vec<Edit> {
    let comment =
        |column: &Column| Edit::Column(column.number, ColumnEdit::Comment(format!("What {} means", column.name)));
    finding.find_column(relation).map(comment).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{RelationKind, oids};
    use crate::testing::{FakeCatalog, Trial, column, table};

    #[test]
    fn only_a_tables_own_columns_need_comments() {
        let mut t = table(
            "t",
            vec![column(1, "A", oids::INT8), column(2, "told", oids::INT8), column(3, "inherited", oids::INT8)],
        );
        t.columns[2].inherited = true;
        let rule = Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().comment(2, "what it means"));
        assert_eq!(rule.messages(&t), ["column \"A\" of table \"public.t\" has no comment"]);
        assert_eq!(rule.fix(&t, false), "COMMENT ON COLUMN public.t.\"A\" IS 'What A means';");
        t.kind = RelationKind::Domain;
        assert!(rule.messages(&t).is_empty());
    }
}
