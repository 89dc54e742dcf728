//! Changes of indexes.

use super::Case;
use crate::facts::{ConstraintKind, Index, Oid, Relation, UseKind, oids};
use crate::rule::{Edit, FixApplies, IndexEdit, NewIndex, NewKey};
use crate::settings::Level;
use crate::testing::{FakeCatalog, column, constraint, index, table};

const INDEX: Oid = 50;

fn with_index() -> Relation {
    let mut t = table("t", vec![column(1, "a", oids::INT8), column(2, "b", oids::TEXT)]);
    t.indexes.push(index(&[1]));
    t
}

/// With an index that a CREATE INDEX CONCURRENTLY is about to build.
fn with_future_index(t: &Relation) -> Relation {
    let mut after = t.clone();
    let statement = Some("public.t (b)".to_owned());
    after.indexes.push(Index { oid: 0, name: "x".into(), statement, ..index(&[2]) });
    after
}

fn drop(oid: Oid) -> Edit {
    Edit::Index(oid, IndexEdit::Drop)
}

fn add() -> Edit {
    Edit::AddIndex(NewIndex { columns: vec![1, 2], collations: vec![None, Some("pg_catalog.\"C\"".into())] })
}

#[test]
fn an_index_is_not_dropped_while_something_relies_on_it() {
    let t = with_index();
    let fix = Case::in_place(&t).fix(vec![drop(INDEX)]);
    assert_eq!(
        (fix.text().as_str(), fix.caution.as_deref()),
        ("DROP INDEX public.some_index;", Some("drops an index"))
    );
    for kind in [UseKind::ReplicaIdentity, UseKind::Cluster, UseKind::ReferencingKey, UseKind::View] {
        let text = Case::in_place(&t).in_catalog(FakeCatalog::new().index_use(INDEX, kind, "it")).text(drop(INDEX));
        assert_eq!(text, "-- Drop index public.some_index. This is in the way: it.", "{kind:?}");
    }
    let mut inherited = t;
    inherited.indexes[0].inherited = true;
    let text = Case::in_place(&inherited).text(drop(INDEX));
    assert_eq!(text, "-- Drop the index of the partitioned table that index public.some_index is part of.");
}

#[test]
fn the_index_of_a_constraint_goes_with_it() {
    let mut t = with_index();
    t.constraints.push(constraint(9, "uq", ConstraintKind::Unique, &[1]));
    t.constraints[0].index = INDEX;
    assert_eq!(Case::in_place(&t).text(drop(INDEX)), "ALTER TABLE public.t DROP CONSTRAINT uq;");
}

#[test]
fn a_new_index_is_over_these_columns() {
    let t = with_index();
    let expected = "ix_t_a_b ON public.t (a, b COLLATE pg_catalog.\"C\");";
    assert_eq!(Case::in_place(&t).text(add()), format!("CREATE INDEX {expected}"));
    let caution = |case: &Case<'_>| case.fix(vec![add()]).caution;
    let with_rows = |case: Case<'_>| caution(&case.in_catalog(FakeCatalog::new().has_rows(Some(true))));
    assert_eq!(with_rows(Case::in_place(&t)).as_deref(), Some("blocks writes to the table while it runs"));
    assert_eq!(caution(&Case::in_place(&t)), None, "an empty table");
    let before_drop = Relation { index_to_drop: Some(index(&[1])), ..with_index() };
    let case = Case::refused_change(&t, &before_drop);
    assert_eq!(case.text(add()), format!("CREATE INDEX CONCURRENTLY {expected}"));
    assert_eq!(with_rows(case), None, "CONCURRENTLY");
}

#[test]
fn an_index_that_would_be_built_concurrently_is_built_otherwise() {
    let before = with_index();
    let after = with_future_index(&before);
    let refused = Case::refused_change(&before, &after);
    let built = "CREATE INDEX CONCURRENTLY ix_t_b ON public.t (b);";
    assert_eq!(refused.text(Edit::Index(0, IndexEdit::Name)), built);
    assert_eq!(refused.text(drop(0)), "-- Leave out index x.");
    let longer = refused.fix(vec![add(), drop(0)]);
    assert_eq!(longer.applies, FixApplies::Instead);
    assert!(longer.text().starts_with("CREATE INDEX CONCURRENTLY ix_t_a_b ON "), "{}", longer.text());
    assert_eq!(longer.lines.len(), 1);
    let other = refused.fix(vec![drop(INDEX)]);
    assert_eq!(
        (other.text().as_str(), other.applies),
        ("DROP INDEX CONCURRENTLY public.some_index;", FixApplies::InPlace)
    );
    let warned = Case { before: Some(&before), ..Case::in_place(&after) };
    let renamed = warned.text(Edit::Index(0, IndexEdit::Name));
    assert_eq!(renamed, "ALTER INDEX public.x RENAME TO ix_t_b;", "it is there by then");
}

#[test]
fn what_a_new_key_drops_is_not_renamed_as_well() {
    let mut t = table("t", vec![column(1, "a", oids::INT8), column(2, "b", oids::INT8)]);
    t.indexes.push(Index { oid: INDEX, name: "by_a".into(), ..index(&[1]) });
    let key = NewKey { kind: ConstraintKind::PrimaryKey, columns: vec!["a".into(), "b".into()], index: None };
    let add = (Level::Warning, vec![Edit::AddKey(key)]);
    let rename = (Level::Warning, vec![Edit::Index(INDEX, IndexEdit::Name)]);
    let fixes = Case::in_place(&t).fixes(vec![rename, add]);
    assert_eq!(
        fixes[0].lines,
        ["ALTER TABLE public.t ADD CONSTRAINT pk_t PRIMARY KEY (a, b);", "DROP INDEX public.by_a;"]
    );
    assert_eq!(fixes[0], fixes[1]);
}

#[test]
fn a_key_is_not_added_beside_a_unique_index_that_must_remain() {
    let mut t = table("t", vec![column(1, "a", oids::INT8)]);
    t.indexes.push(Index { oid: INDEX, name: "uq".into(), unique: true, ..index(&[1]) });
    let key = NewKey { kind: ConstraintKind::PrimaryKey, columns: vec!["a".into()], index: None };
    let used = FakeCatalog::new().index_use(INDEX, UseKind::ReferencingKey, "it");
    let fix = Case::in_place(&t).in_catalog(used).text(Edit::AddKey(key));
    let text = "-- Add CONSTRAINT pk_t PRIMARY KEY (a) to table public.t. It would repeat index uq, which something relies on.";
    assert_eq!(fix, text);
}

#[test]
fn an_index_that_must_remain_is_not_mended_by_dropping_another_one() {
    let mut t = with_index();
    t.indexes.push(Index { oid: INDEX + 1, name: "again".into(), ..index(&[1]) });
    let one = (Level::Warning, vec![Edit::OneOf(vec![drop(INDEX), drop(INDEX + 1)])]);
    let this = (Level::Warning, vec![drop(INDEX)]);
    let clustered = FakeCatalog::new().index_use(INDEX, UseKind::Cluster, "it");
    let fixes = Case::in_place(&t).in_catalog(clustered).fixes(vec![one, this]);
    assert_eq!(fixes[0].text(), "DROP INDEX public.again;");
    assert_eq!(fixes[1].text(), "-- Drop index public.some_index. This is in the way: it.");
}

#[test]
fn a_key_that_takes_an_index_over_takes_equal_ones_along() {
    let mut t = table("t", vec![column(1, "a", oids::INT8)]);
    t.indexes.push(Index { oid: INDEX, name: "uq".into(), unique: true, ..index(&[1]) });
    t.indexes.push(Index { oid: INDEX + 1, name: "again".into(), unique: true, ..index(&[1]) });
    t.indexes[0].definition.operator_classes = vec![0];
    t.indexes[0].definition.collations = vec![0];
    let key = NewKey { kind: ConstraintKind::PrimaryKey, columns: vec!["a".into()], index: Some(INDEX) };
    let rename = (Level::Warning, vec![Edit::Index(INDEX, IndexEdit::Name)]);
    let fixes = Case::in_place(&t).fixes(vec![(Level::Warning, vec![Edit::AddKey(key)]), rename]);
    let take = "ALTER TABLE public.t ADD CONSTRAINT pk_t PRIMARY KEY USING INDEX uq;";
    assert_eq!(fixes[0].lines, [take, "DROP INDEX public.again;"]);
    assert_eq!(fixes[0], fixes[1]);
}
