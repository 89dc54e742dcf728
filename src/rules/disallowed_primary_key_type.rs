//! The columns of a primary key must be of one of a few types.

use crate::catalog::Context;
use crate::facts::{Column, Relation};
use crate::key::{self, BIGINT, KeyType, UUID};
use crate::rule::{Check, Finding, FixContext, Levels, Object, Rule};
use crate::rules::unrecorded_migration::MIGRATION_TABLES;
use crate::settings::{Opt, TypeMention};
use crate::type_names::{TypeNames, with_base};
use crate::{fix, sql, tables};

pub static RULE: Rule = Rule {
    id: "disallowed_primary_key_type",
    summary: "a primary-key column whose type is not one of the allowed ones",
    reason: "Every table that refers to this one takes over the type: an integer runs out, and a key with a meaning \
             has to change some day.",
    check: Check::Statement(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&PRIMARY_KEY_TYPES, &MIGRATION_TABLES],
    explanation: "\
Judged when the primary key is made and when the type of one of its columns changes. Each column of a key over several \
is judged. A type that is written without a length stands for every length; a domain is allowed when it or the type \
below it is. An empty list allows every type.

Not judged are columns that are part of a foreign key, whose type is that of the column they refer to; columns by which \
the table is partitioned, which have to be in its keys; columns that a partition or an inheritance child has from its \
parent; and the migration tables.

The fix turns integers into bigint, where that is allowed, together with the sequence behind them. Where an integer has \
to become a uuid, every row gets a new value.",
    setup: "",
    bad: "CREATE TABLE orders (id integer CONSTRAINT pk_orders PRIMARY KEY);",
    good: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);",
};

/// The types that a primary-key column may be of.
pub static PRIMARY_KEY_TYPES: Opt<TypeNames> = Opt {
    name: "primary_key_types",
    summary: "Sets the types that a primary-key column may be of.",
    details: "A comma-separated list of types as SQL has them. Without a length a type stands for every length. \
              An empty list allows every type.",
    default: "uuid, character varying(36), bigint",
    preset_defaults: &[],
    parse: TypeNames::parse,
    types: mentions,
};

fn mentions(names: &TypeNames) -> Vec<TypeMention> {
    names.mentions("primary_key_types")
}

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(primary_key) = relation.primary_key() else { return };
    let allowed = context.option(&PRIMARY_KEY_TYPES);
    if allowed.0.is_empty() {
        return;
    }
    for column in primary_key.columns.iter().filter_map(|number| relation.column(*number)) {
        if with_base(&column.data_type, context.catalog).iter().any(|one| allowed.include(one, context.catalog))
            || tables::is_in_foreign_key(column, relation)
            || context.catalog.partition_columns(relation.oid).contains(&Some(column.number))
            || tables::is_tools_own(relation, context)
        {
            continue;
        }
        let data_type = &column.data_type;
        let name = context.catalog.type_sql(data_type.oid, data_type.modifier);
        let message = format!(
            "primary-key column \"{}\" of table \"{}\" is of type {name}, which is not allowed",
            column.name, relation.name
        );
        let fault = format!("{} {}", data_type.oid, data_type.modifier);
        findings.push(Finding::column(column, message).with_data_type(data_type.oid).with_fault(fault));
    }
}

/// What becomes of a column.
struct Mended {
    /// Its new type cannot be that of an identity.
    drops_identity: bool,
    /// What follows `ALTER COLUMN id` in place, each.
    changes: Vec<String>,
    /// What follows the column's name in its definition.
    definition: String,
}

/// All columns of the key at once: whoever leaves one of them out of a refused statement leaves out the key as well.
fn fix(finding: &Finding, context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let Some(primary_key) = relation.primary_key() else { return String::new() };
    let is_old = |column: &Column| context.before.is_some_and(|before| before.column(column.number).is_some());
    let mut findings = Vec::new();
    check(relation, &Context { settings: context.settings, catalog: context.catalog }, &mut findings);
    let concerned = |column: &&Column| match context.refused {
        true => {
            findings.iter().any(|one| matches!(one.object, Object::Column { number, .. } if number == column.number))
        }
        false => finding.find_column(relation).is_some_and(|mended| mended.number == column.number),
    };
    let alter = fix::alter(relation);
    let (mut parts, mut first, mut sequences) = (Vec::new(), String::new(), String::new());
    for column in relation.columns.iter().filter(concerned) {
        let (name, mended) = (sql::quote(&column.name), mend(column, context));
        if context.refused && !is_old(column) {
            parts.push(format!("ADD COLUMN {name} {}", mended.definition));
            continue;
        }
        // PostgreSQL looks at the type of an identity column before it drops the identity.
        if column.identity && mended.drops_identity {
            first += &format!("{alter}ALTER COLUMN {name} DROP IDENTITY; ");
        }
        parts.extend(mended.changes.iter().map(|change| format!("ALTER COLUMN {name} {change}")));
        if let Some(sequence) = context.catalog.serial_sequence(relation.oid, column.number) {
            sequences += &format!(" ALTER SEQUENCE {} AS bigint;", sql::quote_qualified(&sequence));
        }
    }
    let had_key = context.before.is_some_and(|before| before.primary_key().is_some());
    if context.refused && !had_key {
        let columns = sql::quote_list(&relation.column_names(&primary_key.columns));
        let name = match primary_key.name_origin {
            crate::facts::NameOrigin::MadeUp => fix::constraint_name(primary_key, context),
            _ => primary_key.name.clone(),
        };
        parts.push(format!("ADD CONSTRAINT {} PRIMARY KEY {columns}", sql::quote(&name)));
    }
    format!("{first}{alter}{};{sequences}", parts.join(", "))
}

fn mend(column: &Column, context: &FixContext<'_>) -> Mended {
    const INTEGERS: [u32; 2] = [21, 23];
    const STRINGS: [u32; 3] = [25, 1042, 1043];
    let base = context.catalog.base_type(column.data_type.oid, column.data_type.modifier).oid;
    let allowed = key::allowed(context);
    let find = |wanted: &dyn Fn(&KeyType<'_>) -> bool| allowed.iter().find(|one| wanted(one));
    let name = sql::quote(&column.name);
    if INTEGERS.contains(&base)
        && let Some(bigint) = find(&|one| one.oid == BIGINT)
    {
        let is_serial = context.catalog.serial_sequence(context.relation.oid, column.number).is_some();
        let clauses = match is_serial {
            true => " GENERATED BY DEFAULT AS IDENTITY".to_owned(),
            false => context.catalog.column_clauses(context.relation.oid, column.number),
        };
        return Mended {
            drops_identity: false,
            changes: vec![format!("TYPE {}", bigint.sql)],
            definition: format!("{}{clauses}", bigint.sql),
        };
    }
    let string = || find(&|one| one.is_string()).filter(|_| STRINGS.contains(&base));
    let Some(chosen) = string().or_else(|| find(&|one| one.oid == UUID)).or(allowed.first()) else {
        unreachable!("there is always an allowed type")
    };
    let value = match chosen.default() {
        _ if chosen.is_string() => format!("{name}::text"),
        Some(default) if !STRINGS.contains(&base) => default.to_owned(),
        _ => format!("{name}::text::{}", chosen.sql),
    };
    let default = chosen.default().filter(|_| column.has_default);
    let mut changes = Vec::new();
    if column.has_default && !column.identity {
        changes.push("DROP DEFAULT".to_owned());
    }
    changes.push(format!("TYPE {} USING {value}", chosen.sql));
    changes.extend(default.map(|default| format!("SET DEFAULT {default}")));
    let clause = default.map_or(String::new(), |default| format!(" DEFAULT {default}"));
    Mended { drops_identity: true, changes, definition: format!("{}{clause}", chosen.sql) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Action, Constraint, ConstraintKind};
    use crate::testing::{column, constraint, findings, fix_of, foreign_key, table};

    fn keyed(columns: Vec<Column>) -> Relation {
        let key: Vec<i16> = columns.iter().map(|column| column.number).collect();
        let mut t = table("t", columns);
        t.constraints.push(constraint(9, "pk_t", ConstraintKind::PrimaryKey, &key));
        t
    }

    #[test]
    fn every_column_of_the_key_is_judged() {
        let t = keyed(vec![column(1, "id", 23), column(2, "ok", 20), column(3, "code", 25)]);
        assert_eq!(
            findings(&RULE, &t, &[]),
            [
                "primary-key column \"id\" of table \"public.t\" is of type type 23, which is not allowed",
                "primary-key column \"code\" of table \"public.t\" is of type type 25, which is not allowed",
            ]
        );
        assert!(findings(&RULE, &t, &[("primary_key_types", "")]).is_empty());
        assert!(findings(&RULE, &t, &[("primary_key_types", "integer, bigint, text")]).is_empty());
        assert!(findings(&RULE, &table("t", vec![column(1, "id", 23)]), &[]).is_empty(), "no key");
    }

    #[test]
    fn a_length_counts_where_it_is_written() {
        let mut string = column(1, "id", 1043);
        assert_eq!(findings(&RULE, &keyed(vec![string.clone()]), &[]).len(), 1);
        string.data_type.modifier = 40;
        assert!(findings(&RULE, &keyed(vec![string]), &[]).is_empty());
    }

    #[test]
    fn what_others_decide_is_not_judged() {
        let mut t = keyed(vec![column(1, "id", 23)]);
        t.constraints.push(foreign_key(8, "fk", &[1], Action::Cascade));
        assert!(findings(&RULE, &t, &[]).is_empty());
        let t = keyed(vec![column(1, "id", 23)]);
        assert!(findings(&RULE, &Relation { oid: 96, ..t.clone() }, &[]).is_empty(), "partitioned by column 1");
        assert!(findings(&RULE, &t, &[("migration_tables", "t")]).is_empty());
        let inherited = Column { inherited: true, ..column(1, "id", 23) };
        assert!(findings(&RULE, &keyed(vec![inherited]), &[]).is_empty());
    }

    #[test]
    fn the_fix_turns_integers_into_bigint() {
        let t = keyed(vec![column(1, "id", 23)]);
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TABLE public.t ALTER COLUMN id TYPE bigint;");
        assert_eq!(
            fix_of(&RULE, &t, &[], true),
            "ALTER TABLE public.t ADD COLUMN id bigint NOT NULL, ADD CONSTRAINT pk_t PRIMARY KEY (id);"
        );
        let serial = keyed(vec![Column { has_default: true, ..column(98, "id", 23) }]);
        assert_eq!(
            fix_of(&RULE, &serial, &[], false),
            "ALTER TABLE public.t ALTER COLUMN id TYPE bigint; ALTER SEQUENCE public.some_sequence AS bigint;"
        );
        assert_eq!(
            fix_of(&RULE, &serial, &[], true),
            "ALTER TABLE public.t ADD COLUMN id bigint GENERATED BY DEFAULT AS IDENTITY, \
             ADD CONSTRAINT pk_t PRIMARY KEY (id);"
        );
    }

    #[test]
    fn the_fix_gives_other_keys_new_values() {
        let identity = Column { identity: true, has_default: true, ..column(1, "id", 23) };
        let uuid = [("primary_key_types", "uuid")];
        assert_eq!(
            fix_of(&RULE, &keyed(vec![identity]), &uuid, false),
            "ALTER TABLE public.t ALTER COLUMN id DROP IDENTITY; \
             ALTER TABLE public.t ALTER COLUMN id TYPE uuid USING gen_random_uuid(), \
             ALTER COLUMN id SET DEFAULT gen_random_uuid();"
        );
        let code = keyed(vec![column(1, "code", 25)]);
        assert_eq!(
            fix_of(&RULE, &code, &[], false),
            "ALTER TABLE public.t ALTER COLUMN code TYPE character varying(36) USING code::text;"
        );
        assert_eq!(
            fix_of(&RULE, &code, &uuid, false),
            "ALTER TABLE public.t ALTER COLUMN code TYPE uuid USING code::text::uuid;"
        );
    }

    #[test]
    fn a_refused_key_is_put_back_as_a_whole() {
        let mut t = keyed(vec![column(1, "a", 23), column(2, "b", 23)]);
        t.constraints[0] = Constraint { name_origin: crate::facts::NameOrigin::MadeUp, ..t.constraints[0].clone() };
        t.constraints[0].name = "t_pkey".into();
        assert_eq!(
            fix_of(&RULE, &t, &[], true),
            "ALTER TABLE public.t ADD COLUMN a bigint NOT NULL, ADD COLUMN b bigint NOT NULL, \
             ADD CONSTRAINT pk_t PRIMARY KEY (a, b);"
        );
    }
}
