//! Columns, domains and composite types must not use timestamp without time zone.

use crate::facts::{Column, Relation, RelationKind, oids};
use crate::predicates::subjects;
use crate::predicates::tables;
use crate::rule::{Check, ColumnEdit, Context, Edit, Finding, Levels, Moment, Rule, WantedType};
use crate::settings::Level;
use crate::settings::shared::MIGRATION_TABLES;

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

fn fix(finding: &Finding, relation: &Relation, _: &Context<'_>) -> Vec<Edit> {
    let change = |column: &Column| Edit::Column(column.number, ColumnEdit::Type(WantedType::WithTimeZones));
    finding.find_column(relation).map(change).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::DataType;
    use crate::testing::{Trial, column, fix_of, messages_of, table, timestamp_column};

    #[test]
    fn columns_of_the_type_and_of_types_made_of_it_are_violations() {
        const TIMESTAMP_ARRAY: crate::facts::Oid = 1115;
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
            "DROP DOMAIN public.d;\nCREATE DOMAIN public.d AS timestamp with time zone CHECK (true);"
        );
        let mut composite = table("c", vec![timestamp_column(1, "at")]);
        composite.kind = RelationKind::CompositeType;
        assert!(messages_of(&RULE, &composite, &[])[0].starts_with("attribute \"at\" of type \"public.c\" is of type"));
    }

    #[test]
    fn the_fix_is_the_type_with_time_zones() {
        let edits = Trial::of(&RULE, &[]).edits(&table("t", vec![timestamp_column(1, "At")]));
        assert_eq!(edits, [Edit::Column(1, ColumnEdit::Type(WantedType::WithTimeZones))]);
    }
}
