//! Where a check only lists the strings that a column may have, the column should be of an enum type.

use std::collections::HashSet;

use crate::facts::{Column, ConstraintKind, Oid, Relation};
use crate::fix::key;
use crate::predicates::types::STRING_TYPES;
use crate::predicates::{subjects, tables};
use crate::rule::{Catalog, Check, ColumnEdit, Context, Edit, Finding, Levels, Moment, Object, Rule};
use crate::settings::shared::MIGRATION_TABLES;
use crate::sql::{MAX_NAME_BYTES, quote};

pub static RULE: Rule = Rule {
    id: "check_instead_of_enum",
    summary: "a check that only lists the strings a column may have",
    reason: "To allow another value, the check must be dropped and made again, which scans the whole table; and every \
             other table with such a column has its own list.",
    moment: Moment::Statement,
    check: Check::Relation(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&MIGRATION_TABLES],
    explanation: "\
A check violates the rule when it does nothing but list two or more strings for one column of type `text`, `varchar` \
or `char`, or of a domain over one of these: `status IN ('new', 'paid')`, `status = ANY (…)`, `status = 'new' OR \
status = 'paid'`. Adding `… OR status IS NULL` makes no difference.

A check is not a violation when it tests anything else as well, when it allows only a single string, or when one of \
its strings is longer than the 63 bytes that the label of an enum can have. A list that a table already had may be \
changed if the check keeps its name.

The rule does not check:

* checks of domains;
* checks on generated columns;
* checks of foreign tables;
* migration tables (`guardrail.migration_tables`);
* checks that a partition or an inheritance child inherits from its parent.

The fix creates an enum from the list and changes the column and its default to that type. Indexes and other checks \
that compare the column with strings have to be recreated.",
    setup: "",
    bad: "\
CREATE TABLE orders (
    id bigint CONSTRAINT pk_orders PRIMARY KEY,
    status text NOT NULL CONSTRAINT ck_orders_status CHECK (status IN ('new', 'paid'))
);",
    good: "\
CREATE TYPE order_status AS ENUM ('new', 'paid');
CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, status order_status NOT NULL);",
};

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if !tables::is_local_table(relation) {
        return;
    }
    for constraint in relation.constraints.iter().filter(|constraint| constraint.kind == ConstraintKind::Check) {
        if constraint.columns.len() != 1 {
            continue;
        }
        let Some((column, _)) = find_list(constraint.oid, relation, context.catalog) else { continue };
        if tables::is_migration_table(relation, context) {
            continue;
        }
        let subject = subjects::describe_constraint(constraint, relation);
        let message = format!("{subject} only lists the strings of column \"{}\"", column.name);
        findings.push(Finding::constraint(constraint, message));
    }
}

/// The column of a check and the strings that it lists, without repetitions; `None` where the check does anything else,
/// or where an enum cannot replace it.
fn find_list<'r>(constraint: Oid, relation: &'r Relation, catalog: &dyn Catalog) -> Option<(&'r Column, Vec<String>)> {
    let shape = catalog.check_shape(constraint);
    let (number, listed) = shape.lists_strings.as_ref()?;
    let mut known = HashSet::new();
    let strings: Vec<String> = listed.iter().filter(|string| known.insert(*string)).cloned().collect();
    let column = relation.column(*number).filter(|column| !column.generated)?;
    let base = catalog.base_type(column.data_type.oid, column.data_type.modifier).oid;
    let can_be_labels = strings.len() >= 2 && strings.iter().all(|string| string.len() <= MAX_NAME_BYTES);
    (can_be_labels && STRING_TYPES.contains(&base)).then_some((column, strings))
}

fn fix(finding: &Finding, relation: &Relation, context: &Context<'_>) -> Vec<Edit> {
    let list = finding.find_constraint(relation).and_then(|check| find_list(check.oid, relation, context.catalog));
    let in_key = |column: &Column| relation.primary_key().is_some_and(|key| key.columns.contains(&column.number));
    let to_enum = |(column, labels): (&Column, _)| match finding.object {
        _ if in_key(column) && key::has_allowed_types(context) => {
            let column = quote(&column.name);
            vec![Edit::ByHand(format!("Take {column} out of the primary key first, which must not be over an enum."))]
        }
        Object::Constraint { oid: check, .. } => vec![Edit::Column(column.number, ColumnEdit::Enum { labels, check })],
        _ => Vec::new(),
    };
    list.map(to_enum).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{CheckShape, RelationKind, oids};
    use crate::testing::{FakeCatalog, Trial, column, constraint, table};

    const CHECK: Oid = 9;
    const DOMAIN_OVER_TEXT: Oid = 17000;

    /// A table with this column 1 and a check over it.
    fn with_check(column: Column) -> Relation {
        let mut t = table("t", vec![column]);
        t.constraints.push(constraint(CHECK, "ck_t", ConstraintKind::Check, &[1]));
        t
    }

    /// The rule, in a catalog where the check lists these strings for column 1.
    fn with_list(strings: &[&str], options: &[(&str, &str)]) -> Trial<'static> {
        let strings = strings.iter().map(|string| (*string).to_owned()).collect();
        let shape = CheckShape { lists_strings: Some((1, strings)), ..CheckShape::default() };
        let catalog = FakeCatalog::new().check(CHECK, shape).domain(DOMAIN_OVER_TEXT, oids::TEXT, false, false);
        Trial::of(&RULE, options).in_catalog(catalog)
    }

    #[test]
    fn a_list_of_strings_is_a_violation() {
        const NAME: Oid = 19;
        let status = |data_type| with_check(column(1, "status", data_type));
        let rule = with_list(&["a", "b"], &[]);
        let expected = ["check constraint \"ck_t\" of table \"public.t\" only lists the strings of column \"status\""];
        assert_eq!(rule.messages(&status(oids::TEXT)), expected);
        assert_eq!(rule.messages(&status(DOMAIN_OVER_TEXT)), expected);
        assert!(rule.messages(&status(NAME)).is_empty(), "of type name");
        assert!(with_list(&["a"], &[]).messages(&status(oids::TEXT)).is_empty(), "a single string");
        assert!(Trial::of(&RULE, &[]).messages(&status(oids::TEXT)).is_empty(), "the check does something else");
    }

    #[test]
    fn some_tables_and_columns_are_exempt() {
        let rule = with_list(&["a", "b"], &[]);
        let t = with_check(column(1, "status", oids::TEXT));
        assert!(rule.messages(&Relation { kind: RelationKind::ForeignTable, ..t.clone() }).is_empty());
        assert!(with_list(&["a", "b"], &[("migration_tables", "t")]).messages(&t).is_empty());
        let generated = Column { generated: true, ..column(1, "status", oids::TEXT) };
        assert!(rule.messages(&with_check(generated)).is_empty());
        let mut inherited = t;
        inherited.constraints[0].inherited = true;
        assert!(rule.messages(&inherited).is_empty());
    }

    #[test]
    fn the_fix_is_an_enum() {
        let t = with_check(column(1, "status", oids::TEXT));
        let labels = vec!["a".to_owned(), "b".to_owned()];
        let edits = [Edit::Column(1, ColumnEdit::Enum { labels, check: CHECK })];
        assert_eq!(with_list(&["a", "b"], &[]).edits(&t), edits);
    }
}
