//! Changes of types that not every value survives.

use super::Case;
use crate::facts::{Action, Oid, Relation, oids};
use crate::rule::{ColumnEdit, Conversion, Edit, WantedType};
use crate::testing::{FakeCatalog, column, foreign_key, table};

const NUMERIC_12_2: i32 = ((12 << 16) | 2) + 4;

fn of_type(data_type: Oid, modifier: i32) -> Relation {
    let mut t = table("t", vec![column(1, "a", data_type)]);
    t.columns[0].data_type.modifier = modifier;
    t
}

/// What follows ALTER COLUMN in the fix that changes the type of column `a`, and its caution, where there may be rows.
fn change(t: &Relation, data_type: &str, conversion: Conversion) -> (String, String) {
    let edit = Edit::Column(1, ColumnEdit::Type(WantedType::Other(data_type.into(), conversion)));
    let fix = Case::in_place(t).in_catalog(FakeCatalog::new().has_rows(None)).fix(vec![edit]);
    let text = fix.text().replace("ALTER TABLE public.t ALTER COLUMN a ", "");
    (text, fix.caution.unwrap_or_default().replace("; rewrites the table", ""))
}

fn cast(data_type: Oid, modifier: i32, new: &str) -> (String, String) {
    change(&of_type(data_type, modifier), new, Conversion::Cast)
}

const CHANGES: &str = "changes values that the new type cannot hold";

#[test]
fn a_cast_to_fewer_digits_changes_values() {
    for (from, modifier, to) in [
        (oids::NUMERIC, NUMERIC_12_2, "bigint"),
        (oids::NUMERIC, -1, "bigint"),
        (oids::NUMERIC, -1, "numeric(12,2)"),
        (oids::FLOAT8, -1, "numeric(12,2)"),
        (oids::FLOAT8, -1, "bigint"),
        (oids::INT8, -1, "double precision"),
        (oids::TEXT, -1, "numeric(12,2)"),
    ] {
        assert_eq!(cast(from, modifier, to).1, CHANGES, "{from} to {to}");
    }
    for (from, modifier, to) in [
        (oids::INT4, -1, "numeric(12,2)"),
        (oids::NUMERIC, NUMERIC_12_2, "numeric"),
        (oids::MONEY, -1, "numeric"),
        (oids::INT8, -1, "integer"),
        (oids::TEXT, -1, "bigint"),
        (oids::UUID, -1, "text"),
    ] {
        assert_eq!(cast(from, modifier, to).1, "rewrites the table", "{from} to {to}");
    }
}

#[test]
fn floating_point_numbers_keep_their_digits() {
    let (text, caution) = cast(oids::FLOAT4, -1, "numeric");
    assert_eq!((text.as_str(), caution.as_str()), ("TYPE numeric USING a::text::numeric;", "rewrites the table"));
}

#[test]
fn strings_are_not_cut() {
    let fails = "fails if a value is longer";
    let shorter = "TYPE character varying(10)";
    assert_eq!(cast(oids::VARCHAR, 40, "character varying(10)"), (format!("{shorter};"), fails.to_owned()));
    assert_eq!(cast(oids::TEXT, -1, "character varying(10)"), (format!("{shorter};"), fails.to_owned()));
    let of_number = change(&of_type(oids::INT8, -1), "character varying(10)", Conversion::CastText);
    assert_eq!(of_number, (format!("{shorter} USING a::text;"), fails.to_owned()));
}

#[test]
fn a_key_that_nobody_has_checked_says_nothing_of_the_values() {
    let mut t = of_type(oids::NUMERIC, NUMERIC_12_2);
    t.constraints.push(foreign_key(9, "fk", &[1], Action::Cascade));
    assert_eq!(change(&t, "bigint", Conversion::AsReferenced).1, "rewrites the table");
    t.constraints[0].validated = false;
    assert_eq!(change(&t, "bigint", Conversion::AsReferenced).1, CHANGES);
}

#[test]
fn the_columns_of_a_query_are_cast_to_shorter_strings() {
    let t = of_type(oids::TEXT, -1);
    let shorten = WantedType::Other("character varying(10)".into(), Conversion::Shorten);
    let case = Case { is_query: true, ..Case::refused(&t) };
    let text = case.text(Edit::Column(1, ColumnEdit::Type(shorten)));
    assert_eq!(text, "a::character varying(10) AS a");
}
