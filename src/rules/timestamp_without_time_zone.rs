//! Columns, domains and composite types must not use timestamp without time zone.

use std::collections::BTreeMap;

use crate::facts::{Column, Oid, QualifiedName, Relation, RelationKind, TypeShape, TypeUse, oids};
use crate::predicates::subjects;
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
    levels: Levels { rails: Level::Warning, prisma: Level::Warning, ..Levels::CORE },
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
always uses `timestamptz`. Prisma makes `timestamp(3)` columns for `DateTime` unless the field says `@db.Timestamptz`, \
so under its preset the rule is a warning, too.

The fix reads existing values as UTC; replace that with your own time zone where they are not.",
    setup: "",
    bad: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, created_at timestamp NOT NULL);",
    good: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, created_at timestamptz NOT NULL);",
};

const WITHOUT_TIME_ZONE: &str = "timestamp without time zone";
const WITH_TIME_ZONE: &str = "timestamp with time zone";

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    for column in relation.columns.iter().filter(|column| column.data_type.contains(oids::TIMESTAMP)) {
        let verb = match relation.kind {
            RelationKind::Domain => "is over",
            _ if column.data_type.oid == oids::TIMESTAMP => "is of type",
            _ => "is of a type made of",
        };
        let subject = subjects::describe_column(column, relation);
        let message = format!("{subject} {verb} {WITHOUT_TIME_ZONE}");
        findings.push(Finding::column(column, message).with_data_type(column.data_type.oid));
    }
    tables::leave_out_migration_table(relation, context, findings);
}

fn fix(finding: &Finding, context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let Some(column) = finding.find_column(relation) else { return String::new() };
    let shape = context.base.catalog.type_shape(column.data_type.oid, column.data_type.modifier);
    let mut writer = TypeWriter::new(context);
    let Some(fixed_type) = writer.write(TypeUse { oid: column.data_type.oid, modifier: column.data_type.modifier })
    else {
        let type_name = sql::quote_qualified(&context.base.catalog.type_name(column.data_type.oid));
        return sql::comment(&format!(
            "{type_name} is made of more than {MAX_TYPES} types. First change those of them that are directly over \
             {WITHOUT_TIME_ZONE}."
        ));
    };
    let mut statements = writer.statements;
    statements.push(match relation.kind {
        RelationKind::Domain => return recreate_domain(&fixed_type, context),
        RelationKind::CompositeType => change_attribute(column, &fixed_type, context),
        _ => change_column(column, &shape, &fixed_type, context),
    });
    statements.join(" ")
}

fn recreate_domain(base: &str, context: &FixContext<'_>) -> String {
    let name = sql::quote_qualified(&context.relation.name);
    let is_new = context.refused && context.before.is_none();
    let drop = if is_new { String::new() } else { format!("DROP DOMAIN {name}; ") };
    format!("{drop}CREATE DOMAIN {name} AS {base}{};", context.base.catalog.domain_clauses(context.relation.oid))
}

fn change_attribute(column: &Column, fixed_type: &str, context: &FixContext<'_>) -> String {
    let (alter, name) = (fix::alter(context.relation), sql::quote(&column.name));
    if !fix::column_exists(column, context) {
        return format!("{alter}ADD ATTRIBUTE {name} {fixed_type} CASCADE;");
    }
    format!("{alter}ALTER ATTRIBUTE {name} TYPE {fixed_type} CASCADE;")
}

fn change_column(column: &Column, shape: &TypeShape, fixed_type: &str, context: &FixContext<'_>) -> String {
    let (alter, name) = (fix::alter(context.relation), sql::quote(&column.name));
    if !fix::column_exists(column, context) {
        return format!("{alter}{};", fix::add_column(column, fixed_type, context));
    }
    // Where a change of the column's type is refused, its values are still of the old type. Other refused statements, a
    // change of the table's schema for example, do not concern the type.
    let old_type = context.before.and_then(|before| before.column(column.number)).map(|old| old.data_type.oid);
    let has_type = !context.refused || old_type == Some(column.data_type.oid);
    let value = match shape {
        _ if context.relation.kind == RelationKind::ForeignTable => String::new(),
        TypeShape::Scalar { .. } if has_type => format!(" USING {name} AT TIME ZONE 'UTC'"),
        TypeShape::Domain { base } if has_type && base.oid == oids::TIMESTAMP => {
            format!(" USING {name}::timestamp AT TIME ZONE 'UTC'")
        }
        _ => format!(" USING {name}::text::{fixed_type}"),
    };
    format!("{alter}ALTER COLUMN {name} TYPE {fixed_type}{value};")
}

/// How many types a fix looks at to write one that is made of them. Types can be nested without end, and be made of the
/// same type many times over.
const MAX_TYPES: usize = 100;

/// Writes types with time zones in place of types that are made of timestamps.
struct TypeWriter<'a> {
    context: &'a FixContext<'a>,
    /// The statements that make the composite types.
    statements: Vec<String>,
    /// The new composite types by the oids of the old ones.
    composites: BTreeMap<Oid, String>,
    types_left: usize,
}

impl<'a> TypeWriter<'a> {
    fn new(context: &'a FixContext<'a>) -> Self {
        Self { context, statements: Vec::new(), composites: BTreeMap::new(), types_left: MAX_TYPES }
    }

    /// The SQL of the type in place of this one; `None` if it is made of too many types.
    fn write(&mut self, old: TypeUse) -> Option<String> {
        if let Some(known) = self.composites.get(&old.oid) {
            return Some(known.clone());
        }
        self.types_left = self.types_left.checked_sub(1)?;
        Some(match self.context.base.catalog.type_shape(old.oid, old.modifier) {
            TypeShape::Scalar { oid: oids::TIMESTAMP, sql } => sql.replace("without", "with"),
            TypeShape::Scalar { sql, .. } => sql,
            TypeShape::Array { element } => format!("{}[]", self.write(element)?),
            TypeShape::Range { subtype: oids::TIMESTAMP } => "tstzrange".to_owned(),
            TypeShape::Multirange { subtype: oids::TIMESTAMP } => "tstzmultirange".to_owned(),
            // PostgreSQL has no range over a type that is itself made of timestamps; its subtype has to be fixed first.
            TypeShape::Range { .. } | TypeShape::Multirange { .. } => WITH_TIME_ZONE.to_owned(),
            TypeShape::Domain { base } => self.write(base)?,
            TypeShape::Composite { name, attributes } => self.write_composite(old.oid, &name, &attributes)?,
        })
    }

    fn write_composite(&mut self, oid: Oid, name: &QualifiedName, attributes: &[(String, TypeUse)]) -> Option<String> {
        let mut parts = Vec::new();
        for (attribute, data_type) in attributes {
            parts.push(format!("{} {}", sql::quote(attribute), self.write(*data_type)?));
        }
        let qualify = |new: &str| sql::quote_qualified(&QualifiedName::new(&name.schema, new));
        let new = sql::suggest_name(&[&name.name, "tz"], |new| {
            self.context.base.catalog.relation_exists(&QualifiedName::new(&name.schema, new))
                || self.composites.values().any(|chosen| *chosen == qualify(new))
        });
        let new = qualify(&new);
        self.statements.push(format!("CREATE TYPE {new} AS ({});", parts.join(", ")));
        self.composites.insert(oid, new.clone());
        Some(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::DataType;
    use crate::testing::{column, fix_of, messages_of, table, timestamp_column};

    #[test]
    fn columns_of_the_type_and_of_types_made_of_it_are_violations() {
        const TIMESTAMP_ARRAY: Oid = 1115;
        let array = DataType { oid: TIMESTAMP_ARRAY, modifier: -1, component_types: [oids::TIMESTAMP].into() };
        let t = table(
            "t",
            vec![
                timestamp_column(1, "at"),
                Column { data_type: array, ..column(2, "ats", 0) },
                column(3, "ok", oids::TIMESTAMPTZ),
            ],
        );
        assert_eq!(
            messages_of(&RULE, &t, &[]),
            [
                "column \"at\" of table \"public.t\" is of type timestamp without time zone",
                "column \"ats\" of table \"public.t\" is of a type made of timestamp without time zone",
            ]
        );
    }

    #[test]
    fn migration_tables_are_exempt_but_not_types_of_that_name() {
        let options = [("migration_tables", "log")];
        let log = table("log", vec![timestamp_column(1, "at")]);
        assert!(messages_of(&RULE, &log, &options).is_empty());
        let mut composite = log;
        composite.kind = RelationKind::CompositeType;
        assert_eq!(messages_of(&RULE, &composite, &options).len(), 1);
    }

    #[test]
    fn domains_and_composite_types_are_violations() {
        let mut domain = table("d", vec![timestamp_column(0, "VALUE")]);
        domain.kind = RelationKind::Domain;
        assert_eq!(messages_of(&RULE, &domain, &[]), ["domain \"public.d\" is over timestamp without time zone"]);
        assert_eq!(
            fix_of(&RULE, &domain, &[], false),
            "DROP DOMAIN public.d; CREATE DOMAIN public.d AS timestamp with time zone CHECK (true);"
        );
        let mut composite = table("c", vec![timestamp_column(1, "at")]);
        composite.kind = RelationKind::CompositeType;
        assert!(messages_of(&RULE, &composite, &[])[0].starts_with("attribute \"at\" of type \"public.c\" is of type"));
    }

    #[test]
    fn the_fix_changes_an_existing_column_and_adds_a_refused_one() {
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
