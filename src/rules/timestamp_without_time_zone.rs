//! Columns, domains and composite types must not use timestamp without time zone.

use crate::facts::{Column, QualifiedName, Relation, RelationKind, TypeShape, oids};
use crate::predicates::tables;
use crate::rule::{Check, Context, Finding, FixContext, Levels, Moment, Rule};
use crate::settings::Level;
use crate::settings::shared::MIGRATION_TABLES;
use crate::{fix, sql};

pub static RULE: Rule = Rule {
    id: "timestamp_without_time_zone",
    summary: "a column, domain or composite type over timestamp without time zone",
    reason: "The value does not say which moment it means: it is read differently wherever the session's or the \
             server's time zone differs.",
    moment: Moment::Statement,
    check: Check::Relation(check),
    fix,
    levels: Levels { rails: Level::Warning, ..Levels::CORE },
    options: &[&MIGRATION_TABLES],
    explanation: "\
A column violates the rule when its type is `timestamp without time zone` or is made of it: as the element of an \
array, as the bound of a range or multirange, through a domain (of domains), or as a field of a composite type. A \
domain or a composite type over it is a violation of its own when it is created or altered. Altering a composite type \
also checks the tables that use it.

The rule does not check `time with time zone`. Columns that a partition or an inheritance child inherits are reported \
on the parent only. Migration tables (`guardrail.migration_tables`) are not checked, since the migration tools choose \
their types.

Rails makes `timestamp` columns for `t.datetime` and `t.timestamps` by default, so under its preset the rule is a \
warning. `ActiveSupport.on_load(:active_record_postgresqladapter) { self.datetime_type = :timestamptz }` in an \
initializer makes Rails use `timestamptz` (Rails 7.0 and later); from then on the rule can be set to `error`. Django \
always uses `timestamptz`.

The fix reads existing values as UTC; replace that with your own time zone where they are not.",
    setup: "",
    bad: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, created_at timestamp NOT NULL);",
    good: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, created_at timestamptz NOT NULL);",
};

const NAIVE: &str = "timestamp without time zone";
const AWARE: &str = "timestamp with time zone";

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if tables::is_tools_own(relation, context) {
        return;
    }
    for column in relation.columns.iter().filter(|column| column.data_type.contains(oids::TIMESTAMP)) {
        let relation_name = &relation.name;
        let subject = match relation.kind {
            RelationKind::Domain => format!("domain \"{relation_name}\""),
            RelationKind::CompositeType => format!("attribute \"{}\" of type \"{relation_name}\"", column.name),
            _ => format!("column \"{}\" of table \"{relation_name}\"", column.name),
        };
        let verb = if column.data_type.oid == oids::TIMESTAMP { "is of type" } else { "is of a type made of" };
        let verb = if relation.kind == RelationKind::Domain { "is over" } else { verb };
        let message = format!("{subject} {verb} {NAIVE}");
        findings.push(Finding::column(column, message).with_data_type(column.data_type.oid));
    }
}

fn fix(finding: &Finding, context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let Some(column) = finding.find_column(relation) else { return String::new() };
    let shape = context.base.catalog.type_shape(column.data_type.oid, column.data_type.modifier);
    let mut statements = Vec::new();
    let mended = mend(&shape, context, &mut statements);
    statements.push(match relation.kind {
        RelationKind::Domain => return recreate_domain(&mended, context),
        RelationKind::CompositeType => change_attribute(column, &mended, context),
        _ => change_column(column, &shape, &mended, context),
    });
    statements.join(" ")
}

fn recreate_domain(base: &str, context: &FixContext<'_>) -> String {
    let name = sql::quote_qualified(&context.relation.name);
    let is_new = context.refused && context.before.is_none();
    let drop = if is_new { String::new() } else { format!("DROP DOMAIN {name}; ") };
    format!("{drop}CREATE DOMAIN {name} AS {base}{};", context.base.catalog.domain_clauses(context.relation.oid))
}

fn change_attribute(column: &Column, mended: &str, context: &FixContext<'_>) -> String {
    let (alter, name) = (fix::alter(context.relation), sql::quote(&column.name));
    if context.refused && !was_there(column, context) {
        return format!("{alter}ADD ATTRIBUTE {name} {mended} CASCADE;");
    }
    format!("{alter}ALTER ATTRIBUTE {name} TYPE {mended} CASCADE;")
}

fn change_column(column: &Column, shape: &TypeShape, mended: &str, context: &FixContext<'_>) -> String {
    let (alter, name) = (fix::alter(context.relation), sql::quote(&column.name));
    let old_type = context.before.and_then(|before| before.column(column.number)).map(|old| old.data_type.oid);
    if context.refused && old_type.is_none() {
        return format!("{alter}{};", fix::add_column(column, mended, context));
    }
    // A refused move leaves the column as it was; a refused change of type leaves it with its old type.
    let is_there = !context.refused || old_type == Some(column.data_type.oid);
    let value = match shape {
        _ if context.relation.kind == RelationKind::ForeignTable => String::new(),
        TypeShape::Scalar { .. } if is_there => format!(" USING {name} AT TIME ZONE 'UTC'"),
        TypeShape::Domain { base } if is_there && is_naive(base) => {
            format!(" USING {name}::timestamp AT TIME ZONE 'UTC'")
        }
        _ => format!(" USING {name}::text::{mended}"),
    };
    format!("{alter}ALTER COLUMN {name} TYPE {mended}{value};")
}

fn was_there(column: &Column, context: &FixContext<'_>) -> bool {
    context.before.is_some_and(|before| before.column(column.number).is_some())
}

fn is_naive(shape: &TypeShape) -> bool {
    matches!(shape, TypeShape::Scalar { oid: oids::TIMESTAMP, .. })
}

/// The same type with time zones, as SQL. Composite types that have to be made first are put into `statements`.
fn mend(shape: &TypeShape, context: &FixContext<'_>, statements: &mut Vec<String>) -> String {
    match shape {
        TypeShape::Scalar { oid: oids::TIMESTAMP, sql } => sql.replace("without", "with"),
        TypeShape::Scalar { sql, .. } => sql.clone(),
        TypeShape::Array(element) => format!("{}[]", mend(element, context, statements)),
        TypeShape::Range { subtype } if is_naive(subtype) => "tstzrange".to_owned(),
        TypeShape::Multirange { subtype } if is_naive(subtype) => "tstzmultirange".to_owned(),
        // A range over something that is itself made of timestamps cannot be named; its subtype is what to mend.
        TypeShape::Range { .. } | TypeShape::Multirange { .. } => AWARE.to_owned(),
        TypeShape::Domain { base } => mend(base, context, statements),
        TypeShape::Composite { name, attributes } => {
            let attributes: Vec<String> = attributes
                .iter()
                .map(|(name, shape)| format!("{} {}", sql::quote(name), mend(shape, context, statements)))
                .collect();
            let new = sql::suggest_name(&[&name.name, "tz"], |taken| {
                context.base.catalog.relation_exists(&QualifiedName::new(&name.schema, taken))
            });
            let new = sql::quote_qualified(&QualifiedName::new(&name.schema, new));
            statements.push(format!("CREATE TYPE {new} AS ({});", attributes.join(", ")));
            new
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::DataType;
    use crate::testing::{column, findings, fix_of, table, timestamp_column};

    #[test]
    fn columns_of_the_type_and_made_of_it() {
        let array = DataType { oid: 1115, modifier: -1, parts: [oids::TIMESTAMP].into() };
        let t = table(
            "t",
            vec![
                timestamp_column(1, "at"),
                Column { data_type: array, ..column(2, "ats", 0) },
                column(3, "ok", oids::TIMESTAMPTZ),
            ],
        );
        assert_eq!(
            findings(&RULE, &t, &[]),
            [
                "column \"at\" of table \"public.t\" is of type timestamp without time zone",
                "column \"ats\" of table \"public.t\" is of a type made of timestamp without time zone",
            ]
        );
    }

    #[test]
    fn migration_tools_choose_the_types_of_their_own_tables() {
        let options = [("migration_tables", "log")];
        let log = table("log", vec![timestamp_column(1, "at")]);
        assert!(findings(&RULE, &log, &options).is_empty());
        let mut composite = log;
        composite.kind = RelationKind::CompositeType;
        assert_eq!(findings(&RULE, &composite, &options).len(), 1);
    }

    #[test]
    fn domains_and_composite_types() {
        let mut domain = table("d", vec![timestamp_column(0, "VALUE")]);
        domain.kind = RelationKind::Domain;
        assert_eq!(findings(&RULE, &domain, &[]), ["domain \"public.d\" is over timestamp without time zone"]);
        assert_eq!(
            fix_of(&RULE, &domain, &[], false),
            "DROP DOMAIN public.d; CREATE DOMAIN public.d AS timestamp with time zone CHECK (true);"
        );
        let mut composite = table("c", vec![timestamp_column(1, "at")]);
        composite.kind = RelationKind::CompositeType;
        assert!(findings(&RULE, &composite, &[])[0].starts_with("attribute \"at\" of type \"public.c\" is of type"));
    }

    #[test]
    fn the_fix_converts_what_is_there_and_adds_what_was_refused() {
        let t = table("t", vec![timestamp_column(1, "At")]);
        assert_eq!(
            fix_of(&RULE, &t, &[], false),
            "ALTER TABLE public.t ALTER COLUMN \"At\" TYPE timestamp with time zone USING \"At\" AT TIME ZONE 'UTC';"
        );
        assert_eq!(
            fix_of(&RULE, &t, &[], true),
            "ALTER TABLE public.t ADD COLUMN \"At\" timestamp with time zone NOT NULL;"
        );
    }
}
