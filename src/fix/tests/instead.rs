//! What is written in the place of the columns and constraints of a refused statement.

use super::Case;
use crate::facts::{Action, Column, ConstraintKind, NameOrigin, Oid, Relation, oids};
use crate::rule::{ColumnEdit, ConstraintEdit, Conversion, Edit, NewColumn, NewKey, WantedType};
use crate::testing::{FakeCatalog, column, constraint, foreign_key, table, timestamp_column};

const KEY: Oid = 7;
const CHECK: Oid = 8;
const FOREIGN_KEY: Oid = 9;

fn with_zones(number: i16) -> Edit {
    Edit::Column(number, ColumnEdit::Type(WantedType::WithTimeZones))
}

fn on_delete() -> Edit {
    Edit::Constraint(FOREIGN_KEY, ConstraintEdit::OnDelete(vec![Action::Restrict]))
}

/// A table with a foreign key over column 1.
fn referencing() -> Relation {
    let mut t = table("t", vec![column(1, "a", oids::INT8), column(2, "b", oids::INT8)]);
    t.constraints.push(foreign_key(FOREIGN_KEY, "fk", &[1], Action::NoAction));
    t
}

const NEW_KEY: &str = "CONSTRAINT fk FOREIGN KEY (a) REFERENCES public.parent (id) ON DELETE RESTRICT";

#[test]
fn a_constraint_over_one_column_comes_with_the_column_and_what_is_written_in_it() {
    let mut t = referencing();
    t.constraints.push(constraint(KEY, "t_a_key", ConstraintKind::Unique, &[1]));
    t.constraints[1].name_origin = NameOrigin::MadeUp;
    t.constraints.push(constraint(CHECK, "ck", ConstraintKind::Check, &[1]));
    t.constraints.push(constraint(CHECK + 9, "beside", ConstraintKind::Check, &[1]));
    t.constraints[1].is_inline = true;
    t.constraints[2].is_inline = true;
    let fix = Case::refused(&t).fix(vec![on_delete()]);
    let check = "CONSTRAINT ck DEFINITION OF 8";
    assert_eq!(fix.lines, ["a type 20 NOT NULL", NEW_KEY, "DEFINITION OF 7", check], "the unnamed one has no name");
    assert_eq!(fix.caution.as_deref(), Some("chooses ON DELETE RESTRICT"));
    t.constraints[1].inherited = true;
    let fix = Case::refused(&t).fix(vec![on_delete()]);
    assert_eq!(fix.lines, ["a type 20 NOT NULL", NEW_KEY, check], "what is inherited comes from the parent");
}

#[test]
fn a_column_keeps_how_it_is_stored() {
    let t = table("t", vec![Column { collation: 950, ..column(1, "S", oids::TEXT) }]);
    let case = Case::refused(&t).in_catalog(FakeCatalog::new().column_storage(1, " STORAGE EXTERNAL"));
    let name = Edit::Column(1, ColumnEdit::Name);
    assert_eq!(case.text(name), "s type 25 STORAGE EXTERNAL COLLATE collation 950 NOT NULL");
}

#[test]
fn a_partition_has_the_types_of_its_parent() {
    let inherited = |column| Column { inherited: true, ..column };
    let mut t = table("t", vec![inherited(column(1, "a", oids::INT8)), inherited(column(2, "b", oids::INT8))]);
    t.is_partition = true;
    for (oid, number) in [(CHECK, 1), (CHECK + 9, 2)] {
        t.constraints.push(constraint(oid, "t_check", ConstraintKind::Check, &[number]));
    }
    (t.columns[1].identity, t.columns[0].has_default) = (true, true);
    t.constraints.iter_mut().for_each(|check| check.is_inline = true);
    let case = Case::refused(&t).in_catalog(FakeCatalog::new().column_default(1, "7"));
    let names = [CHECK, CHECK + 9].map(|oid| Edit::Constraint(oid, ConstraintEdit::Name));
    let [first, second] = names.map(|edit| case.text(edit).lines().next().unwrap().to_owned());
    assert_eq!(first, "a WITH OPTIONS DEFAULT 7 NOT NULL");
    assert_eq!(second, "b WITH OPTIONS", "a partition cannot write an identity");
}

#[test]
fn a_constraint_over_several_columns_stands_alone() {
    let mut t = referencing();
    t.constraints[0].columns = vec![1, 2];
    t.constraints[0].foreign_key.as_mut().unwrap().referenced_columns = vec![1, 2];
    let fix = Case::refused(&t).fix(vec![on_delete()]);
    assert_eq!(fix.text(), "CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES public.parent (id, id) ON DELETE RESTRICT");
}

#[test]
fn of_a_primary_key_the_column_is_not_null_already() {
    let mut t = table("t", vec![timestamp_column(1, "at"), column(2, "b", oids::INT8)]);
    t.constraints.push(constraint(KEY, "pk", ConstraintKind::PrimaryKey, &[2, 1]));
    assert_eq!(Case::refused(&t).text(with_zones(1)), "at timestamp with time zone");
}

#[test]
fn alter_table_has_subcommands() {
    let before = table("t", vec![column(2, "b", oids::INT8)]);
    let t = referencing();
    let added = Case::refused_change(&before, &t).fix(vec![on_delete()]);
    assert_eq!(added.lines, ["ADD COLUMN a type 20 NOT NULL".to_owned(), format!("ADD {NEW_KEY}")]);
    let before = Relation { constraints: vec![], ..t.clone() };
    let alone = Case::refused_change(&before, &t).fix(vec![on_delete()]);
    assert_eq!(alone.text(), format!("ADD {NEW_KEY}"), "the column was there before");
}

#[test]
fn a_query_has_output_columns() {
    let t = table("t", vec![timestamp_column(1, "At"), column(2, "b", oids::FLOAT8)]);
    let case = Case { is_query: true, ..Case::refused(&t) };
    assert_eq!(case.text(with_zones(1)), "\"At\" AT TIME ZONE 'UTC' AS \"At\"");
    let numeric = WantedType::Other("numeric".into(), Conversion::Cast);
    assert_eq!(case.text(Edit::Column(2, ColumnEdit::Type(numeric))), "b::text::numeric AS b");
    assert_eq!(case.text(Edit::Column(1, ColumnEdit::Name)), "\"At\" AS at");
}

#[test]
fn a_default_is_written_for_the_new_type() {
    let t = table("t", vec![Column { has_default: true, ..timestamp_column(1, "at") }]);
    let fix = |default| Case::refused(&t).in_catalog(FakeCatalog::new().column_default(1, default)).text(with_zones(1));
    assert_eq!(fix("now()"), "at timestamp with time zone DEFAULT now() NOT NULL");
    assert_eq!(fix("LOCALTIMESTAMP"), "at timestamp with time zone DEFAULT now() NOT NULL");
}

#[test]
fn what_is_generated_from_the_column_is_written_anew_with_it() {
    let generated = Column { generated: true, has_default: true, not_null: false, ..column(2, "day", oids::DATE) };
    let t = table("t", vec![timestamp_column(1, "at"), generated]);
    let catalog = || FakeCatalog::new().column_clauses(2, " GENERATED ALWAYS AS ((at)::date) STORED");
    let fix = Case::refused(&t).in_catalog(catalog()).fix(vec![with_zones(1)]);
    let day = "day type 1082 GENERATED ALWAYS AS (((at AT TIME ZONE 'UTC'))::date) STORED";
    assert_eq!(fix.lines, ["at timestamp with time zone NOT NULL", day]);
    let renamed = table("t", vec![timestamp_column(1, "At"), t.columns[1].clone()]);
    let catalog = FakeCatalog::new().column_clauses(2, " GENERATED ALWAYS AS ((\"At\")::date) STORED");
    let fix = Case::refused(&renamed).in_catalog(catalog).fix(vec![Edit::Column(1, ColumnEdit::Name)]);
    assert_eq!(fix.lines[1], "day type 1082 GENERATED ALWAYS AS ((at)::date) STORED");
}

#[test]
fn a_generated_column_converts_its_expression() {
    let t = table("t", vec![Column { generated: true, has_default: true, ..timestamp_column(1, "at") }]);
    let catalog = FakeCatalog::new().column_clauses(1, " GENERATED ALWAYS AS (f(a)) STORED");
    let text = Case::refused(&t).in_catalog(catalog).text(with_zones(1));
    assert_eq!(text, "at timestamp with time zone GENERATED ALWAYS AS ((f(a))::timestamp AT TIME ZONE 'UTC') STORED");
}

#[test]
fn checks_and_partition_keys_read_the_old_value_from_the_new_one() {
    let mut t = table("t", vec![timestamp_column(1, "at"), timestamp_column(2, "until")]);
    t.constraints.push(constraint(CHECK, "ck", ConstraintKind::Check, &[1, 2]));
    let catalog = FakeCatalog::new()
        .constraint_definition(CHECK, "CHECK ((at < until))")
        .partitioned_by(&[None])
        .partition_key("RANGE (date(at))");
    let fix = Case::refused(&t).in_catalog(catalog).fix(vec![with_zones(1)]);
    let check = "CONSTRAINT ck CHECK (((at AT TIME ZONE 'UTC') < until))";
    let partition = "PARTITION BY RANGE (date((at AT TIME ZONE 'UTC')))";
    assert_eq!(fix.lines, ["at timestamp with time zone NOT NULL", check, partition]);
    let by_column = FakeCatalog::new().partitioned_by(&[Some(1)]).partition_key("RANGE (at)");
    t.constraints.clear();
    let fix = Case::refused(&t).in_catalog(by_column).fix(vec![with_zones(1)]);
    assert_eq!(fix.lines, ["at timestamp with time zone NOT NULL"]);
}

#[test]
fn a_column_keeps_its_numbers() {
    let edit = |data_type: &str, conversion| {
        Edit::Column(1, ColumnEdit::Type(WantedType::Other(data_type.into(), conversion)))
    };
    let serial = table("t", vec![Column { has_default: true, ..column(1, "Id", oids::INT4) }]);
    let nextval = || FakeCatalog::new().serial(1).column_default(1, "nextval('some_sequence'::regclass)");
    let fix = |edit| Case::refused(&serial).in_catalog(nextval()).text(edit);
    assert_eq!(fix(Edit::Column(1, ColumnEdit::Name)), "id serial");
    let widened = fix(edit("bigint", Conversion::Widen));
    assert_eq!(widened, "\"Id\" bigint GENERATED BY DEFAULT AS IDENTITY");
    let identity = fix(Edit::Column(1, ColumnEdit::Identity("GENERATED ALWAYS AS IDENTITY".into())));
    assert_eq!(identity, "\"Id\" type 23 GENERATED ALWAYS AS IDENTITY");
    let uuid = || edit("uuid", Conversion::New("gen_random_uuid()"));
    assert_eq!(fix(uuid()), "\"Id\" uuid DEFAULT gen_random_uuid() NOT NULL");
    let identity = table("t", vec![Column { identity: true, has_default: true, ..column(1, "id", oids::INT4) }]);
    let always = || FakeCatalog::new().column_clauses(1, " GENERATED ALWAYS AS IDENTITY");
    let fix = |edit| Case::refused(&identity).in_catalog(always()).text(edit);
    assert_eq!(fix(edit("bigint", Conversion::Widen)), "id bigint GENERATED ALWAYS AS IDENTITY");
    assert_eq!(fix(uuid()), "id uuid DEFAULT gen_random_uuid() NOT NULL");
}

#[test]
fn a_key_that_is_replaced_gives_its_name_away() {
    let mut t = table("t", vec![column(1, "a", oids::DATE)]);
    t.constraints.push(constraint(KEY, "pk_t", ConstraintKind::PrimaryKey, &[1]));
    let new_key = |kind, column: &str| Edit::AddKey(NewKey { kind, columns: vec![column.into()], index: None });
    let fix = Case::refused(&t).fix(vec![
        Edit::Constraint(KEY, ConstraintEdit::Drop),
        Edit::AddColumn(NewColumn { name: "id".into(), definition: "bigserial".into(), needs_value: false }),
        new_key(ConstraintKind::Unique, "a"),
        new_key(ConstraintKind::PrimaryKey, "id"),
    ]);
    let keys = ["CONSTRAINT uq_t_a UNIQUE (a)", "CONSTRAINT pk_t PRIMARY KEY (id)"];
    assert_eq!(fix.lines, ["a type 1082 NOT NULL", "id bigserial", keys[0], keys[1]]);
}
