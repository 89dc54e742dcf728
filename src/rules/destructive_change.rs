//! What holds data is not dropped by the way.

use crate::facts::QualifiedName;
use crate::rule::{Check, Context, Drop, Finding, FixContext, Intent, Levels, Rule};
use crate::settings::{BadValue, Opt, no_types};
use crate::sql;

pub static RULE: Rule = Rule {
    id: "destructive_change",
    summary: "a DROP TABLE or DROP COLUMN of something that holds data",
    reason: "The data is lost. This is also what an automatically generated migration makes of a rename; then the \
             rename is what was meant.",
    check: Check::Before(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&DESTRUCTIVE_CHANGE_MIN_ROWS],
    explanation: "\
Judged before the statement runs, for the tables that DROP TABLE names and the columns that ALTER TABLE … DROP COLUMN \
names. A table holds data when it has at least `guardrail.destructive_change_min_rows` rows; of a column only rows with \
a value count. A table of up to 100 pages is counted. A bigger one is estimated by the planner's statistics, and taken \
to hold data where there are none; a column of it that is null in every row of the statistics holds none. A partitioned \
table holds what its partitions hold, and a column what it holds in the children that have it from this table alone.

To look, the table is locked as for reading, without waiting, and let go at once; where that is not possible the \
estimate decides. What other transactions have not committed yet is not seen. Tables that the current role may not drop or \
change are left to PostgreSQL's own refusal. Temporary and exempt tables, foreign tables, materialized views and what \
CASCADE, DROP SCHEMA and DROP OWNED take along are not judged; TRUNCATE and DELETE are seen by no event trigger.

Who means to lose the data says so first, in the same migration: with TRUNCATE or DELETE for a table, also for one that \
the migration itself has made and filled, and with `UPDATE … SET note = NULL` for a column.",
    setup: "\
CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, note character varying(100));
INSERT INTO orders VALUES (1, 'urgent');",
    bad: "ALTER TABLE orders DROP COLUMN note;",
    good: "ALTER TABLE orders RENAME COLUMN note TO remark;",
};

/// From how many rows on a table holds data.
pub static DESTRUCTIVE_CHANGE_MIN_ROWS: Opt<u64> = Opt {
    name: "destructive_change_min_rows",
    summary: "Sets from how many rows on a table or a column holds data that is not to be dropped.",
    details: "A whole number, at least 1.",
    default: "1",
    preset_defaults: &[],
    parse: parse_rows,
    types: no_types,
};

fn parse_rows(text: &str) -> Result<u64, BadValue> {
    match text.trim().parse() {
        Ok(rows) if rows >= 1 => Ok(rows),
        _ => Err(BadValue { detail: format!("\"{text}\" is not a whole number of at least 1."), hint: None }),
    }
}

fn check(intent: &Intent<'_>, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let least = *context.option(&DESTRUCTIVE_CHANGE_MIN_ROWS) as f64;
    let is_loss = |drop: &Drop| drop.rows >= least && !context.settings.exempts(&drop.table);
    for drop in (intent.drops)().into_iter().filter(is_loss) {
        let message = match &drop.column {
            Some(column) => {
                format!("column \"{column}\" of table \"{}\" holds data that DROP COLUMN would lose", drop.table)
            }
            None => format!("table \"{}\" holds data that DROP TABLE would lose", drop.table),
        };
        // The fault is the rename that may have been meant.
        findings.push(Finding::relation(message).about(&drop.table).with_fault(rename(&drop, context)));
    }
}

fn rename(drop: &Drop, context: &Context<'_>) -> String {
    let table = sql::quote_qualified(&drop.table);
    let old = |name: &str, taken: &dyn Fn(&str) -> bool| sql::quote(&sql::suggest_name(&[name, "old"], taken));
    match &drop.column {
        Some(column) => {
            let new = old(column, &|name| drop.columns.iter().any(|other| other == name));
            format!("ALTER TABLE {table} RENAME COLUMN {} TO {new};", sql::quote(column))
        }
        None => {
            let schema = &drop.table.schema;
            let new = old(&drop.table.name, &|name| context.catalog.relation_exists(&QualifiedName::new(schema, name)));
            format!("ALTER TABLE {table} RENAME TO {new};")
        }
    }
}

fn fix(finding: &Finding, _: &FixContext<'_>) -> String {
    finding.fault.clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use crate::testing::FakeCatalog;

    fn found(column: Option<&str>, rows: f64, options: &[(&str, &str)]) -> Vec<Finding> {
        let settings = Settings::for_test(options);
        let table = QualifiedName::new("public", "orders");
        let drops = vec![Drop { table, column: column.map(str::to_owned), columns: vec!["Note_old".into()], rows }];
        let drops = || drops.clone();
        let intent = Intent { drops: &drops, ..Intent::default() };
        let mut findings = Vec::new();
        check(&intent, &Context { settings: &settings, catalog: &FakeCatalog }, &mut findings);
        findings
    }

    #[test]
    fn what_holds_data_is_kept_and_the_rename_offered() {
        let findings = found(None, 1.0, &[]);
        assert_eq!(findings[0].message, "table \"public.orders\" holds data that DROP TABLE would lose");
        assert_eq!(findings[0].fault, "ALTER TABLE public.orders RENAME TO orders_old;");
        let findings = found(Some("Note"), 5.0, &[]);
        assert_eq!(findings[0].fault, "ALTER TABLE public.orders RENAME COLUMN \"Note\" TO \"Note_old_2\";");
    }

    #[test]
    fn what_is_empty_or_exempt_may_go() {
        assert!(found(None, 0.0, &[]).is_empty());
        assert!(found(None, 99.0, &[("destructive_change_min_rows", "100")]).is_empty());
        assert!(found(None, 99.0, &[("exempt_tables", "orders")]).is_empty());
    }

    #[test]
    fn the_number_must_be_one() {
        assert_eq!(parse_rows(" 20 "), Ok(20));
        assert!(parse_rows("0").is_err() && parse_rows("-1").is_err() && parse_rows("many").is_err());
    }
}
