//! Where a check only lists the strings that a column may have, the column should be of an enum type.

use crate::facts::{Column, ConstraintKind, Oid, QualifiedName, Relation, oids};
use crate::fix;
use crate::predicates::tables;
use crate::rule::{Check, Context, Finding, FixContext, Levels, Moment, Rule};
use crate::settings::shared::MIGRATION_TABLES;
use crate::sql::{MAX_NAME_BYTES, literal, quote, quote_qualified, suggest_name};

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

/// The types of strings that an enum can replace.
const STRINGS: [Oid; 3] = [oids::TEXT, oids::BPCHAR, oids::VARCHAR];

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if !tables::keeps_rows(relation) {
        return;
    }
    for constraint in relation.constraints.iter().filter(|c| c.kind == ConstraintKind::Check && c.columns.len() == 1) {
        let Some((column, _)) = listed(constraint.oid, relation, context.catalog) else { continue };
        if tables::is_tools_own(relation, context) {
            continue;
        }
        let message = format!(
            "check constraint \"{}\" of table \"{}\" only lists the strings of column \"{}\"",
            constraint.name, relation.name, column.name
        );
        findings.push(Finding::constraint(constraint, message).with_fix_that_removes_it());
    }
}

/// The column and the strings that a check lists, where an enum could take their place.
fn listed<'r>(
    constraint: Oid,
    relation: &'r Relation,
    catalog: &dyn crate::rule::Catalog,
) -> Option<(&'r Column, Vec<String>)> {
    let (number, all) = catalog.check_shape(constraint).lists_strings?;
    let mut strings: Vec<String> = Vec::new();
    for string in all {
        if !strings.contains(&string) {
            strings.push(string);
        }
    }
    let column = relation.column(number).filter(|column| !column.generated)?;
    let base = catalog.base_type(column.data_type.oid, column.data_type.modifier).oid;
    let can_be_labels = strings.len() >= 2 && strings.iter().all(|string| string.len() <= MAX_NAME_BYTES);
    (can_be_labels && STRINGS.contains(&base)).then_some((column, strings))
}

fn fix(finding: &Finding, context: &FixContext<'_>) -> String {
    let (relation, catalog) = (context.relation, context.base.catalog);
    let Some(constraint) = finding.find_constraint(relation) else { return String::new() };
    let Some((column, strings)) = listed(constraint.oid, relation, catalog) else { return String::new() };
    let (alter, name) = (fix::alter(relation), quote(&column.name));

    let schema = &relation.name.schema;
    let type_name = suggest_name(&[&relation.name.name, &column.name], |name| {
        catalog.resolve_type(&quote_qualified(&QualifiedName::new(schema, name))).is_some()
    });
    let enum_type = quote_qualified(&QualifiedName::new(schema, type_name));
    let labels: Vec<String> = strings.iter().map(|string| literal(string)).collect();
    let create = format!("CREATE TYPE {enum_type} AS ENUM ({});", labels.join(", "));
    let default = catalog.column_default(relation.oid, column.number).map(|default| convert(&default, &enum_type));

    let is_old = context.before.is_none_or(|before| before.column(column.number).is_some());
    if context.refused && !is_old {
        let default = default.map_or(String::new(), |default| format!(" DEFAULT {default}"));
        let not_null = if column.not_null { " NOT NULL" } else { "" };
        return format!("{create} {alter}ADD COLUMN {name} {enum_type}{default}{not_null};");
    }
    let mut changes = Vec::new();
    if !context.refused {
        changes.push(format!("DROP CONSTRAINT {}", quote(&constraint.name)));
    }
    // PostgreSQL converts a default only where it needs not be told how.
    if default.is_some() {
        changes.push(format!("ALTER COLUMN {name} DROP DEFAULT"));
    }
    changes.push(format!("ALTER COLUMN {name} TYPE {enum_type} USING {name}::text::{enum_type}"));
    changes.extend(default.map(|default| format!("ALTER COLUMN {name} SET DEFAULT {default}")));
    format!("{create} {alter}{};", changes.join(", "))
}

/// A default of a string as one of an enum: `'new'::text` as `'new'::public.orders_status`.
fn convert(default: &str, enum_type: &str) -> String {
    match string_constant(default) {
        Some(constant) => format!("{constant}::{enum_type}"),
        None => format!("({default})::text::{enum_type}"),
    }
}

/// The constant, quotes and all, if a default is nothing but a constant with its type.
fn string_constant(default: &str) -> Option<&str> {
    let inner = default.strip_prefix('\'')?;
    let mut chars = inner.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        // A doubled quote is part of the string.
        if c == '\'' && chars.next_if(|(_, next)| *next == '\'').is_none() {
            let (constant, rest) = default.split_at(at + 2);
            let is_type = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '(' | ')' | '"' | '.');
            return rest.strip_prefix("::")?.chars().all(is_type).then_some(constant);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{CheckShape, RelationKind};
    use crate::testing::{FakeCatalog, Trial, column, constraint, table};

    const CHECK: Oid = 9;
    const DOMAIN_OVER_TEXT: Oid = 17000;

    /// A table whose column 1 has a check.
    fn checked(column: Column) -> Relation {
        let mut t = table("t", vec![column]);
        t.constraints.push(constraint(CHECK, "ck_t", ConstraintKind::Check, &[1]));
        t
    }

    /// The rule, where the check lists these strings for column 1.
    fn listing(strings: &[&str], options: &[(&str, &str)]) -> Trial<'static> {
        let strings = strings.iter().map(|string| (*string).to_owned()).collect();
        let shape = CheckShape { lists_strings: Some((1, strings)), ..CheckShape::default() };
        let catalog = FakeCatalog::new().check(CHECK, shape).domain(DOMAIN_OVER_TEXT, oids::TEXT, false, false);
        Trial::of(&RULE, options).in_catalog(catalog)
    }

    #[test]
    fn a_list_of_strings_is_a_violation() {
        const NAME: Oid = 19;
        let status = |data_type| checked(column(1, "status", data_type));
        let rule = listing(&["a", "b"], &[]);
        let expected = ["check constraint \"ck_t\" of table \"public.t\" only lists the strings of column \"status\""];
        assert_eq!(rule.messages(&status(oids::TEXT)), expected);
        assert_eq!(rule.messages(&status(DOMAIN_OVER_TEXT)), expected);
        assert!(rule.messages(&status(NAME)).is_empty(), "of type name");
        assert!(listing(&["a"], &[]).messages(&status(oids::TEXT)).is_empty(), "a single string");
        assert!(Trial::of(&RULE, &[]).messages(&status(oids::TEXT)).is_empty(), "the check says something else");
    }

    #[test]
    fn what_is_not_judged() {
        let rule = listing(&["a", "b"], &[]);
        let t = checked(column(1, "status", oids::TEXT));
        assert!(rule.messages(&Relation { kind: RelationKind::ForeignTable, ..t.clone() }).is_empty());
        assert!(listing(&["a", "b"], &[("migration_tables", "t")]).messages(&t).is_empty());
        let generated = Column { generated: true, ..column(1, "status", oids::TEXT) };
        assert!(rule.messages(&checked(generated)).is_empty());
        let mut inherited = t;
        inherited.constraints[0].inherited = true;
        assert!(rule.messages(&inherited).is_empty());
    }

    #[test]
    fn the_fix_makes_an_enum() {
        let rule = listing(&["a", "b"], &[]);
        let t = checked(column(1, "status", oids::TEXT));
        let create = "CREATE TYPE public.t_status AS ENUM ('a', 'b'); ALTER TABLE public.t";
        let convert = "ALTER COLUMN status TYPE public.t_status USING status::text::public.t_status";
        assert_eq!(rule.fix(&t, false), format!("{create} DROP CONSTRAINT ck_t, {convert};"));
        assert_eq!(rule.fix(&t, true), format!("{create} {convert};"));
    }

    #[test]
    fn a_default_is_converted() {
        assert_eq!(convert("'it''s'::character varying(9)", "e"), "'it''s'::e");
        assert_eq!(convert("lower('A'::text)", "e"), "(lower('A'::text))::text::e");
        assert_eq!(convert("('a'::text || 'b'::text)", "e"), "(('a'::text || 'b'::text))::text::e");
        assert_eq!(convert("'a'::text || 'b'::text", "e"), "('a'::text || 'b'::text)::text::e");
    }
}
