//! A table or column that holds data must not be dropped.

use super::missing_required_column::add_again;
use crate::facts::{DroppedData, Intent, ObjectAddress, Relation};
use crate::predicates::names::exempts_name;
use crate::rule::{Check, Context, Edit, Finding, Levels, Moment, Rest, Rule, Subject};
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
    let is_kept = |dropped: &DroppedData| is_loss(dropped) && !exempts_name(context.settings, &dropped.table);
    let (lost, others): (Vec<DroppedData>, _) = (intent.dropped_data)(min_rows).into_iter().partition(is_kept);
    let kept = lost.iter().map(|dropped| dropped.oid).collect();
    let does_more = lost.iter().any(|dropped| dropped.does_more);
    let mut rest = Some(Rest { dropped: others, kept, does_more });
    for dropped in lost {
        let message = match &dropped.column {
            Some(column) => {
                format!("column \"{column}\" of table \"{}\" holds data that DROP COLUMN would lose", dropped.table)
            }
            None => format!("table \"{}\" holds data that DROP TABLE would lose", dropped.table),
        };
        let finding = Finding::relation(message).reported_for(&dropped.table).with_lost(dropped.clone(), rest.take());
        let finding = finding.with_subject(Subject::Names(dropped.column.iter().cloned().collect()));
        findings.push(match &dropped.column {
            Some(column) => finding.about_column(column),
            None => finding,
        });
    }
}

fn fix(finding: &Finding, _: &Relation, context: &Context<'_>) -> Vec<Edit> {
    let Some(lost) = &finding.lost else { return Vec::new() };
    let mut edits = vec![Edit::KeepUnderAnotherName(lost.clone())];
    // The table may not be without such a column, so that the rename alone would be refused, too.
    let table = lost.column.as_ref().and_then(|_| context.catalog.relation(lost.oid));
    let required = table.zip(lost.column.as_ref()).and_then(|(table, column)| add_again(column, &table, context));
    edits.extend(required.map(|new| Edit::Elsewhere(lost.oid, Box::new(Edit::AddColumn(new)))));
    edits.extend(finding.rest.clone().map(Edit::DoTheRest));
    edits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{QualifiedName, oids};
    use crate::testing::{FakeCatalog, Trial, column, table};

    fn found(column: Option<&str>, rows: f64, options: &[(&str, &str)]) -> Vec<Finding> {
        let dropped = DroppedData {
            oid: 1,
            number: 0,
            table: QualifiedName::new("public", "orders"),
            column: column.map(str::to_owned),
            table_columns: vec!["Note_old".into()],
            rows,
            ..DroppedData::default()
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
    fn what_holds_no_data_is_dropped_beside_the_rename() {
        let dropped = |oid, name: &str, rows| DroppedData {
            oid,
            table: QualifiedName::new("public", name),
            rows,
            ..DroppedData::default()
        };
        let dropped_data = |_| vec![dropped(1, "pages", 0.0), dropped(2, "customers", 1.0), dropped(3, "orders", 1.0)];
        let rule = Trial::of(&RULE, &[])
            .in_catalog(FakeCatalog::new().relation(Relation { oid: 1, ..table("pages", vec![]) }));
        let findings = rule.findings_of_intent(&Intent { dropped_data: &dropped_data, ..Intent::default() });
        let fix = |at: usize| rule.fix_of(&findings[at], &Relation::default(), true);
        assert_eq!(fix(0), "ALTER TABLE public.customers RENAME TO customers_old;\nDROP TABLE public.pages;");
        assert_eq!(fix(1), "ALTER TABLE public.orders RENAME TO orders_old;", "it is dropped once");
    }

    #[test]
    fn a_required_column_is_added_again() {
        let dropped = DroppedData {
            oid: 5,
            table: QualifiedName::new("public", "orders"),
            column: Some("at".to_owned()),
            rows: 1.0,
            ..DroppedData::default()
        };
        let dropped_data = |_| vec![dropped.clone()];
        let required = r#"{"at": {"type": "timestamp with time zone", "not_null": true, "default": true}}"#;
        let orders = Relation { oid: 5, ..table("orders", vec![column(1, "at", oids::TIMESTAMPTZ)]) };
        let fix = |options: &[(&str, &str)]| {
            let rule = Trial::of(&RULE, options).in_catalog(FakeCatalog::new().relation(orders.clone()));
            let findings = rule.findings_of_intent(&Intent { dropped_data: &dropped_data, ..Intent::default() });
            rule.fix_of(&findings[0], &Relation::default(), true)
        };
        let rename = "ALTER TABLE public.orders RENAME COLUMN \"at\" TO at_old;";
        let add = "ALTER TABLE public.orders ADD COLUMN \"at\" timestamp with time zone DEFAULT now() NOT NULL;";
        let text = fix(&[("required_columns", required)]);
        assert!(text.starts_with(&format!("{rename}\n{add}").replace("\"at\"", "at")), "{text}");
        assert_eq!(fix(&[("required_columns", "{}")]), rename.replace("\"at\"", "at"));
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
