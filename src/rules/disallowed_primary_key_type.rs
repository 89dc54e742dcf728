//! The columns of a primary key must be of an allowed type.

use crate::facts::{AccessMethod, AttrNumber, Column, Constraint, ConstraintKind, DataType, Relation, RelationKind};
use crate::fix::key;
use crate::predicates::types::{is_among, with_base};
use crate::predicates::{inheritance, references, subjects, tables};
use crate::rule::{Check, ConstraintEdit, Context, Edit, Finding, Levels, Moment, NewKey, Rule};
use crate::settings::Level;
use crate::settings::shared::{MIGRATION_TABLES, PRIMARY_KEY_TYPES};
use crate::sql::{quote, quote_qualified};

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

* columns that refer to another column that is checked: their type is that of the other column;
* columns by which the table is partitioned: PostgreSQL requires them in the key;
* the period of a temporal key (`WITHOUT OVERLAPS`), which can only be a range;
* the key that a partition has from its parent, and the columns that an inheritance child has from a parent that is \
reported for them;
* migration tables (`guardrail.migration_tables`).

The fix changes integers to bigint, where that type is allowed, and the sequence behind them as well. Where an integer \
has to become a uuid, every row gets a new value. Where no allowed type can take the values of the key, as with \
numbers that may have decimals, the fix turns the key into a unique constraint and adds a new primary key.",
    setup: "",
    bad: "CREATE TABLE orders (id integer CONSTRAINT pk_orders PRIMARY KEY);",
    good: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);",
};

fn check(relation: &Relation, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(primary_key) = relation.primary_key() else { return };
    if context.option(&PRIMARY_KEY_TYPES).0.is_empty() {
        return;
    }
    let is_violation = |column: &Column, relation: &Relation| is_violation(column, relation, context);
    for column in primary_key.columns.iter().filter_map(|number| relation.column(*number)) {
        if !is_violation(column, relation) {
            continue;
        }
        let data_type = &column.data_type;
        let type_sql = context.catalog.type_sql(data_type.oid, data_type.modifier);
        let subject = subjects::describe_column(column, relation);
        let message = format!("primary-key {subject} is of type {type_sql}, which is not allowed");
        let cause = format!("{} {}", data_type.oid, data_type.modifier);
        let finding = Finding::column(column, message).with_data_type(data_type.oid).with_cause(cause);
        // An inheritance child has columns from its parent, but no keys.
        let baseline_only =
            primary_key.inherited || inheritance::is_reported_on_parent(column, relation, context, is_violation);
        findings.push(Finding { baseline_only, ..finding });
    }
}

/// Whether a column is part of the primary key, of a type that is not allowed, and has no reason to be.
fn is_violation(column: &Column, relation: &Relation, context: &Context<'_>) -> bool {
    let Some(primary_key) = relation.primary_key() else { return false };
    primary_key.columns.contains(&column.number)
        && is_of_disallowed_type(column, relation, context)
        && !is_period(column, primary_key, relation)
        && !context.catalog.partition_columns(relation.oid).contains(&Some(column.number))
        && !tables::is_migration_table(relation, context)
}

/// What gives a column of a primary key an allowed type, if the rule reports it and its values can be kept.
pub fn convert_disallowed(column: &Column, relation: &Relation, context: &Context<'_>) -> Option<Vec<Edit>> {
    let is_reported = context.settings.level(RULE.id) != Level::Off && is_violation(column, relation, context);
    is_reported.then(|| key::convert(column, relation, context)).flatten()
}

/// Whether a column may not be part of a primary key because of its type, if the rule is in force.
pub fn is_disallowed(number: AttrNumber, relation: &Relation, context: &Context<'_>) -> bool {
    context.settings.level(RULE.id) != Level::Off
        && !context.option(&PRIMARY_KEY_TYPES).0.is_empty()
        && relation.column(number).is_some_and(|column| is_of_disallowed_type(column, relation, context))
}

fn is_of_disallowed_type(column: &Column, relation: &Relation, context: &Context<'_>) -> bool {
    let is_allowed = |data_type: &DataType| is_among(data_type, context.option(&PRIMARY_KEY_TYPES), context.catalog);
    !with_base(&column.data_type, context.catalog).iter().any(is_allowed)
        && !references::refers_to_checked_column(column, relation, context, |_| true)
}

/// Whether a column is the period of a key WITHOUT OVERLAPS. Only such a key is backed by a GiST index, and the period
/// is its last column.
fn is_period(column: &Column, primary_key: &Constraint, relation: &Relation) -> bool {
    let is_gist = |oid| relation.indexes.iter().any(|index| index.oid == oid && index.method == AccessMethod::Gist);
    primary_key.columns.last() == Some(&column.number) && is_gist(primary_key.index)
}

fn fix(finding: &Finding, relation: &Relation, context: &Context<'_>) -> Vec<Edit> {
    let (Some(primary_key), Some(column)) = (relation.primary_key(), finding.find_column(relation)) else {
        return Vec::new();
    };
    let columns = primary_key.columns.iter().filter_map(|number| relation.column(*number));
    let mut violations = columns.filter(|column| is_violation(column, relation, context));
    match violations.all(|column| key::convert(column, relation, context).is_some()) {
        true => key::convert(column, relation, context).unwrap_or_default(),
        false => replace_key(primary_key, relation, context),
    }
}

/// For a key with a column that cannot be converted: it becomes a unique constraint, and the table gets a new primary
/// key.
fn replace_key(primary_key: &Constraint, relation: &Relation, context: &Context<'_>) -> Vec<Edit> {
    let Some(surrogate) = key::surrogate(relation, context) else { return vec![key::no_type()] };
    if relation.has_children && relation.kind == RelationKind::Table {
        let (key, table) = (quote(&primary_key.name), quote_qualified(&relation.name));
        let text =
            format!("Change primary key {key} of table {table} together with those of its inheritance children.");
        return vec![Edit::ByHand(text)];
    }
    let partition = match partition_columns(relation, context) {
        Ok(columns) => columns,
        Err(by_hand) => return vec![by_hand],
    };
    let new = [vec![surrogate.name.clone()], relation.column_names(&partition)].concat();
    let columns = relation.column_names(&primary_key.columns);
    vec![
        Edit::Constraint(primary_key.oid, ConstraintEdit::Drop),
        Edit::AddColumn(surrogate),
        Edit::AddKey(NewKey { kind: ConstraintKind::Unique, columns, index: None }),
        Edit::AddKey(NewKey { kind: ConstraintKind::PrimaryKey, columns: new, index: None }),
    ]
}

/// The columns by which a table and its partitions are partitioned: every key of the table must be over them. `Err` where
/// no key is possible, or none that this rule allows.
pub fn partition_columns(relation: &Relation, context: &Context<'_>) -> Result<Vec<AttrNumber>, Edit> {
    let own: Vec<AttrNumber> = context.catalog.partition_columns(relation.oid).into_iter().flatten().collect();
    let below = if own.is_empty() { Vec::new() } else { context.catalog.partition_columns_below(relation.oid) };
    let table = quote_qualified(&relation.name);
    let Some(below) = below.into_iter().collect::<Option<Vec<AttrNumber>>>() else {
        let why = "is partitioned by an expression, so that the table can have no key";
        return Err(Edit::ByHand(format!("A partition of table {table} {why}.")));
    };
    let below: Vec<AttrNumber> = below.into_iter().filter(|number| !own.contains(number)).collect();
    let disallowed = below.iter().find(|number| is_disallowed(**number, relation, context));
    match disallowed.and_then(|number| relation.column(*number)) {
        Some(column) => Err(Edit::ByHand(format!(
            "A primary key of table {table} must have column {}, by which a partition is partitioned and whose type is \
             not allowed.",
            quote(&column.name)
        ))),
        None => Ok([own, below].concat()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Action, Index, Oid, oids};
    use crate::rule::{ColumnEdit, Conversion, WantedType};
    use crate::testing::{FakeCatalog, Trial, column, constraint, fix_of, foreign_key, index, messages_of, table};

    const PRIMARY_KEY: Oid = 9;
    const FOREIGN_KEY: Oid = 8;

    /// A table whose primary key is over all of its columns.
    fn with_key(columns: Vec<Column>) -> Relation {
        let key: Vec<AttrNumber> = columns.iter().map(|column| column.number).collect();
        let mut t = table("t", columns);
        t.constraints.push(constraint(PRIMARY_KEY, "pk_t", ConstraintKind::PrimaryKey, &key));
        t
    }

    #[test]
    fn the_keys_of_partitions_are_part_of_a_new_key() {
        let t = table("t", vec![column(1, "id", oids::INT8), column(2, "s", oids::INT8), column(3, "at", oids::DATE)]);
        let columns = |below: &[Option<AttrNumber>]| {
            let catalog = FakeCatalog::new().partitioned_by(&[Some(2)]).partitioned_below_by(below);
            partition_columns(&t, &Trial::of(&RULE, &[]).in_catalog(catalog).context())
        };
        assert_eq!(columns(&[Some(2), Some(1)]), Ok(vec![2, 1]));
        for below in [None, Some(3)] {
            assert!(matches!(columns(&[below]), Err(Edit::ByHand(_))), "by an expression, or not allowed");
        }
    }

    #[test]
    fn every_column_of_the_key_is_checked() {
        let t = with_key(vec![column(1, "id", oids::INT4), column(2, "ok", oids::INT8), column(3, "code", oids::TEXT)]);
        assert_eq!(
            messages_of(&RULE, &t, &[]),
            [
                "primary-key column \"id\" of table \"public.t\" is of type type 23, which is not allowed",
                "primary-key column \"code\" of table \"public.t\" is of type type 25, which is not allowed",
            ]
        );
        assert!(messages_of(&RULE, &t, &[("primary_key_types", "")]).is_empty());
        assert!(messages_of(&RULE, &t, &[("primary_key_types", "integer, bigint, text")]).is_empty());
        assert!(messages_of(&RULE, &table("t", vec![column(1, "id", oids::INT4)]), &[]).is_empty(), "no key");
    }

    #[test]
    fn a_length_counts_where_it_is_written() {
        const OF_LENGTH_36: i32 = 40;
        let mut string = column(1, "id", oids::VARCHAR);
        assert_eq!(messages_of(&RULE, &with_key(vec![string.clone()]), &[]).len(), 1);
        string.data_type.modifier = OF_LENGTH_36;
        assert!(messages_of(&RULE, &with_key(vec![string]), &[]).is_empty());
    }

    #[test]
    fn columns_whose_type_follows_from_something_else_are_exempt() {
        let mut t = with_key(vec![column(1, "id", oids::INT4)]);
        t.constraints.push(foreign_key(FOREIGN_KEY, "fk", &[1], Action::Cascade));
        assert!(messages_of(&RULE, &t, &[]).is_empty());
        let t = with_key(vec![column(1, "id", oids::INT4)]);
        let by_id = Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().partitioned_by(&[Some(1)]));
        assert!(by_id.messages(&t).is_empty(), "the partition key");
        assert!(messages_of(&RULE, &t, &[("migration_tables", "t")]).is_empty());
        let mut child = with_key(vec![Column { inherited: true, ..column(1, "id", oids::INT4) }]);
        let of_parent = |parent| Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().parent(parent));
        assert!(of_parent(t.clone()).messages(&child).is_empty(), "the parent is reported");
        assert_eq!(of_parent(table("t", t.columns)).messages(&child).len(), 1, "the key is the child's own");
        child.constraints[0].inherited = true;
        assert!(messages_of(&RULE, &child, &[]).is_empty(), "a partition");
    }

    #[test]
    fn a_period_may_be_a_range() {
        const TSTZRANGE: Oid = 3910;
        const INDEX: Oid = 50;
        let mut t = with_key(vec![column(1, "id", oids::INT8), column(2, "during", TSTZRANGE)]);
        t.constraints[0].index = INDEX;
        t.indexes.push(Index { oid: INDEX, method: AccessMethod::Gist, ..index(&[1, 2]) });
        assert!(messages_of(&RULE, &t, &[]).is_empty());
        t.columns[0] = column(1, "id", oids::INT4);
        assert_eq!(messages_of(&RULE, &t, &[]).len(), 1, "the other columns are checked");
        t.indexes[0].method = AccessMethod::Btree;
        assert_eq!(messages_of(&RULE, &t, &[]).len(), 2);
    }

    #[test]
    fn the_fix_turns_integers_into_bigint() {
        let t = with_key(vec![column(1, "id", oids::INT4)]);
        assert_eq!(fix_of(&RULE, &t, &[], false), "ALTER TABLE public.t ALTER COLUMN id TYPE bigint;");
        assert_eq!(fix_of(&RULE, &t, &[], true), "id bigint");
    }

    #[test]
    fn the_fix_gives_other_keys_new_values() {
        let wanted = |data_type, columns| {
            let edits = Trial::of(&RULE, &[("primary_key_types", data_type)]).edits(&with_key(columns));
            let [Edit::Column(1, ColumnEdit::Type(wanted))] = edits.as_slice() else { panic!("{edits:?}") };
            wanted.clone()
        };
        let to_uuid = WantedType::Other("uuid".into(), Conversion::New("gen_random_uuid()"));
        assert_eq!(wanted("uuid", vec![column(1, "id", oids::INT4)]), to_uuid);
        let to_text = WantedType::Other("text".into(), Conversion::CastText);
        assert_eq!(wanted("text", vec![column(1, "id", oids::UUID)]), to_text);
    }

    /// A key of numbers with as many digits before the point, and behind it.
    fn of_digits(whole: i32, decimals: i32) -> Relation {
        let mut number = column(1, "id", oids::NUMERIC);
        number.data_type.modifier = (((whole + decimals) << 16) | decimals) + 4;
        with_key(vec![number])
    }

    #[test]
    fn the_fix_does_not_round_a_key() {
        let with_rows = || FakeCatalog::new().has_rows(None);
        let fix = |t: &Relation| Trial::of(&RULE, &[]).in_catalog(with_rows()).fix_with_caution(t);
        let (text, caution) = fix(&of_digits(10, 0));
        assert_eq!(text, "ALTER TABLE public.t ALTER COLUMN id TYPE bigint USING id::bigint;");
        assert_eq!(caution, "rewrites the table");
        assert_eq!(fix(&of_digits(19, 0)).1, "fails if a value has no place in bigint; rewrites the table");
        for t in [of_digits(10, 2), with_key(vec![column(1, "id", oids::NUMERIC)])] {
            let (text, _) = fix(&t);
            assert!(text.contains("ADD CONSTRAINT uq_t_id UNIQUE (id);"), "{text}");
            assert!(!text.contains(" TYPE "), "{text}");
        }
    }

    #[test]
    fn a_new_key_is_over_the_partition_key_as_well() {
        let t = with_key(vec![column(1, "id", oids::NUMERIC), column(2, "day", oids::DATE)]);
        let by_day = Trial::of(&RULE, &[]).in_catalog(FakeCatalog::new().partitioned_by(&[Some(2)]));
        let text = by_day.fix(&t, false);
        assert!(text.ends_with("ADD CONSTRAINT pk_t PRIMARY KEY (id_2, day);"), "{text}");
    }

    #[test]
    fn the_fix_keeps_strings() {
        let of_length = |length: i32| {
            let mut string = column(1, "id", oids::VARCHAR);
            string.data_type.modifier = length + 4;
            with_key(vec![string])
        };
        let with_rows = || FakeCatalog::new().has_rows(None);
        let fix = |t: &Relation| Trial::of(&RULE, &[]).in_catalog(with_rows()).fix_with_caution(t);
        let statement = "ALTER TABLE public.t ALTER COLUMN id TYPE character varying(36);";
        assert_eq!(fix(&of_length(5)), (statement.to_owned(), String::new()));
        let with_care = (statement.to_owned(), "fails if a value is longer; rewrites the table".to_owned());
        assert_eq!(fix(&of_length(50)), with_care);
        assert_eq!(fix(&with_key(vec![column(1, "id", oids::TEXT)])), with_care);
    }

    #[test]
    fn new_values_always_carry_a_caution() {
        let t = with_key(vec![column(1, "id", oids::INT4)]);
        let empty = FakeCatalog::new().has_rows(Some(false));
        let to_uuid = Trial::of(&RULE, &[("primary_key_types", "uuid")]).in_catalog(empty);
        assert_eq!(to_uuid.fix_with_caution(&t).1, "gives every row a new value");
    }

    #[test]
    fn values_are_not_cut() {
        let short = Trial::of(&RULE, &[("primary_key_types", "character varying(10), bigint")]);
        let (text, _) = short.fix_with_caution(&with_key(vec![column(1, "id", oids::UUID)]));
        assert!(text.contains("ADD CONSTRAINT uq_t_id UNIQUE (id);"), "{text}");
        let short = Trial::of(&RULE, &[("primary_key_types", "character varying(10)")]);
        let (text, _) = short.fix_with_caution(&with_key(vec![column(1, "id", oids::UUID)]));
        assert!(text.starts_with("-- Choose a type for the primary key: "), "{text}");
    }

    #[test]
    fn a_key_is_not_replaced_under_those_of_inheritance_children() {
        let mut t = with_key(vec![column(1, "id", oids::DATE)]);
        t.has_children = true;
        let fix = "-- Change primary key pk_t of table public.t together with those of its inheritance children.";
        assert_eq!(fix_of(&RULE, &t, &[], false), fix);
    }

    #[test]
    fn a_key_that_cannot_be_converted_becomes_unique() {
        let t = with_key(vec![column(1, "id", oids::DATE), column(2, "b", oids::INT8)]);
        let fix = [
            "DROP CONSTRAINT pk_t;",
            "ADD COLUMN id_2 bigint GENERATED ALWAYS AS IDENTITY;",
            "ADD CONSTRAINT uq_t_id_b UNIQUE (id, b);",
            "ADD CONSTRAINT pk_t PRIMARY KEY (id_2);",
        ];
        let fixed = fix_of(&RULE, &t, &[], false);
        let steps: Vec<&str> = fixed.lines().filter(|line| !line.starts_with("COMMENT")).collect();
        assert_eq!(steps, fix.map(|part| format!("ALTER TABLE public.t {part}")));
    }
}
