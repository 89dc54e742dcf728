//! Every table must have the required columns, with the type, NOT NULL and default that are required of them.

use crate::facts::{Column, Relation, oids};
use crate::fix::key::definition;
use crate::predicates::inheritance::{self, Verdict};
use crate::predicates::types::{is_type, with_base};
use crate::predicates::{nulls, subjects, tables};
use crate::rule::{Check, ColumnEdit, Context, Conversion, Edit, Finding, Levels, Moment, NewColumn, Rule, WantedType};
use crate::settings::parse::patterns::Patterns;
use crate::settings::parse::required_columns::Requirement;
use crate::settings::shared::{MIGRATION_TABLES, REQUIRED_COLUMNS, TENANT_COLUMN};
use crate::settings::{Level, TextOption, no_mentions};

pub static RULE: Rule = Rule {
    id: "missing_required_column",
    summary: "a table that lacks a required column, or has it with another type, nullable, or without a default",
    reason: "Tools that work on every table (for auditing, for synchronising, for finding out what happened when) rely \
             on these columns.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&REQUIRED_COLUMNS, &REQUIRED_COLUMNS_EXEMPT_TABLES, &MIGRATION_TABLES, &TENANT_COLUMN],
    explanation: "\
`guardrail.required_columns` is a JSON object. It has for each required column its `type`, and whether the column must \
be NOT NULL (`not_null`) and must have a default (`default`). Both are false where they are not written. `{}` requires \
nothing.

A type that is written without a length stands for every length, and a domain over the type is accepted. An identity, \
a generation expression and the default of a domain count as defaults. The rule checks the final state of the \
transaction.

The rule does not check:

* migration tables (`guardrail.migration_tables`) and foreign tables;
* tables that match `guardrail.required_columns_exempt_tables`;
* partitions, which are reported on their parent only;
* tables that only link rows of other tables: those with two or more foreign keys and no other columns but a primary \
key of their own over one column, required columns and the tenant column. As for `join_table_without_composite_key`, a \
table with a primary key of its own and a foreign key that may be NULL is not one of these, nor is a table whose rows \
are unique by one of the foreign keys alone.

The fix adds the column, with a default where one is required. Existing rows get that default, too: for `created_at`, \
the time of the change. A column that must be NOT NULL but needs no default can only be added to an empty table.",
    setup: "",
    bad: "\
CREATE TABLE orders (
    id bigint CONSTRAINT pk_orders PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now()
);",
    good: "\
CREATE TABLE orders (
    id bigint CONSTRAINT pk_orders PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);",
};

/// The tables that need not have the required columns.
pub static REQUIRED_COLUMNS_EXEMPT_TABLES: TextOption<Patterns> = TextOption {
    name: "required_columns_exempt_tables",
    summary: "Sets the tables that need not have the required columns.",
    details: "A comma-separated list of regular expressions, each matched against the whole name and against \
              schema.name.",
    default: "",
    preset_defaults: &[],
    parse: Patterns::parse,
    mentions: no_mentions,
};

// The causes of the findings: what is wrong with a required column. For a missing one, its name follows.
const MISSING: &str = "missing";
const WRONG_TYPE: &str = "type";
const NULLABLE: &str = "nullable";
const WITHOUT_DEFAULT: &str = "default";

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if !tables::is_local_table(relation) {
        return;
    }
    let start = findings.len();
    for (name, requirement) in &context.option(&REQUIRED_COLUMNS).0 {
        match find_column(relation, name) {
            Some(column) => check_column(column, requirement, relation, context, findings),
            None => {
                let message = format!("table \"{}\" has no column \"{name}\"", relation.name);
                let verdict = |relation: &Relation| match find_column(relation, name) {
                    None if is_exempt(relation, context) => Verdict::NotChecked,
                    None => Verdict::Violates,
                    Some(_) => Verdict::Fine,
                };
                let finding = inheritance::finding_about_table(relation, message, context, verdict);
                findings.extend(finding.map(|finding| finding.with_cause(format!("{MISSING} {name}")).lacking(name)));
            }
        }
    }
    if findings.len() > start && is_exempt(relation, context) {
        findings.truncate(start);
    }
}

fn find_column<'r>(relation: &'r Relation, name: &str) -> Option<&'r Column> {
    relation.columns.iter().find(|column| column.name == name)
}

/// Checks a column against what is required of it.
fn check_column(
    column: &Column,
    requirement: &Requirement,
    relation: &Relation,
    context: &Context<'_>,
    findings: &mut Vec<Finding>,
) {
    for (cause, problem) in problems(column, requirement, relation, context) {
        let heading = format!("required {} ", subjects::describe_column(column, relation));
        let message = format!("{heading}{problem}");
        let baseline_only = inheritance::is_reported_on_parent(column, relation, context, |column, parent| {
            let is_same = |other: &(&str, String)| other.0 == cause;
            tables::is_local_table(parent)
                && problems(column, requirement, parent, context).iter().any(is_same)
                && !is_exempt(parent, context)
        });
        let finding = Finding::column(column, message).with_cause(cause).listed(&heading, &problem);
        findings.push(Finding { baseline_only, ..finding });
    }
}

/// What is wrong with a required column: the cause of the finding, and how its message ends.
fn problems(
    column: &Column,
    requirement: &Requirement,
    relation: &Relation,
    context: &Context<'_>,
) -> Vec<(&'static str, String)> {
    let catalog = context.catalog;
    let required_type = &requirement.data_type;
    let mut problems = Vec::new();
    if !with_base(&column.data_type, catalog).iter().any(|data_type| is_type(data_type, required_type, catalog)) {
        problems.push((WRONG_TYPE, format!("is not of type {required_type}")));
    }
    if requirement.not_null && nulls::may_be_null(column, relation, catalog) {
        problems.push((NULLABLE, "may be null".to_owned()));
    }
    let has_domain_default = || catalog.base_type(column.data_type.oid, column.data_type.modifier).has_default;
    if requirement.default && !column.has_default && !has_domain_default() {
        problems.push((WITHOUT_DEFAULT, "has no default".to_owned()));
    }
    problems
}

fn is_exempt(relation: &Relation, context: &Context<'_>) -> bool {
    context.option(&REQUIRED_COLUMNS_EXEMPT_TABLES).matches_relation(&relation.name)
        || tables::is_migration_table(relation, context)
        || tables::find_join_table_columns(relation, context).is_some()
}

fn fix(finding: &Finding, relation: &Relation, context: &Context<'_>) -> Vec<Edit> {
    finding.parts().filter_map(|part| fix_part(part, relation, context)).collect()
}

/// The column to add in the place of one that leaves a table, where the table must have a column of that name.
pub fn add_again(name: &str, relation: &Relation, context: &Context<'_>) -> Option<NewColumn> {
    if context.settings.level(RULE.id) == Level::Off {
        return None;
    }
    let columns = relation.columns.iter().filter(|column| column.name != name).cloned().collect();
    let without = Relation { columns, ..relation.clone() };
    let mut findings = Vec::new();
    check(&without, context, &mut findings);
    let finding = findings.iter().find(|finding| !finding.baseline_only && finding.lacks.as_deref() == Some(name))?;
    match fix_part(finding, &without, context)? {
        Edit::AddColumn(new) if !new.needs_value => Some(new),
        _ => None,
    }
}

fn fix_part(finding: &Finding, relation: &Relation, context: &Context<'_>) -> Option<Edit> {
    let missing = finding.cause.strip_prefix(MISSING).map(str::trim_start);
    let column = finding.find_column(relation);
    let name = missing.or(column.map(|column| column.name.as_str()))?;
    let requirement = context.option(&REQUIRED_COLUMNS).0.get(name)?;
    let data_type = &requirement.data_type;
    let default = suggest_default(data_type, context);
    if matches!(finding.cause.as_str(), NULLABLE) {
        let filler = default.filter(|_| !column.is_some_and(|column| column.has_default));
        return column.map(|column| Edit::Column(column.number, ColumnEdit::NotNull { filler }));
    }
    if finding.cause != WITHOUT_DEFAULT && context.catalog.resolve_type(data_type).is_none() {
        return Some(Edit::ByHand(format!("Column \"{name}\" needs type \"{data_type}\", which does not exist.")));
    }
    let Some(column) = column else {
        let default = default.filter(|_| requirement.default);
        let needs_value = requirement.not_null && default.is_none();
        let definition = definition(data_type, default, requirement.not_null);
        return Some(Edit::AddColumn(NewColumn { name: name.to_owned(), definition, needs_value }));
    };
    Some(match (finding.cause.as_str(), default) {
        (WRONG_TYPE, default) => {
            let wanted = WantedType::Other(data_type.clone(), convert(column, data_type, default, context));
            Edit::Column(column.number, ColumnEdit::Type(wanted))
        }
        (_, Some(default)) => Edit::Column(column.number, ColumnEdit::Default(default)),
        (_, None) => Edit::ByHand(format!("Give column \"{name}\" a default that fits.")),
    })
}

/// How the values of a column become values of the required type. What PostgreSQL does not cast by itself may mean
/// something else.
fn convert(column: &Column, data_type: &str, default: Option<&'static str>, context: &Context<'_>) -> Conversion {
    let (own, catalog) = (column.data_type.oid, context.catalog);
    let wanted = catalog.resolve_type(data_type).map_or(0, |(oid, _)| oid);
    match own {
        oids::TIMESTAMP | oids::DATE if wanted == oids::TIMESTAMPTZ => Conversion::AsUtc,
        _ if own == wanted || catalog.implicit_cast(own, wanted).is_some() => Conversion::Cast,
        _ => default.map_or(Conversion::Impossible, Conversion::New),
    }
}

/// A default that suits most columns of a type; `None` where there is no such default.
fn suggest_default(data_type: &str, context: &Context<'_>) -> Option<&'static str> {
    let (oid, _) = context.catalog.resolve_type(data_type)?;
    Some(match context.catalog.base_type(oid, -1).oid {
        oids::BOOL => "false",
        oids::INT2 | oids::INT4 | oids::INT8 | oids::FLOAT4 | oids::FLOAT8 | oids::NUMERIC => "0",
        oids::TEXT | oids::BPCHAR | oids::VARCHAR => "''",
        oids::JSON | oids::JSONB => "'{}'",
        oids::DATE => "CURRENT_DATE",
        oids::TIMESTAMP | oids::TIMESTAMPTZ => "now()",
        oids::UUID => "gen_random_uuid()",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Action, AttrNumber, ConstraintKind, Oid, RelationKind};
    use crate::testing::{
        FakeCatalog, Trial, column, constraint, fix_of, foreign_key, messages_of, table, timestamp_column,
    };

    /// The option with one required column, `made`.
    const MADE_IS_REQUIRED: [(&str, &str); 1] =
        [("required_columns", r#"{"made": {"type": "uuid", "not_null": true}}"#)];

    /// A column that is what is required of `created_at` and `updated_at`.
    fn required_column(number: AttrNumber, name: &str) -> Column {
        Column { has_default: true, ..column(number, name, oids::TIMESTAMPTZ) }
    }

    #[test]
    fn everything_that_is_wrong_is_reported() {
        let mut t = table("t", vec![column(1, "id", oids::INT8)]);
        let lacks = |name: &str| format!("table \"public.t\" has no column \"{name}\"");
        assert_eq!(messages_of(&RULE, &t, &[]), [lacks("created_at"), lacks("updated_at")]);
        t.columns.extend([required_column(2, "created_at"), required_column(3, "updated_at")]);
        assert!(messages_of(&RULE, &t, &[]).is_empty());
        t.columns[1] = Column { not_null: false, ..timestamp_column(2, "created_at") };
        let problems = ["is not of type timestamp with time zone", "may be null", "has no default"];
        let expected =
            problems.map(|problem| format!("required column \"created_at\" of table \"public.t\" {problem}"));
        assert_eq!(messages_of(&RULE, &t, &[]), expected);
        let merged = Finding::merge_listed(Trial::of(&RULE, &[]).findings(&t));
        let [all] = merged.as_slice() else { panic!("{merged:?}") };
        let [of_type, null, default] = problems;
        assert!(all.message.ends_with(&format!(" {of_type}, {null} and {default}")), "{}", all.message);
        assert_eq!(messages_of(&RULE, &t, &MADE_IS_REQUIRED), [lacks("made")]);
        assert!(messages_of(&RULE, &t, &[("required_columns", "{}")]).is_empty());
    }

    #[test]
    fn a_domain_may_have_the_default() {
        const DOMAIN: Oid = 17000;
        let required = [("required_columns", r#"{"made": {"type": "boolean", "default": true}}"#)];
        let made = |data_type| table("t", vec![column(1, "made", data_type)]);
        let catalog = FakeCatalog::new().domain(DOMAIN, oids::BOOL, false, true);
        let rule = Trial::of(&RULE, &required).in_catalog(catalog);
        assert!(rule.messages(&made(DOMAIN)).is_empty());
        assert_eq!(rule.messages(&made(oids::BOOL)).len(), 1);
    }

    #[test]
    fn some_tables_are_exempt() {
        const FOREIGN_KEY: Oid = 7;
        const OTHER_FOREIGN_KEY: Oid = 8;
        const PRIMARY_KEY: Oid = 9;
        let t = table("t", vec![column(1, "a", oids::INT8), column(2, "b", oids::INT8)]);
        for (option, value) in [("migration_tables", "t"), ("required_columns_exempt_tables", r"public\.t")] {
            assert!(messages_of(&RULE, &t, &[(option, value)]).is_empty(), "{option}");
        }
        assert!(messages_of(&RULE, &Relation { kind: RelationKind::ForeignTable, ..t.clone() }, &[]).is_empty());
        let of_parent = Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().parent(t.clone()));
        assert!(of_parent.messages(&Relation { is_partition: true, ..t.clone() }).is_empty());
        let mut join_table = t.clone();
        join_table.constraints = vec![
            foreign_key(FOREIGN_KEY, "fk_a", &[1], Action::Cascade),
            foreign_key(OTHER_FOREIGN_KEY, "fk_b", &[2], Action::Cascade),
            constraint(PRIMARY_KEY, "pk", ConstraintKind::PrimaryKey, &[1, 2]),
        ];
        assert!(messages_of(&RULE, &join_table, &[]).is_empty());
        join_table.constraints.remove(1);
        assert_eq!(messages_of(&RULE, &join_table, &[]).len(), 2);
    }

    #[test]
    fn each_problem_has_its_fix() {
        let mut t = table("t", vec![column(1, "id", oids::INT8)]);
        let alter = "ALTER TABLE public.t";
        let added = |options: &[(&str, &str)]| fix_of(&RULE, &t, options, false).lines().next().map(str::to_owned);
        let definition = "created_at timestamp with time zone DEFAULT now() NOT NULL";
        assert_eq!(added(&[]), Some(format!("{alter} ADD COLUMN {definition};")));
        assert_eq!(added(&MADE_IS_REQUIRED), Some(format!("{alter} ADD COLUMN made uuid NOT NULL;")));
        t.columns.push(required_column(3, "updated_at"));
        t.columns.push(Column { not_null: false, ..timestamp_column(2, "created_at") });
        let rule = Trial::of(&RULE, &[]);
        let merged = Finding::merge_listed(rule.findings(&t)).remove(0);
        let parts = [
            "TYPE timestamp with time zone USING created_at AT TIME ZONE 'UTC';",
            "SET NOT NULL;",
            "SET DEFAULT now();",
        ];
        let fix = parts.map(|part| format!("{alter} ALTER COLUMN created_at {part}")).join("\n");
        assert_eq!(rule.fix_of(&merged, &t, false), fix);
    }
}
