//! The length of strings must be bounded, except in columns for prose.

use super::disallowed_primary_key_type;
use crate::facts::{AttrNumber, Column, ConstraintKind, Relation, oids};
use crate::predicates::{inheritance, references, subjects, tables};
use crate::rule::{Check, ColumnEdit, Context, Conversion, Edit, Finding, Levels, Moment, Rule, WantedType};
use crate::settings::parse::patterns::Patterns;
use crate::settings::shared::MIGRATION_TABLES;
use crate::settings::{TextOption, no_mentions};

pub static RULE: Rule = Rule {
    id: "unbounded_string",
    summary: "a varchar column without a length, or a text column without a check that bounds its length",
    reason: "A caller can store up to a gigabyte in it, which then breaks every index, export and screen that expects \
             a short text.",
    moment: Moment::Commit,
    check: Check::Relation(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&UNBOUNDED_STRING_EXEMPT, &MIGRATION_TABLES],
    explanation: "\
The rule checks the final state of the transaction, so a later statement of it may add the check.

A check bounds the length of a `text` or `varchar` column when one of its conditions, alone or joined with others by \
AND, does one of these:

* It compares `length`, `char_length` or `octet_length` of the column with an upper limit.
* It lists the lengths or the values that the column may have.
* It matches the column against a regular expression that begins with `^`, ends with `$` and has no unlimited \
repetition.

`… OR column IS NULL` makes no difference. A check that is NOT VALID counts, since PostgreSQL applies it to new rows; \
`constraint_not_validated` reports that it is not validated. A check that is NOT ENFORCED (PostgreSQL 18) does not \
count.

The rule does not check:

* columns whose names match `guardrail.unbounded_string_exempt`, by default names for prose, such as `notes` and \
`error_message`;
* columns over a domain, which is where their bounds belong;
* arrays and columns of other types;
* columns of a foreign key to another column that is checked, since that column bounds their values;
* generated columns;
* foreign tables and migration tables (`guardrail.migration_tables`);
* columns that a partition or an inheritance child inherits from a parent in which they are unbounded, too: the parent \
is reported. A check that the parent has for itself alone (NO INHERIT) does not count for the child.

The fix limits the column to 255 characters; put your own limit in its place.",
    setup: "",
    bad: "CREATE TABLE customers (id bigint CONSTRAINT pk_customers PRIMARY KEY, name text NOT NULL);",
    good: "\
CREATE TABLE customers (
    id bigint CONSTRAINT pk_customers PRIMARY KEY,
    name text NOT NULL CONSTRAINT ck_customers_name CHECK (char_length(name) <= 200),
    city character varying(100) NOT NULL,
    notes text NOT NULL
);",
};

/// The names of columns for prose.
pub static UNBOUNDED_STRING_EXEMPT: TextOption<Patterns> = TextOption {
    name: "unbounded_string_exempt",
    summary: "Sets the names of columns whose strings may have any length.",
    details: "A comma-separated list of regular expressions, each matched against the whole name.",
    default: "(.*_)?(description|note|body|content|comment|text|message|summary|bio|biography|about|detail|remark|\
              reason|explanation|instruction|abstract|transcript|markdown|html)s?(_(html|markdown|plain|raw))?",
    preset_defaults: &[],
    parse: Patterns::parse,
    mentions: no_mentions,
};

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let is_violation = |column: &Column, relation: &Relation| is_violation(column, relation, context);
    for column in relation.columns.iter().filter(|column| is_violation(column, relation)) {
        let problem = match column.data_type.oid {
            oids::TEXT => "is text without a check that bounds its length",
            _ => "is varchar without a length",
        };
        let message = format!("{} {problem}", subjects::describe_column(column, relation));
        let finding = Finding::column(column, message).with_data_type(column.data_type.oid);
        let baseline_only = inheritance::is_reported_on_parent(column, relation, context, is_violation);
        findings.push(Finding { baseline_only, ..finding });
    }
}

/// Whether a column is unbounded and has no reason to be.
fn is_violation(column: &Column, relation: &Relation, context: &Context<'_>) -> bool {
    let data_type = &column.data_type;
    let is_prose = |name: &str| context.option(&UNBOUNDED_STRING_EXEMPT).matches(name);
    let is_checked =
        |(table, number)| !context.catalog.column_names(table, &[number]).iter().any(|name| is_prose(name));
    (data_type.oid == oids::TEXT || (data_type.oid == oids::VARCHAR && data_type.modifier == -1))
        && tables::is_local_table(relation)
        && !column.generated
        && !is_prose(&column.name)
        && !is_bounded(column.number, relation, context)
        && !references::refers_to_checked_column(column, relation, context, is_checked)
        && !tables::is_migration_table(relation, context)
}

/// Whether a check bounds the length of the column.
fn is_bounded(number: AttrNumber, relation: &Relation, context: &Context<'_>) -> bool {
    relation.constraints.iter().any(|constraint| {
        constraint.kind == ConstraintKind::Check
            && constraint.enforced
            && constraint.columns.contains(&number)
            && context.catalog.check_shape(constraint.oid).bounds_length.contains(&number)
    })
}

/// The limit that the fix suggests, in characters.
const LIMIT: u32 = 255;

/// A check does for both types, and it can be made whatever uses the column.
fn fix(finding: &Finding, relation: &Relation, context: &Context<'_>) -> Vec<Edit> {
    let Some(column) = finding.find_column(relation) else { return Vec::new() };
    // The type that another rule asks for in a key is bounded as well; any other one would be reported by that rule.
    if let Some(edits) = disallowed_primary_key_type::convert_disallowed(column, relation, context) {
        return edits;
    }
    let check = Edit::AddLengthCheck { column: column.number, limit: LIMIT };
    if column.data_type.oid == oids::TEXT {
        return vec![check];
    }
    let wanted = WantedType::Other(format!("character varying({LIMIT})"), Conversion::Shorten);
    vec![Edit::OneOf(vec![Edit::Column(column.number, ColumnEdit::Type(wanted)), check])]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Action, CheckShape, Oid, RelationKind};
    use crate::testing::{FakeCatalog, Trial, column, constraint, fix_of, foreign_key, messages_of, table};

    fn with_column(name: &str, data_type: Oid) -> Relation {
        table("t", vec![column(1, name, data_type)])
    }

    #[test]
    fn a_key_gets_the_type_that_keys_must_have() {
        let mut t = table("t", vec![column(1, "id", oids::VARCHAR)]);
        t.constraints.push(constraint(1, "pk_t", ConstraintKind::PrimaryKey, &[1]));
        let text = fix_of(&RULE, &t, &[], false);
        assert!(text.contains("character varying(36)"), "{text}");
    }

    #[test]
    fn strings_need_a_bound() {
        let t =
            table("t", vec![column(1, "a", oids::TEXT), column(2, "b", oids::VARCHAR), column(3, "c", oids::BPCHAR)]);
        assert_eq!(
            messages_of(&RULE, &t, &[]),
            [
                "column \"a\" of table \"public.t\" is text without a check that bounds its length",
                "column \"b\" of table \"public.t\" is varchar without a length",
            ]
        );
        const OF_LENGTH_36: i32 = 40;
        let mut t = with_column("a", oids::VARCHAR);
        t.columns[0].data_type.modifier = OF_LENGTH_36;
        assert!(messages_of(&RULE, &t, &[]).is_empty());
    }

    #[test]
    fn a_check_may_bound_it() {
        const CHECK: Oid = 9;
        let mut t = table("t", vec![column(1, "a", oids::TEXT), column(2, "b", oids::TEXT)]);
        t.constraints.push(constraint(CHECK, "ck", ConstraintKind::Check, &[1, 2]));
        assert_eq!(messages_of(&RULE, &t, &[]).len(), 2, "a check of something else");
        let bounds_a = CheckShape { bounds_length: vec![1], ..CheckShape::default() };
        let rule = Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().check(CHECK, bounds_a));
        let about_b = ["column \"b\" of table \"public.t\" is text without a check that bounds its length"];
        assert_eq!(rule.messages(&t), about_b);
        t.constraints[0].enforced = false;
        assert_eq!(rule.messages(&t).len(), 2, "a check that is NOT ENFORCED");
    }

    #[test]
    fn columns_for_prose_are_exempt() {
        for name in ["description", "notes", "body", "error_message", "body_html", "comments", "details"] {
            assert!(messages_of(&RULE, &with_column(name, oids::TEXT), &[]).is_empty(), "{name}");
        }
        for name in ["name", "content_type", "message_id", "notebook", "context"] {
            assert_eq!(messages_of(&RULE, &with_column(name, oids::TEXT), &[]).len(), 1, "{name}");
        }
        assert_eq!(
            messages_of(&RULE, &with_column("body", oids::TEXT), &[("unbounded_string_exempt", "name")]).len(),
            1
        );
        assert!(
            messages_of(&RULE, &with_column("name", oids::TEXT), &[("unbounded_string_exempt", "name")]).is_empty()
        );
    }

    #[test]
    fn some_tables_and_columns_are_exempt() {
        let t = with_column("a", oids::TEXT);
        assert!(messages_of(&RULE, &Relation { kind: RelationKind::ForeignTable, ..t.clone() }, &[]).is_empty());
        assert!(messages_of(&RULE, &t, &[("migration_tables", "t")]).is_empty());
        let mut generated = t.clone();
        generated.columns[0].generated = true;
        assert!(messages_of(&RULE, &generated, &[]).is_empty());
        const FOREIGN_KEY: Oid = 7;
        let mut referencing = t;
        referencing.constraints.push(foreign_key(FOREIGN_KEY, "fk", &[1], Action::Cascade));
        assert!(messages_of(&RULE, &referencing, &[]).is_empty());
    }

    #[test]
    fn the_fix_sets_a_limit() {
        let fix = |data_type| fix_of(&RULE, &with_column("a", data_type), &[], false);
        let add = "ALTER TABLE public.t ADD CONSTRAINT ck_t_a_length CHECK (char_length(a) <= 255);";
        assert_eq!(fix(oids::TEXT), add);
        assert_eq!(fix(oids::VARCHAR), "ALTER TABLE public.t ALTER COLUMN a TYPE character varying(255);");
    }
}
