//! A table or column that holds data must not be dropped.

use crate::facts::{DroppedData, Intent, ObjectAddress, Relation};
use crate::rule::{Check, Context, Edit, Finding, Levels, Moment, Rule, Subject};
use crate::settings::{BadValue, TextOption, no_mentions};

pub static RULE: Rule = Rule {
    id: "destructive_change",
    summary: "a DROP TABLE or DROP COLUMN of something that holds data",
    reason: "Only a backup brings the data back. A generated migration may drop a table or column where a rename was meant.",
    moment: Moment::Before,
    check: Check::Intent(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&DESTRUCTIVE_CHANGE_MIN_ROWS],
    explanation: "\
Before the statement runs, the rule checks the tables that DROP TABLE names and the columns that ALTER TABLE … DROP \
COLUMN names.

A table holds data when it has at least `guardrail.destructive_change_min_rows` rows. A column holds data when at \
least that many rows have a value in it.

* The rows of a table of up to 100 pages are counted. So are those of a bigger one to which the transaction itself has \
written, since it may have emptied it.
* The rows of any other table are estimated from the planner's statistics. A bigger table without statistics counts as \
holding data. A column of it that is null in every row of the statistics holds none.
* For a partitioned table, the rows of its partitions count. For a column, the rows of the children that inherit the \
column from this table alone count, too.

A table or column that the same transaction has made holds nothing that anybody else has seen, and a generated column \
holds nothing of its own. Both may be dropped.

To look at the rows, the rule locks the table as for reading, without waiting, and releases the lock at once. Where \
that is not possible, the estimate decides. Rows that other transactions have not committed yet are not seen. Where \
the current role may not drop or change the table, PostgreSQL itself refuses the statement, and the rule reports \
nothing.

The rule does not check:

* temporary and exempt tables, foreign tables and materialized views;
* what CASCADE, DROP SCHEMA and DROP OWNED drop without naming it;
* TRUNCATE and DELETE, for which no event trigger fires.

To lose the data on purpose, remove it first in the same transaction: with TRUNCATE or DELETE for a table, and with \
`UPDATE … SET note = NULL` for a column.",
    setup: "\
CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, note character varying(100));
INSERT INTO orders VALUES (1, 'urgent');",
    bad: "ALTER TABLE orders DROP COLUMN note;",
    good: "ALTER TABLE orders RENAME COLUMN note TO remark;",
};

/// The number of rows from which a table or a column holds data.
pub static DESTRUCTIVE_CHANGE_MIN_ROWS: TextOption<u64> = TextOption {
    name: "destructive_change_min_rows",
    summary: "Sets the number of rows from which a table or a column counts as holding data.",
    details: "A whole number, at least 1.",
    default: "1",
    preset_defaults: &[],
    parse: parse_rows,
    mentions: no_mentions,
};

fn parse_rows(text: &str) -> Result<u64, BadValue> {
    match text.trim().parse() {
        Ok(rows) if rows >= 1 => Ok(rows),
        _ => Err(BadValue { detail: format!("\"{text}\" is not a whole number of at least 1."), hint: None }),
    }
}

fn check(intent: &Intent<'_>, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let min_rows = *context.option(&DESTRUCTIVE_CHANGE_MIN_ROWS) as f64;
    let is_of_extension = |oid| context.catalog.belongs_to_superuser_extension(ObjectAddress::Relation(oid));
    let is_loss = |dropped: &DroppedData| dropped.rows >= min_rows && !is_of_extension(dropped.oid);
    for dropped in (intent.dropped_data)(min_rows).into_iter().filter(is_loss) {
        let message = match &dropped.column {
            Some(column) => {
                format!("column \"{column}\" of table \"{}\" holds data that DROP COLUMN would lose", dropped.table)
            }
            None => format!("table \"{}\" holds data that DROP TABLE would lose", dropped.table),
        };
        let finding = Finding::relation(message).reported_for(&dropped.table).with_lost(dropped.clone());
        let finding = finding.with_subject(Subject::Names(dropped.column.iter().cloned().collect()));
        findings.push(match &dropped.column {
            Some(column) => finding.about_column(column),
            None => finding,
        });
    }
}

fn fix(finding: &Finding, _: &Relation, _: &Context<'_>) -> Vec<Edit> {
    finding.lost.iter().cloned().map(Edit::KeepUnderAnotherName).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::QualifiedName;
    use crate::testing::Trial;

    fn found(column: Option<&str>, rows: f64, options: &[(&str, &str)]) -> Vec<Finding> {
        let dropped = DroppedData {
            oid: 1,
            number: 0,
            table: QualifiedName::new("public", "orders"),
            column: column.map(str::to_owned),
            table_columns: vec!["Note_old".into()],
            rows,
        };
        let dropped_data = |_| vec![dropped.clone()];
        Trial::of(&RULE, options).findings_of_intent(&Intent { dropped_data: &dropped_data, ..Intent::default() })
    }

    #[test]
    fn dropping_data_is_a_violation_and_the_fix_is_a_rename() {
        let findings = found(None, 1.0, &[]);
        assert_eq!(findings[0].message, "table \"public.orders\" holds data that DROP TABLE would lose");
        let rule = Trial::of(&RULE, &[]);
        let fix = |findings: &[Finding]| rule.fix_of(&findings[0], &Relation::default(), true);
        assert_eq!(fix(&findings), "ALTER TABLE public.orders RENAME TO orders_old;");
        let of_column = found(Some("Note"), 5.0, &[]);
        assert_eq!(fix(&of_column), "ALTER TABLE public.orders RENAME COLUMN \"Note\" TO note_old;");
    }

    #[test]
    fn a_table_with_too_few_rows_may_be_dropped() {
        assert!(found(None, 0.0, &[]).is_empty());
        assert!(found(None, 99.0, &[("destructive_change_min_rows", "100")]).is_empty());
    }

    #[test]
    fn the_number_of_rows_must_be_positive() {
        assert_eq!(parse_rows(" 20 "), Ok(20));
        for text in ["0", "-1", "many"] {
            assert!(parse_rows(text).is_err(), "{text}");
        }
    }
}
