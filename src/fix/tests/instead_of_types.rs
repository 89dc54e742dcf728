//! What is written in the place of refused types, and of relations as a whole.

use super::Case;
use crate::facts::{ConstraintKind, NameOrigin, Oid, Relation, RelationKind, oids};
use crate::rule::{ColumnEdit, ConstraintEdit, Edit, FixApplies, NewColumn, RelationEdit, WantedType};
use crate::testing::{FakeCatalog, column, constraint, table, timestamp_column};

fn with_zones() -> Edit {
    Edit::Column(1, ColumnEdit::Type(WantedType::WithTimeZones))
}

#[test]
fn a_composite_type_has_attributes() {
    let before = Relation { kind: RelationKind::CompositeType, ..table("c", vec![]) };
    let t = Relation { columns: vec![timestamp_column(1, "at")], ..before.clone() };
    let mut nullable = t.clone();
    nullable.columns[0].not_null = false;
    assert_eq!(Case::refused(&nullable).text(with_zones()), "at timestamp with time zone");
    let added = Case::refused_change(&before, &nullable).text(with_zones());
    assert_eq!(added, "ADD ATTRIBUTE at timestamp with time zone CASCADE");
}

#[test]
fn a_domain_is_written_as_a_whole() {
    let domain = Relation { kind: RelationKind::Domain, ..table("d", vec![timestamp_column(1, "VALUE")]) };
    let text = Case::refused(&domain).text(with_zones());
    assert_eq!(text, "CREATE DOMAIN public.d AS timestamp with time zone CHECK (true);");
}

#[test]
fn an_enum_is_made_first() {
    const CHECK: Oid = 9;
    let mut t = table("t", vec![column(1, "status", oids::TEXT)]);
    t.constraints.push(constraint(CHECK, "ck", ConstraintKind::Check, &[1]));
    let edit = ColumnEdit::Enum { labels: vec!["a".into(), "b".into()], check: CHECK };
    let edit = || Edit::Column(1, edit.clone());
    let fix = Case::refused(&t).fix(vec![edit()]);
    let create = "CREATE TYPE public.t_status AS ENUM ('a', 'b');";
    assert_eq!(fix.lines, [create, "status public.t_status NOT NULL", "-- Leave out constraint ck."]);
    assert_eq!(fix.applies, FixApplies::Instead);
    t.constraints[0].name_origin = NameOrigin::MadeUp;
    let unnamed = FakeCatalog::new().constraint_definition(CHECK, "CHECK ((status = 'a'))");
    let fix = Case::refused(&t).in_catalog(unnamed).fix(vec![edit()]);
    assert_eq!(fix.lines[2], "-- Leave out the constraint CHECK ((status = 'a')).");
    t.constraints[0].is_inline = true;
    let fix = Case::refused(&t).fix(vec![edit()]);
    assert_eq!(fix.lines, [create, "status public.t_status NOT NULL"], "the check goes with the column");
}

#[test]
fn a_typed_table_follows_its_type() {
    let t = table("t", vec![timestamp_column(1, "at")]);
    let fix = Case::refused(&t).in_catalog(FakeCatalog::new().typed()).fix(vec![with_zones()]);
    let by_hand = "-- Change the composite type of typed table public.t.";
    assert_eq!(fix.text(), by_hand);
    assert_eq!(fix.applies, FixApplies::ByHand);
    let added = NewColumn { name: "id".into(), definition: "bigserial".into(), needs_value: false };
    let text = Case::refused(&t).in_catalog(FakeCatalog::new().typed()).text(Edit::AddColumn(added));
    assert_eq!(text, by_hand);
}

#[test]
fn the_head_of_the_statement_changes() {
    let text = |kind, name, edit: RelationEdit| {
        Case::refused(&Relation { kind, ..table(name, vec![]) }).text(Edit::Relation(edit))
    };
    assert_eq!(text(RelationKind::Table, "Order Items", RelationEdit::Name), "CREATE TABLE public.order_items");
    assert_eq!(text(RelationKind::Enum, "Size", RelationEdit::Name), "CREATE TYPE public.size");
    assert_eq!(text(RelationKind::Domain, "Size", RelationEdit::Name), "CREATE DOMAIN public.size");
    assert_eq!(text(RelationKind::ForeignTable, "T", RelationEdit::Name), "CREATE FOREIGN TABLE public.t");
    assert_eq!(text(RelationKind::Table, "t", RelationEdit::Logged), "CREATE TABLE public.t");
    let mut fix = Case::refused(&table("T", vec![])).fix(vec![Edit::Relation(RelationEdit::Name)]);
    fix.keep_if_not_exists();
    assert_eq!(fix.text(), "CREATE TABLE IF NOT EXISTS public.t");
}

#[test]
fn a_key_that_the_statement_makes_anew_over_another_type_is_dropped() {
    let mut before = table("t", vec![column(1, "a", oids::DATE)]);
    before.constraints.push(constraint(7, "pk_t", ConstraintKind::PrimaryKey, &[1]));
    let mut after = table("t", vec![column(1, "a", oids::TIMESTAMP)]);
    after.constraints.push(constraint(8, "pk_t", ConstraintKind::PrimaryKey, &[1]));
    let drop = Edit::Constraint(8, ConstraintEdit::Drop);
    assert_eq!(Case::refused_change(&before, &after).text(drop.clone()), "DROP CONSTRAINT pk_t");
    before.constraints[0].name = "pk_old".into();
    assert_eq!(Case::refused_change(&before, &after).text(drop), "-- Leave out constraint pk_t.");
}

#[test]
fn a_column_of_a_typed_table_is_written_with_its_options_alone() {
    let t = table("t", vec![column(1, "a", oids::INT8)]);
    let not_null = Edit::Column(1, ColumnEdit::NotNull { filler: None });
    let typed = || FakeCatalog::new().typed();
    assert_eq!(Case::refused(&t).in_catalog(typed()).text(not_null), "a WITH OPTIONS NOT NULL");
    let text = Case::refused(&t).in_catalog(typed()).text(Edit::Column(1, ColumnEdit::Name));
    assert_eq!(text, "-- Change the composite type of typed table public.t.");
}

#[test]
fn an_inherited_column_is_changed_in_the_parent() {
    let mut t = table("t", vec![timestamp_column(1, "at")]);
    t.columns[0].inherited = true;
    let text = Case::refused(&t).text(with_zones());
    assert_eq!(text, "-- Change the table that column at of table public.t is inherited from.");
}

#[test]
fn no_identity_column_is_added_above_children() {
    let before = Relation { has_children: true, ..table("t", vec![]) };
    let after = Relation { has_children: true, ..table("t", vec![column(1, "a", oids::INT4)]) };
    let identity = Edit::Column(1, ColumnEdit::Identity("GENERATED BY DEFAULT AS IDENTITY".into()));
    let text = Case::refused_change(&before, &after).text(identity);
    let reason = "Its inheritance children would be left without a default.";
    assert_eq!(text, format!("-- Add column a as an identity column. {reason}"));
}
