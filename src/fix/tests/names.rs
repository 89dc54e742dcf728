//! The names that fixes choose.

use super::Case;
use crate::facts::{AttrNumber, ConstraintKind, Oid, Relation, oids};
use crate::fix::Names;
use crate::testing::{FakeCatalog, column, constraint, foreign_key, index, settings, table};

const CHECK: Oid = 9;

/// A table with two checks over its first column.
fn with_checks() -> Relation {
    let mut t = table("orders", vec![column(1, "a", oids::INT8), column(2, "B", oids::INT8)]);
    t.constraints =
        [("x", CHECK), ("y", CHECK + 1)].map(|(name, oid)| constraint(oid, name, ConstraintKind::Check, &[1])).into();
    t
}

#[test]
fn each_name_is_chosen_once_and_for_the_same_object_again() {
    let t = with_checks();
    let case = Case::in_place(&t);
    let names = Names::new(case.context());
    names.note(&t);
    let rename = |at: usize| names.rename_constraint(&t, &t.constraints[at]);
    assert_eq!([rename(0), rename(1), rename(0)], ["ck_orders_a", "ck_orders_a_2", "ck_orders_a"]);
    let rename = || names.rename_column(&t, &t.columns[1]);
    assert_eq!([rename(), rename()], ["b", "b"]);
    assert_eq!([names.name_index(&t, &[1]), names.name_index(&t, &[1])], ["ix_orders_a", "ix_orders_a_2"]);
    assert_eq!([names.name_type("s", &["a", "b"]), names.name_type("s", &["a_b"])], ["a_b", "a_b_2"]);
    assert_eq!(names.name_type("other", &["a", "b"]), "a_b", "another schema");
}

#[test]
fn a_name_is_free_in_the_relation_the_schema_and_the_descendants() {
    let mut t = with_checks();
    t.constraints[1].name = "ck_orders_a".into();
    t.indexes.push(crate::facts::Index { name: "ix_orders_a".into(), ..index(&[1]) });
    t.has_children = true;
    let catalog = FakeCatalog::new().descendants_part_name("ck_orders_a_2").existing_name("ix_orders_a_2");
    let case = Case::in_place(&t).in_catalog(catalog);
    let names = Names::new(case.context());
    names.note(&t);
    assert_eq!(names.rename_constraint(&t, &t.constraints[0]), "ck_orders_a_3");
    assert_eq!(names.name_index(&t, &[1]), "ix_orders_a_3");
}

#[test]
fn names_follow_those_that_the_table_and_its_columns_will_have() {
    let mut t = with_checks();
    t.name.name = "Orders".into();
    t.constraints.push(foreign_key(7, "fk", &[2], crate::facts::Action::Cascade));
    let case = Case::in_place(&t);
    let names = Names::new(case.context());
    names.note(&t);
    assert_eq!(names.name_index(&t, &[2]), "ix_Orders_B");
    names.rename_relation(&t);
    names.rename_column(&t, &t.columns[1]);
    assert_eq!(names.name_index(&t, &[2]), "ix_orders_b");
    assert_eq!(names.rename_constraint(&t, &t.constraints[2]), "fk_orders_b");
}

#[test]
fn names_fit_the_patterns_that_are_in_force() {
    let t = with_checks();
    let options = [
        ("foreign_key_name_pattern", "{ref_table}_{table}_fk"),
        ("check_name_pattern", "{table}_{column_0}_check"),
        ("index_name_pattern", "{table}_{columns}_idx"),
    ];
    let case = Case { settings: settings(&options), ..Case::in_place(&t) };
    let names = Names::new(case.context());
    let key = foreign_key(7, "fk", &[1], crate::facts::Action::Cascade);
    assert_eq!(names.rename_constraint(&t, &key), "parent_orders_fk");
    assert_eq!(names.rename_constraint(&t, &t.constraints[0]), "orders_a_check");
    assert_eq!(names.name_index(&t, &[1, 2]), "orders_a_B_idx");
}

#[test]
fn a_new_primary_key_may_have_the_name_of_the_old_one() {
    let mut t = with_checks();
    let name = |t: &Relation| {
        let case = Case::in_place(t);
        let names = Names::new(case.context());
        names.note(t);
        names.name_constraint(t, ConstraintKind::PrimaryKey, &["a".into()], "")
    };
    t.constraints[0].name = "pk_orders".into();
    assert_eq!(name(&t), "pk_orders_2", "a check has it");
    t.constraints[0].kind = ConstraintKind::PrimaryKey;
    assert_eq!(name(&t), "pk_orders");
}

#[test]
fn many_similar_names_are_chosen_in_near_linear_time() {
    const MANY: AttrNumber = 20_000;
    let t = table("t", (1..=MANY).map(|number| column(number, &format!("a{}", "!".repeat(2)), oids::INT8)).collect());
    let case = Case::in_place(&t);
    let names = Names::new(case.context());
    names.note(&t);
    let last = t.columns.iter().map(|column| names.rename_column(&t, column)).last();
    assert_eq!(last.as_deref(), Some("a_20000"));
}
