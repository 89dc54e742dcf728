//! Changes of relations as a whole.

use super::Case;
use crate::facts::{Action, DroppedData, QualifiedName, Relation, RelationKind, UseKind};
use crate::rule::{Edit, RelationEdit, Rest};
use crate::testing::{FakeCatalog, foreign_key, table};

#[test]
fn a_logged_table_must_not_reference_an_unlogged_one() {
    const PARENT: u32 = 1;
    let mut t = Relation { unlogged: true, ..table("t", vec![]) };
    t.constraints.push(foreign_key(9, "fk", &[1], Action::Cascade));
    let parent = |unlogged| Relation { oid: PARENT, unlogged, ..table("parent", vec![]) };
    let fix = |relation: &Relation, catalog| {
        Case::in_place(relation).in_catalog(catalog).fix(vec![Edit::Relation(RelationEdit::Logged)])
    };
    let logged = fix(&t, FakeCatalog::new().has_rows(None).relation(parent(false)));
    assert_eq!(logged.text(), "ALTER TABLE public.t SET LOGGED;");
    assert_eq!(logged.caution.as_deref(), Some("rewrites the table"));
    let expected = "-- Set table public.t LOGGED. This is in the way: the foreign key to unlogged table public.parent.";
    assert_eq!(fix(&t, FakeCatalog::new().relation(parent(true))).text(), expected);
    t.constraints[0].foreign_key.as_mut().unwrap().referenced_table = t.oid;
    let itself = FakeCatalog::new().relation(t.clone());
    assert_eq!(fix(&t, itself).text(), "ALTER TABLE public.t SET LOGGED;");
    let partitioned = Relation { kind: RelationKind::PartitionedTable, unlogged: true, ..table("t", vec![]) };
    assert!(fix(&partitioned, FakeCatalog::new()).text().starts_with("-- Make table public.t anew"));
}

#[test]
fn each_kind_of_relation_has_its_statements() {
    let fix =
        |kind, edit: RelationEdit| Case::in_place(&Relation { kind, ..table("T", vec![]) }).text(Edit::Relation(edit));
    assert_eq!(fix(RelationKind::Domain, RelationEdit::Name), "ALTER DOMAIN public.\"T\" RENAME TO t;");
    assert_eq!(fix(RelationKind::Enum, RelationEdit::Name), "ALTER TYPE public.\"T\" RENAME TO t;");
    assert_eq!(fix(RelationKind::ForeignTable, RelationEdit::Name), "ALTER FOREIGN TABLE public.\"T\" RENAME TO t;");
    let comment = fix(RelationKind::ForeignTable, RelationEdit::Comment("it's".into()));
    assert_eq!(comment, "COMMENT ON FOREIGN TABLE public.\"T\" IS 'it''s';");
    let secured = fix(RelationKind::Table, RelationEdit::RowSecurity);
    assert_eq!(secured, "ALTER TABLE public.\"T\" ENABLE ROW LEVEL SECURITY;");
}

#[test]
fn what_would_be_dropped_is_kept_under_a_free_name() {
    let keep = |column: Option<&str>, catalog| {
        let lost = DroppedData {
            oid: 1,
            table: QualifiedName::new("public", "orders"),
            column: column.map(str::to_owned),
            number: 2,
            table_columns: vec!["note_old".into()],
            rows: 1.0,
            ..DroppedData::default()
        };
        Case::refused(&Relation::default()).in_catalog(catalog).text(Edit::KeepUnderAnotherName(lost))
    };
    assert_eq!(keep(None, FakeCatalog::new()), "ALTER TABLE public.orders RENAME TO orders_old;");
    let taken = FakeCatalog::new().existing_name("orders_old");
    assert_eq!(keep(None, taken), "ALTER TABLE public.orders RENAME TO orders_old_2;");
    assert_eq!(keep(Some("note"), FakeCatalog::new()), "ALTER TABLE public.orders RENAME COLUMN note TO note_old_2;");
    let heir = FakeCatalog::new().descendants_column("note_old_2");
    assert_eq!(keep(Some("note"), heir), "ALTER TABLE public.orders RENAME COLUMN note TO note_old_3;");
    let other_parent = FakeCatalog::new().column_use(2, UseKind::OtherParent, "table public.p");
    let text = keep(Some("note"), other_parent);
    assert_eq!(text, "-- Rename column note of table public.orders to note_old_2. This is in the way: table public.p.");
    let table = QualifiedName::new("public", "t");
    let lost = DroppedData { oid: 1, table, rows: 1.0, ..DroppedData::default() };
    let gone = Case::in_place(&Relation::default()).text(Edit::KeepUnderAnotherName(lost));
    assert!(gone.starts_with("-- ROLLBACK keeps it"), "where it was let through, it is dropped: {gone}");
}

#[test]
fn the_rest_of_a_refused_statement_is_done() {
    const KEPT: u32 = 1;
    let dropped = |oid, name: &str, cascade| DroppedData {
        oid,
        table: QualifiedName::new("public", name),
        cascade,
        ..DroppedData::default()
    };
    let of = |oid, name| Relation { oid, ..table(name, vec![]) };
    let mut kept = of(KEPT, "kept");
    kept.constraints.push(foreign_key(9, "fk", &[1], Action::Cascade));
    kept.constraints[0].foreign_key.as_mut().unwrap().referenced_table = 3;
    let relations = [kept, of(2, "a"), of(3, "b"), Relation { has_children: true, ..of(4, "c") }];
    let text = |dropped: Vec<DroppedData>, does_more| {
        let catalog = relations.iter().fold(FakeCatalog::new(), |fake, relation| fake.relation(relation.clone()));
        let rest = Rest { dropped, kept: vec![KEPT], does_more };
        Case::refused(&Relation::default()).in_catalog(catalog).text(Edit::DoTheRest(rest))
    };
    assert_eq!(text(vec![dropped(2, "a", false)], false), "DROP TABLE public.a;");
    assert_eq!(text(vec![dropped(2, "a", true)], false), "DROP TABLE public.a CASCADE;");
    let with_key = text(vec![dropped(2, "a", false), dropped(3, "b", true)], false);
    let by_hand = "-- Drop table public.b yourself, after what depends on it and is to be kept.";
    assert_eq!(with_key, format!("DROP TABLE public.a;\n{by_hand}"));
    assert!(
        text(vec![dropped(2, "a", false), dropped(4, "c", true)], false).contains("-- Drop table public.c yourself")
    );
    let column = |name: &str, cascade| DroppedData { column: Some(name.to_owned()), ..dropped(2, "a", cascade) };
    let columns = text(vec![column("x", false), column("Y", true)], true);
    let more = "-- Run the other subcommands in an ALTER TABLE of their own.";
    assert_eq!(columns, format!("ALTER TABLE public.a DROP COLUMN x, DROP COLUMN \"Y\" CASCADE;\n{more}"));
    let few = DroppedData { rows: 1.0, ..dropped(2, "a", false) };
    let rest = Rest { dropped: vec![few], kept: vec![], does_more: false };
    let catalog = FakeCatalog::new().relation(relations[1].clone());
    let fix = Case::refused(&Relation::default()).in_catalog(catalog).fix(vec![Edit::DoTheRest(rest)]);
    assert_eq!(fix.caution.as_deref(), Some("drops data, as the statement would"));
}
