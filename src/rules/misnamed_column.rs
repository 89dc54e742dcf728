//! The names of columns must fit a pattern.

use crate::facts::{Relation, RelationKind};
use crate::predicates::subjects;
use crate::predicates::tables;
use crate::rule::{Check, ColumnEdit, Context, Edit, Finding, Levels, Moment, Rule};
use crate::settings::name_pattern::Placeholders;
use crate::settings::name_patterns::COLUMN_NAME_PATTERN;
use crate::settings::shared::MIGRATION_TABLES;

pub static RULE: Rule = Rule {
    id: "misnamed_column",
    summary: "a column whose name does not fit the pattern for columns",
    reason: "Names that are all spelled in the same way can be written without quotes and without looking them up.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&COLUMN_NAME_PATTERN, &MIGRATION_TABLES],
    explanation: "\
The pattern is a regular expression for the whole name, in which `{table}` stands for the name of the table. The rule \
checks the columns of tables and the attributes of composite types.

The rule checks the names that stand at the end of the transaction. Only new names are reported: a column that already had its name is not reported when anything else about it or its \
table changes. Renaming a column from one name that does not fit to another such name is a violation.

Columns that a partition or an inheritance child inherits are reported on the parent only. Migration tables \
(`guardrail.migration_tables`) are not checked, since the migration tools choose their names.",
    setup: "",
    bad: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, \"placedAt\" timestamptz NOT NULL);",
    good: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, placed_at timestamptz NOT NULL);",
};

fn placeholders(relation: &Relation) -> Placeholders<'_> {
    Placeholders { table: &relation.name.name, ..Placeholders::default() }
}

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if tables::is_migration_table(relation, context) {
        return;
    }
    let pattern = context.option(&COLUMN_NAME_PATTERN);
    if !relation.kind.is_table() && relation.kind != RelationKind::CompositeType {
        return;
    }
    for column in &relation.columns {
        let fits = pattern.fits(&column.name, &placeholders(relation));
        let message = || {
            let subject = subjects::describe_column(column, relation);
            format!("{subject} does not fit the pattern \"{}\"", pattern.text())
        };
        findings.push(Finding::column(column, String::new()).with_cause(&column.name).report_unless(fits, message));
    }
}

fn fix(finding: &Finding, relation: &Relation, _: &Context<'_>) -> Vec<Edit> {
    let column = finding.find_column(relation);
    column.map(|column| Edit::Column(column.number, ColumnEdit::Name)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::oids;
    use crate::testing::{column, fix_of, messages_of, table};

    #[test]
    fn names_must_fit_the_pattern() {
        let t = table(
            "t",
            vec![column(1, "placed_at", oids::INT8), column(2, "placedAt", oids::INT8), column(3, "2nd", oids::INT8)],
        );
        assert_eq!(
            messages_of(&RULE, &t, &[]),
            [
                "column \"placedAt\" of table \"public.t\" does not fit the pattern \"[a-z][a-z0-9_]*\"",
                "column \"2nd\" of table \"public.t\" does not fit the pattern \"[a-z][a-z0-9_]*\"",
            ]
        );
        let with_table = [("column_name_pattern", "{table}_.+")];
        assert_eq!(
            messages_of(
                &RULE,
                &table("t", vec![column(1, "t_id", oids::INT8), column(2, "id", oids::INT8)]),
                &with_table
            )
            .len(),
            1
        );
    }

    #[test]
    fn attributes_are_checked_and_the_value_of_a_domain_is_not() {
        let mut t = table("t", vec![column(1, "A", oids::INT8)]);
        t.kind = RelationKind::CompositeType;
        assert!(messages_of(&RULE, &t, &[])[0].starts_with("attribute \"A\" of type \"public.t\" does not fit"));
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TYPE public.t RENAME ATTRIBUTE \"A\" TO a CASCADE;");
        t.kind = RelationKind::Domain;
        assert!(messages_of(&RULE, &t, &[]).is_empty());
    }

    #[test]
    fn the_fix_is_a_name_that_fits() {
        let mut t = table("t", vec![column(1, "placedAt", oids::INT8), column(2, "placed_at", oids::INT8)]);
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TABLE public.t RENAME COLUMN \"placedAt\" TO placed_at_2;");
        t.columns.remove(0);
        let with_table = [("column_name_pattern", "{table}_.+")];
        let fix = fix_of(&RULE, &t, &with_table, false);
        assert_eq!(fix, "ALTER TABLE public.t RENAME COLUMN placed_at TO t_placed_at;");
    }
}
