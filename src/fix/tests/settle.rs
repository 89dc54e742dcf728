//! Types that the columns of a refused statement cannot have, and what is written of the columns then.

use super::Case;
use crate::facts::{Action, Column, ConstraintKind, NameOrigin, Oid, Relation, oids};
use crate::rule::{ColumnEdit, ConstraintEdit, Conversion, Edit, WantedType};
use crate::settings::Level;
use crate::testing::{FakeCatalog, column, constraint, foreign_key, table, timestamp_column};

const UNIQUE: Oid = 7;
const CHECK: Oid = 8;
const OTHER: Oid = 9;

fn with_zones(number: i16) -> Edit {
    Edit::Column(number, ColumnEdit::Type(WantedType::WithTimeZones))
}

fn to(data_type: &str, conversion: Conversion) -> Edit {
    Edit::Column(1, ColumnEdit::Type(WantedType::Other(data_type.into(), conversion)))
}

fn to_enum() -> Edit {
    Edit::Column(1, ColumnEdit::Enum { labels: vec!["a".into(), "b".into()], check: CHECK })
}

/// A table with a column of this type that references a bigint, and with a second column.
fn referencing(data_type: Oid) -> Relation {
    let mut t = table("t", vec![column(1, "a", data_type), column(2, "b", data_type)]);
    t.constraints.push(foreign_key(OTHER, "fk", &[1], Action::Restrict));
    t
}

#[test]
fn a_foreign_key_ties_types_together() {
    let mut t = referencing(oids::TEXT);
    t.constraints.push(constraint(CHECK, "ck", ConstraintKind::Check, &[1]));
    let by_hand = "-- Change column a of table public.t to public.t_a (CREATE TYPE public.t_a AS ENUM ('a', 'b')). \
                   The columns on both sides of foreign key fk have to \
                   be changed together.";
    assert_eq!(Case::refused(&t).text(to_enum()), by_hand);
    t.constraints[0].columns = vec![2, 1];
    t.constraints[0].foreign_key.as_mut().unwrap().referenced_columns = vec![1, 2];
    assert_eq!(Case::refused(&t).text(to_enum()), by_hand, "over two columns");
    let before = Relation { columns: vec![], constraints: vec![], ..t.clone() };
    assert_eq!(Case::refused_change(&before, &t).text(to_enum()), by_hand, "ADD COLUMN");
}

#[test]
fn a_type_that_fits_the_other_column_is_fine() {
    let t = referencing(oids::FLOAT8);
    let text = |data_type, conversion| Case::refused(&t).text(to(data_type, conversion));
    assert!(text("numeric", Conversion::Cast).starts_with("-- Change column a "));
    assert!(text("bigint", Conversion::Cast).starts_with("a bigint NOT NULL"), "it is that of the other column");
    assert!(
        text("integer", Conversion::Widen).starts_with("a integer NOT NULL"),
        "keys may be over integers of two kinds"
    );
}

#[test]
fn a_foreign_key_to_a_column_of_the_same_table_counts_for_both() {
    let mut t = table("t", vec![timestamp_column(1, "a"), timestamp_column(2, "b")]);
    t.constraints.push(foreign_key(OTHER, "fk", &[2], Action::Restrict));
    let key = t.constraints[0].foreign_key.as_mut().unwrap();
    (key.referenced_table, key.referenced_columns) = (t.oid, vec![1]);
    for number in [1, 2] {
        assert!(Case::refused(&t).text(with_zones(number)).contains("both sides of foreign key fk"), "{number}");
    }
    let both = Case::refused(&t).fix(vec![with_zones(1), with_zones(2)]);
    assert_eq!(both.lines[0], "a timestamp with time zone NOT NULL");
}

#[test]
fn the_expression_of_an_exclusion_reads_the_old_value_from_the_new_one() {
    let mut t = table("t", vec![timestamp_column(1, "t"), timestamp_column(2, "u")]);
    t.constraints.push(constraint(OTHER, "ex", ConstraintKind::Exclusion, &[0]));
    let catalog = || FakeCatalog::new().constraint_definition(OTHER, "EXCLUDE USING gist (tsrange(t, u) WITH &&)");
    let fix = Case::refused(&t).in_catalog(catalog()).fix(vec![with_zones(1), with_zones(2)]);
    let exclusion =
        "CONSTRAINT ex EXCLUDE USING gist (tsrange((t AT TIME ZONE 'UTC'), (u AT TIME ZONE 'UTC')) WITH &&)";
    assert!(fix.lines.contains(&exclusion.to_owned()), "{:?}", fix.lines);
    t.columns[0] = column(1, "t", oids::DATE);
    let text = Case::refused(&t).in_catalog(catalog()).text(to("bigint", Conversion::CastText));
    let by_hand = "-- Change column t of table public.t to bigint, and write constraint ex anew, which reads it: EXCLUDE \
                   USING gist (tsrange(t, u) WITH &&)";
    assert_eq!(text, by_hand);
}

#[test]
fn what_is_a_key_is_not_told_from_what_an_expression_reads() {
    let mut t = table("t", vec![timestamp_column(1, "t"), timestamp_column(2, "u")]);
    let index = crate::facts::Index { oid: 50, key: vec![Some(1), None], ..crate::testing::index(&[1]) };
    t.indexes.push(index);
    t.constraints.push(constraint(OTHER, "ex", ConstraintKind::Exclusion, &[1, 0]));
    t.constraints[0].index = 50;
    let fix = |definition: &str| {
        let catalog = FakeCatalog::new().constraint_definition(OTHER, definition);
        Case::refused(&t).in_catalog(catalog).text(with_zones(1))
    };
    assert!(fix("EXCLUDE USING gist (t WITH =, tsrange(t, u) WITH &&)").starts_with("-- Change column t "));
    assert!(fix("EXCLUDE USING gist (t WITH =, lower(u) WITH &&)").starts_with("t timestamp with time zone"));
}

#[test]
fn what_a_key_includes_is_not_converted() {
    let mut t = table("t", vec![timestamp_column(1, "at"), column(2, "b", oids::INT8)]);
    t.constraints.push(constraint(UNIQUE, "t_b_key", ConstraintKind::Unique, &[2]));
    let catalog = FakeCatalog::new().constraint_definition(UNIQUE, "UNIQUE (b) INCLUDE (at)");
    let wishes =
        vec![(Level::Error, vec![with_zones(1)]), (Level::Error, vec![Edit::Constraint(UNIQUE, ConstraintEdit::Name)])];
    let fixes = Case::refused(&t).in_catalog(catalog).fixes(wishes);
    assert!(fixes[1].lines.iter().any(|line| line.ends_with("UNIQUE (b) INCLUDE (at)")), "{:?}", fixes[1].lines);
}

#[test]
fn a_type_that_a_column_cannot_have_does_not_hinder_its_other_fixes() {
    let generated = Column { generated: true, has_default: true, ..column(2, "g", oids::TEXT) };
    let mut t = table("t", vec![column(1, "a", oids::TEXT), generated]);
    t.constraints.push(constraint(UNIQUE, "t_a_key", ConstraintKind::Unique, &[1]));
    t.constraints.push(constraint(CHECK, "ck", ConstraintKind::Check, &[1]));
    for constraint in &mut t.constraints {
        constraint.is_inline = true;
    }
    t.constraints[0].name_origin = NameOrigin::MadeUp;
    let catalog = FakeCatalog::new().column_clauses(2, " GENERATED ALWAYS AS ((a || 'z'::text)) STORED");
    let name = Edit::Constraint(UNIQUE, ConstraintEdit::Name);
    let wishes = vec![(Level::Error, vec![to_enum()]), (Level::Error, vec![name])];
    let fixes = Case::refused(&t).in_catalog(catalog).fixes(wishes);
    let by_hand = "-- Change column a of table public.t to public.t_a (CREATE TYPE public.t_a AS ENUM ('a', 'b')), \
                   and write column g anew, which is generated from it: \
                   GENERATED ALWAYS AS ((a || 'z'::text)) STORED";
    assert_eq!(fixes[0].text(), by_hand);
    let check = "CONSTRAINT ck DEFINITION OF 8";
    assert_eq!(fixes[1].lines, ["a type 25 NOT NULL", "CONSTRAINT uq_t_a DEFINITION OF 7", check]);
}

#[test]
fn a_column_gets_the_first_type_that_it_can_have() {
    let mut t = referencing(oids::TEXT);
    t.constraints.push(constraint(CHECK, "ck", ConstraintKind::Check, &[1]));
    let wishes =
        vec![(Level::Error, vec![to_enum()]), (Level::Error, vec![to("character varying(36)", Conversion::Shorten)])];
    let fixes = Case::refused(&t).fixes(wishes);
    assert!(fixes[0].text().starts_with("-- Change column a "));
    assert_eq!(fixes[1].lines[0], "a character varying(36) NOT NULL");
}

#[test]
fn the_expression_of_a_generated_column_must_always_give_the_same() {
    let text = |data_type| {
        let generated = Column { generated: true, has_default: true, ..column(1, "fee", data_type) };
        let catalog = FakeCatalog::new().column_clauses(1, " GENERATED ALWAYS AS (raw) STORED");
        let t = table("t", vec![generated]);
        Case::refused(&t).in_catalog(catalog).text(to("numeric", Conversion::Cast))
    };
    let by_hand = "-- Change column fee of table public.t to numeric, and write its expression anew for that type: GENERATED \
                   ALWAYS AS (raw) STORED";
    assert_eq!(text(oids::MONEY), by_hand);
    assert_eq!(text(oids::FLOAT8), "fee numeric GENERATED ALWAYS AS ((raw)::numeric) STORED");
}

#[test]
fn the_bounds_of_partitions_must_be_values_of_the_new_type() {
    let text = |conversion| {
        let t = table("t", vec![column(1, "c", oids::TIMETZ)]);
        let by_list = FakeCatalog::new().partitioned_by(&[Some(1)]).partition_key("LIST (c)");
        Case::refused(&t).in_catalog(by_list).text(to("timestamptz", conversion))
    };
    let by_hand = "-- Change column c of table public.t to timestamptz, and write the partition key and the bounds anew for \
                   that type: LIST (c)";
    assert_eq!(text(Conversion::Today), by_hand);
    assert_eq!(text(Conversion::Widen), "c timestamptz NOT NULL");
}

#[test]
fn what_a_constraint_or_a_sequence_cannot_have_does_not_hinder_the_other_fixes() {
    let mut t = referencing(oids::INT8);
    t.constraints.push(constraint(UNIQUE, "t_a_key", ConstraintKind::Unique, &[1]));
    t.constraints[1].is_inline = true;
    let name = || (Level::Error, vec![Edit::Constraint(UNIQUE, ConstraintEdit::Name)]);
    let set_null = Edit::Constraint(OTHER, ConstraintEdit::OnDelete(vec![Action::SetNull]));
    let fixes = Case::refused(&t).fixes(vec![(Level::Error, vec![set_null]), name()]);
    assert!(fixes[0].text().starts_with("-- Choose an ON DELETE action for foreign key fk "), "{}", fixes[0].text());
    assert_eq!(fixes[1].lines[0], "a type 20 NOT NULL");
    let before = Relation { columns: vec![], constraints: vec![], has_children: true, ..t.clone() };
    let t = Relation { has_children: true, ..t };
    let identity = Edit::Column(1, ColumnEdit::Identity("GENERATED BY DEFAULT AS IDENTITY".into()));
    let fixes = Case::refused_change(&before, &t).fixes(vec![(Level::Error, vec![identity]), name()]);
    assert!(fixes[0].text().starts_with("-- Add column a as an identity column."), "{}", fixes[0].text());
    assert_eq!(fixes[1].lines[0], "ADD COLUMN a type 20 NOT NULL");
}
