//! Changes of constraints.

use super::Case;
use crate::facts::{
    Action, Column, Constraint, ConstraintKind, Index, IndexDefinition, NameOrigin, Oid, Relation, UseKind, oids,
};
use crate::fix::constraint::choose_action;
use crate::rule::{ConstraintEdit, Edit, NewKey, RelationEdit};
use crate::settings::Level;
use crate::testing::{FakeCatalog, column, constraint, foreign_key, index, table};

const KEY: Oid = 9;
const INDEX: Oid = 50;

/// A table with a foreign key over column 1.
fn referencing(own: Column) -> Relation {
    let mut t = table("t", vec![own]);
    t.constraints.push(foreign_key(KEY, "fk", &[1], Action::NoAction));
    t
}

fn nullable() -> Column {
    Column { not_null: false, ..column(1, "a", oids::INT8) }
}

#[test]
fn the_action_is_one_that_can_work() {
    let choose = |t: &Relation, allowed: &[Action]| choose_action(&t.constraints[0], allowed, t);
    let can_be_null = referencing(nullable());
    let not_null = referencing(column(1, "a", oids::INT8));
    assert_eq!(choose(&not_null, &[Action::Cascade, Action::Restrict]), Some(Action::Restrict), "the safest first");
    assert_eq!(choose(&can_be_null, &[Action::SetDefault, Action::SetNull]), Some(Action::SetNull));
    assert_eq!(choose(&not_null, &[Action::SetNull]), None);
    assert_eq!(choose(&not_null, &[Action::SetNull, Action::SetDefault]), None, "it has no default");
    let with_default = referencing(Column { has_default: true, ..column(1, "a", oids::INT8) });
    assert_eq!(choose(&with_default, &[Action::SetNull, Action::SetDefault]), Some(Action::SetDefault));
    let generated = referencing(Column { generated: true, has_default: true, ..nullable() });
    assert_eq!(choose(&generated, &[Action::SetNull, Action::SetDefault]), None);
    assert_eq!(choose(&generated, &[Action::SetNull, Action::Cascade]), Some(Action::Cascade));
    let identity = referencing(Column { identity: true, has_default: true, ..column(1, "a", oids::INT8) });
    assert_eq!(choose(&identity, &[Action::SetDefault]), None);
    let mut in_key = can_be_null;
    in_key.constraints.push(constraint(KEY + 1, "pk", ConstraintKind::PrimaryKey, &[1]));
    assert_eq!(choose(&in_key, &[Action::SetNull]), None, "a primary key refuses NULL");
}

#[test]
fn another_action_keeps_everything_else_of_a_key() {
    let mut t = referencing(nullable());
    let key = t.constraints[0].foreign_key.as_mut().unwrap();
    (key.match_full, key.deferrable, key.on_update) = (true, true, Action::Cascade);
    t.constraints[0].validated = false;
    let fix = Case::in_place(&t).fix(vec![Edit::Constraint(KEY, ConstraintEdit::OnDelete(vec![Action::Restrict]))]);
    let expected = "ALTER TABLE public.t DROP CONSTRAINT fk, ADD CONSTRAINT fk FOREIGN KEY (a) \
                    REFERENCES public.parent (id) MATCH FULL ON UPDATE CASCADE ON DELETE RESTRICT DEFERRABLE NOT VALID;";
    assert_eq!(fix.text(), expected);
    assert_eq!(fix.caution.as_deref(), Some("chooses ON DELETE RESTRICT"));
}

#[test]
fn where_no_action_can_work_a_person_chooses() {
    let t = referencing(column(1, "a", oids::INT8));
    let set = || Edit::Constraint(KEY, ConstraintEdit::OnDelete(vec![Action::SetNull]));
    let by_hand = "-- Choose an ON DELETE action for foreign key fk of table public.t. ";
    assert!(Case::in_place(&t).text(set()).starts_with(by_hand));
    assert!(Case::refused(&t).text(set()).starts_with(by_hand));
}

#[test]
fn a_key_of_the_table_to_itself_follows_its_names() {
    let mut t = referencing(nullable());
    t.constraints[0].foreign_key.as_mut().unwrap().referenced_table = t.oid;
    let set = Edit::Constraint(KEY, ConstraintEdit::OnDelete(vec![Action::Cascade]));
    assert!(Case::in_place(&t).text(set).contains("REFERENCES public.t (a) ON DELETE CASCADE;"));
}

#[test]
fn a_constraint_is_not_dropped_while_something_relies_on_it() {
    let mut t = table("t", vec![column(1, "a", oids::INT8)]);
    t.constraints.push(constraint(KEY, "uq", ConstraintKind::Unique, &[1]));
    t.constraints[0].index = INDEX;
    let drop =
        |t: &Relation, catalog| Case::in_place(t).in_catalog(catalog).text(Edit::Constraint(KEY, ConstraintEdit::Drop));
    let itself = || FakeCatalog::new().index_use(INDEX, UseKind::Constraint, "unique constraint uq");
    assert_eq!(drop(&t, itself()), "ALTER TABLE public.t DROP CONSTRAINT uq;");
    let expected = "-- Drop unique constraint uq of table public.t. This is in the way: it.";
    assert_eq!(drop(&t, itself().index_use(INDEX, UseKind::ReplicaIdentity, "it")), expected);
    assert_eq!(drop(&t, itself().constraint_use(KEY, UseKind::ReferencingKey, "it")), expected);
    t.constraints[0].inherited = true;
    assert!(drop(&t, itself()).ends_with("It is inherited from the table's parent."));
}

#[test]
fn a_validation_may_fail_where_there_are_rows() {
    let t = referencing(nullable());
    let validate = |has_rows| {
        let case = Case::in_place(&t).in_catalog(FakeCatalog::new().has_rows(has_rows));
        case.fix(vec![Edit::Constraint(KEY, ConstraintEdit::Validate)])
    };
    assert_eq!(validate(None).text(), "ALTER TABLE public.t VALIDATE CONSTRAINT fk;");
    assert_eq!(validate(None).caution.as_deref(), Some("fails if a row violates the constraint"));
    assert_eq!(validate(Some(false)).caution, None);
}

fn new_key(kind: ConstraintKind, index: Option<Oid>) -> Edit {
    Edit::AddKey(NewKey { kind, columns: vec!["a".into()], index })
}

#[test]
fn a_new_key_takes_over_an_index_that_postgresql_accepts() {
    let with = |change: fn(&mut Index)| {
        let mut t = table("t", vec![column(1, "a", oids::INT8)]);
        t.indexes.push(Index { unique: true, ..index(&[1]) });
        change(&mut t.indexes[0]);
        Case::in_place(&t).text(new_key(ConstraintKind::PrimaryKey, Some(INDEX)))
    };
    let (taken, made) = ("PRIMARY KEY USING INDEX some_index;", "PRIMARY KEY (a);");
    assert!(with(|_| {}).ends_with(taken));
    assert!(with(|index| index.unique = false).contains(made));
    assert!(with(|index| index.usable = false).ends_with(made));
    assert!(with(|index| index.inherited = true).ends_with(made));
    assert!(with(|index| index.predicate = crate::facts::Predicate::Other).ends_with(made));
    let usual = || IndexDefinition { operator_classes: vec![0], collations: vec![0], ..IndexDefinition::default() };
    assert!(with(|index| index.definition.orders = vec![3]).ends_with(made), "descending");
    assert!(with(|index| index.definition.nulls_not_distinct = true).ends_with(made));
    let with_definition = |definition: IndexDefinition| {
        let mut t = table("t", vec![column(1, "a", oids::INT8)]);
        t.indexes.push(Index { unique: true, definition, ..index(&[1]) });
        Case::in_place(&t).text(new_key(ConstraintKind::Unique, Some(INDEX)))
    };
    assert!(with_definition(usual()).ends_with("UNIQUE USING INDEX some_index;"));
    assert!(with_definition(IndexDefinition { operator_classes: vec![1], ..usual() }).contains("UNIQUE (a);"));
    assert!(with_definition(IndexDefinition { collations: vec![1], ..usual() }).contains("UNIQUE (a);"));
}

#[test]
fn a_new_primary_key_refuses_null() {
    let t = table("t", vec![nullable()]);
    let fix = |holds_null, kind| {
        let catalog = FakeCatalog::new().has_rows(None).holds_null(1, holds_null);
        Case::in_place(&t).in_catalog(catalog).fix(vec![new_key(kind, None)])
    };
    let by_hand = "-- Add a primary key over (a) to table public.t. a holds NULL.";
    assert_eq!(fix(Some(true), ConstraintKind::PrimaryKey).text(), by_hand);
    assert!(fix(Some(true), ConstraintKind::Unique).text().ends_with("UNIQUE (a);"));
    let added = fix(Some(false), ConstraintKind::PrimaryKey);
    assert_eq!(added.text(), "ALTER TABLE public.t ADD CONSTRAINT pk_t PRIMARY KEY (a);");
    assert_eq!(added.caution.as_deref(), Some("fails if values repeat"));
}

#[test]
fn a_name_that_fits_once_the_table_is_renamed_remains() {
    let mut t = table("Customer", vec![column(1, "a", oids::INT8)]);
    t.constraints.push(constraint(KEY, "pk_customer", ConstraintKind::PrimaryKey, &[1]));
    let fix = |t: &Relation| {
        let edits = [Edit::Relation(RelationEdit::Name), Edit::Constraint(KEY, ConstraintEdit::Name)];
        Case::in_place(t).fixes(edits.map(|edit| (Level::Error, vec![edit])).into())[1].text()
    };
    assert_eq!(fix(&t), "-- Leave the name pk_customer: it fits once the table or the column is renamed.");
    t.constraints[0].name_origin = NameOrigin::MadeUp;
    assert!(fix(&t).starts_with("-- Write the name pk_customer, which PostgreSQL made up, into the statement"));
}

#[test]
fn what_hangs_on_a_key_that_is_made_anew_remains_or_is_said() {
    let t = referencing(nullable());
    let catalog = FakeCatalog::new().constraint_comment(KEY, "it's");
    let set = Edit::Constraint(KEY, ConstraintEdit::OnDelete(vec![Action::Restrict]));
    let text = Case::in_place(&t).in_catalog(catalog).text(set);
    assert!(text.ends_with(" ON DELETE RESTRICT;\nCOMMENT ON CONSTRAINT fk ON public.t IS 'it''s';"), "{text}");
    let mut t = table("t", vec![column(1, "a", oids::INT8)]);
    t.constraints.push(Constraint { index: INDEX, ..constraint(KEY, "pk", ConstraintKind::PrimaryKey, &[1]) });
    t.indexes.push(Index { unique: true, oid: INDEX, ..index(&[1]) });
    let replace = || vec![Edit::Constraint(KEY, ConstraintEdit::Drop), new_key(ConstraintKind::Unique, None)];
    let caution = |t: &Relation, catalog| Case::in_place(t).in_catalog(catalog).fix(replace()).caution.unwrap();
    assert!(!caution(&t, FakeCatalog::new()).contains("loses"));
    (t.indexes[0].definition.included, t.indexes[0].definition.deferrable) = (vec![2], true);
    let caution = caution(&t, FakeCatalog::new().constraint_comment(KEY, "x"));
    assert!(caution.contains("loses the old key's comment, INCLUDE, DEFERRABLE"), "{caution}");
}
