//! The columns of a primary key must be of an allowed type.

use crate::facts::{AccessMethod, Column, Constraint, ConstraintKind, NameOrigin, Relation};
use crate::fix;
use crate::fix::key;
use crate::predicates::tables;
use crate::predicates::types::{is_among, with_base};
use crate::rule::{Check, Context, Finding, FixContext, Levels, Moment, Object, Rule};
use crate::settings::shared::{MIGRATION_TABLES, PRIMARY_KEY_TYPES};
use crate::sql::{quote, quote_list, quote_qualified, suggest_name};

pub static RULE: Rule = Rule {
    id: "disallowed_primary_key_type",
    summary: "a primary-key column whose type is not one of the allowed ones",
    reason: "Every table that references this one has the type as well. An integer runs out of values, and a key with \
             a meaning has to change some day.",
    moment: Moment::Statement,
    check: Check::Relation(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&PRIMARY_KEY_TYPES, &MIGRATION_TABLES],
    explanation: "\
The rule checks a primary key when it is made and when the type of one of its columns changes. It checks each column \
of a key over several columns. In `guardrail.primary_key_types`, a type that is written without a length stands for \
every length. A domain is allowed when the domain itself or the type below it is allowed. An empty list allows every \
type.

The rule does not check:

* columns that are part of a foreign key: their type is that of the column they reference;
* columns by which the table is partitioned: PostgreSQL requires them in the key;
* the period of a temporal key (`WITHOUT OVERLAPS`), which can only be a range;
* columns that a partition or an inheritance child inherits from its parent;
* migration tables (`guardrail.migration_tables`).

The fix changes integers to bigint, where that type is allowed, and the sequence behind them as well. Where an integer \
has to become a uuid, every row gets a new value. Where no allowed type can take the values of the key, the fix turns \
the key into a unique constraint and adds a new primary key.",
    setup: "",
    bad: "CREATE TABLE orders (id integer CONSTRAINT pk_orders PRIMARY KEY);",
    good: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);",
};

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(primary_key) = relation.primary_key() else { return };
    let allowed = context.option(&PRIMARY_KEY_TYPES);
    if allowed.0.is_empty() {
        return;
    }
    for column in primary_key.columns.iter().filter_map(|number| relation.column(*number)) {
        if with_base(&column.data_type, context.catalog)
            .iter()
            .any(|data_type| is_among(data_type, allowed, context.catalog))
            || tables::is_in_foreign_key(column, relation)
            || is_period(column, primary_key, relation)
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
        findings.push(Finding::column(column, message).with_data_type(data_type.oid).with_cause(fault));
    }
}

/// Whether a column is the period of a key WITHOUT OVERLAPS, the only one behind which there is a GiST index.
fn is_period(column: &Column, primary_key: &Constraint, relation: &Relation) -> bool {
    let is_gist = |oid| relation.indexes.iter().any(|index| index.oid == oid && index.method == AccessMethod::Gist);
    primary_key.columns.last() == Some(&column.number) && is_gist(primary_key.index)
}

/// All columns of the key at once where the statement is refused: whoever leaves one of them out leaves out the key.
fn fix(finding: &Finding, context: &FixContext<'_>) -> String {
    let relation = context.relation;
    let Some(primary_key) = relation.primary_key() else { return String::new() };
    let is_old = |column: &Column| context.before.is_some_and(|before| before.column(column.number).is_some());
    let mut findings = Vec::new();
    check(relation, &context.base, &mut findings);
    let concerned = |column: &&Column| match context.refused {
        true => {
            findings.iter().any(|one| matches!(one.object, Object::Column { number, .. } if number == column.number))
        }
        false => finding.find_column(relation).is_some_and(|mended| mended.number == column.number),
    };
    let alter = fix::alter(relation);
    let columns = relation.column_names(&primary_key.columns);
    let name = match primary_key.name_origin {
        NameOrigin::MadeUp => fix::constraint_name(primary_key, context),
        _ => primary_key.name.clone(),
    };
    let add_key = |columns: &[String]| format!("ADD CONSTRAINT {} PRIMARY KEY {}", quote(&name), quote_list(columns));
    let has_key = !context.refused || context.before.is_some_and(|before| before.primary_key().is_some());

    let (mut parts, mut before, mut after) = (Vec::new(), String::new(), String::new());
    for column in relation.columns.iter().filter(concerned) {
        let Some(conversion) = key::convert(column, context) else {
            // A key with a meaning stays unique beside one without.
            let mut parts = Vec::new();
            if context.refused && !is_old(column) {
                let definition = fix::column_definition(column, context);
                parts.push(format!("ADD COLUMN {} {definition}", quote(&column.name)));
            }
            if has_key {
                parts.push(format!("DROP CONSTRAINT {}", quote(&primary_key.name)));
            }
            let id = suggest_name(&["id"], |name| relation.columns.iter().any(|column| column.name == name));
            let words: Vec<&str> = columns.iter().map(String::as_str).collect();
            let unique = fix::name_for(ConstraintKind::Unique, &words, context);
            parts.push(format!("ADD COLUMN {id} {}", key::surrogate(context)));
            parts.push(format!("ADD CONSTRAINT {} UNIQUE {}", quote(&unique), quote_list(&columns)));
            parts.push(add_key(&[id]));
            return format!("{alter}{};", parts.join(", "));
        };
        let quoted = quote(&column.name);
        if context.refused && !is_old(column) {
            parts.push(format!("ADD COLUMN {quoted} {}", conversion.definition));
            continue;
        }
        parts.extend(conversion.changes.iter().map(|change| format!("ALTER COLUMN {quoted} {change}")));
        // PostgreSQL looks at the type of an identity column before it drops the identity.
        if column.identity && !conversion.counts {
            before += &format!("{alter}ALTER COLUMN {quoted} DROP IDENTITY; ");
        }
        if let Some(sequence) = context.base.catalog.serial_sequence(relation.oid, column.number) {
            let sequence = quote_qualified(&sequence);
            after += &match conversion.counts {
                true => format!(" ALTER SEQUENCE {sequence} AS bigint;"),
                false => format!(" DROP SEQUENCE {sequence};"),
            };
        }
    }
    parts.extend((!has_key).then(|| add_key(&columns)));
    format!("{before}{alter}{};{after}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Action, Index, oids};
    use crate::testing::{FakeCatalog, Trial, column, constraint, findings, fix_of, foreign_key, index, table};

    fn keyed(columns: Vec<Column>) -> Relation {
        let key: Vec<i16> = columns.iter().map(|column| column.number).collect();
        let mut t = table("t", columns);
        t.constraints.push(constraint(9, "pk_t", ConstraintKind::PrimaryKey, &key));
        t
    }

    #[test]
    fn every_column_of_the_key_is_judged() {
        let t = keyed(vec![column(1, "id", oids::INT4), column(2, "ok", oids::INT8), column(3, "code", oids::TEXT)]);
        assert_eq!(
            findings(&RULE, &t, &[]),
            [
                "primary-key column \"id\" of table \"public.t\" is of type type 23, which is not allowed",
                "primary-key column \"code\" of table \"public.t\" is of type type 25, which is not allowed",
            ]
        );
        assert!(findings(&RULE, &t, &[("primary_key_types", "")]).is_empty());
        assert!(findings(&RULE, &t, &[("primary_key_types", "integer, bigint, text")]).is_empty());
        assert!(findings(&RULE, &table("t", vec![column(1, "id", oids::INT4)]), &[]).is_empty(), "no key");
    }

    #[test]
    fn a_length_counts_where_it_is_written() {
        let mut string = column(1, "id", oids::VARCHAR);
        assert_eq!(findings(&RULE, &keyed(vec![string.clone()]), &[]).len(), 1);
        string.data_type.modifier = 40;
        assert!(findings(&RULE, &keyed(vec![string]), &[]).is_empty());
    }

    #[test]
    fn what_others_decide_is_not_judged() {
        let mut t = keyed(vec![column(1, "id", oids::INT4)]);
        t.constraints.push(foreign_key(8, "fk", &[1], Action::Cascade));
        assert!(findings(&RULE, &t, &[]).is_empty());
        let t = keyed(vec![column(1, "id", oids::INT4)]);
        let by_id = Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().partitioned_by(&[Some(1)]));
        assert!(by_id.messages(&t).is_empty(), "the partition key");
        assert!(findings(&RULE, &t, &[("migration_tables", "t")]).is_empty());
        let inherited = Column { inherited: true, ..column(1, "id", oids::INT4) };
        assert!(findings(&RULE, &keyed(vec![inherited]), &[]).is_empty());
    }

    #[test]
    fn a_period_is_a_range() {
        let mut t = keyed(vec![column(1, "id", oids::INT8), column(2, "during", 3910)]);
        t.constraints[0].index = 50;
        t.indexes.push(Index { oid: 50, method: AccessMethod::Gist, ..index(&[1, 2]) });
        assert!(findings(&RULE, &t, &[]).is_empty());
        t.columns[0] = column(1, "id", oids::INT4);
        assert_eq!(findings(&RULE, &t, &[]).len(), 1, "the other columns are judged");
        t.indexes[0].method = AccessMethod::Btree;
        assert_eq!(findings(&RULE, &t, &[]).len(), 2);
    }

    #[test]
    fn the_fix_turns_integers_into_bigint() {
        let t = keyed(vec![column(1, "id", oids::INT4)]);
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TABLE public.t ALTER COLUMN id TYPE bigint;");
        assert_eq!(
            fix_of(&RULE, &t, &[], true),
            "ALTER TABLE public.t ADD COLUMN id bigint NOT NULL, ADD CONSTRAINT pk_t PRIMARY KEY (id);"
        );
        let serial = keyed(vec![Column { has_default: true, ..column(1, "id", oids::INT4) }]);
        let of_serial = Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().serial(1));
        assert_eq!(
            of_serial.fix(&serial, false),
            "ALTER TABLE public.t ALTER COLUMN id TYPE bigint; ALTER SEQUENCE public.some_sequence AS bigint;"
        );
        assert_eq!(
            of_serial.fix(&serial, true),
            "ALTER TABLE public.t ADD COLUMN id bigint GENERATED BY DEFAULT AS IDENTITY, \
             ADD CONSTRAINT pk_t PRIMARY KEY (id);"
        );
    }

    #[test]
    fn the_fix_gives_other_keys_new_values() {
        let identity = Column { identity: true, has_default: true, ..column(1, "id", oids::INT4) };
        let uuid = [("primary_key_types", "uuid")];
        assert_eq!(
            fix_of(&RULE, &keyed(vec![identity]), &uuid, false),
            "ALTER TABLE public.t ALTER COLUMN id DROP IDENTITY; \
             ALTER TABLE public.t ALTER COLUMN id TYPE uuid USING gen_random_uuid(), \
             ALTER COLUMN id SET DEFAULT gen_random_uuid();"
        );
        let code = keyed(vec![column(1, "code", oids::TEXT)]);
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
    fn a_key_with_a_meaning_stays_unique() {
        let t = keyed(vec![column(1, "id", oids::DATE), column(2, "b", oids::INT8)]);
        assert_eq!(
            fix_of(&RULE, &t, &[], false),
            "ALTER TABLE public.t DROP CONSTRAINT pk_t, ADD COLUMN id_2 bigint GENERATED ALWAYS AS IDENTITY, \
             ADD CONSTRAINT uq_t_id_b UNIQUE (id, b), ADD CONSTRAINT pk_t PRIMARY KEY (id_2);"
        );
    }

    #[test]
    fn a_refused_key_is_put_back_as_a_whole() {
        let mut t = keyed(vec![column(1, "a", oids::INT4), column(2, "b", oids::INT4)]);
        t.constraints[0] = Constraint { name_origin: NameOrigin::MadeUp, ..t.constraints[0].clone() };
        t.constraints[0].name = "t_pkey".into();
        assert_eq!(
            fix_of(&RULE, &t, &[], true),
            "ALTER TABLE public.t ADD COLUMN a bigint NOT NULL, ADD COLUMN b bigint NOT NULL, \
             ADD CONSTRAINT pk_t PRIMARY KEY (a, b);"
        );
    }
}
