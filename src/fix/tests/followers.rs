//! The parts that get other names along with their table or a column.

use super::Case;
use crate::facts::{ConstraintKind, Index, Oid, Relation, oids};
use crate::rule::{ColumnEdit, Edit, IndexEdit, RelationEdit};
use crate::settings::Level;
use crate::testing::{column, constraint, index, settings, table};

const KEY: Oid = 9;
const INDEX: Oid = 50;

/// A table whose primary key and index have names that fit, and whose check has a name that does not.
fn orders() -> Relation {
    let mut t = table("Orders", vec![column(1, "A", oids::INT8), column(2, "b", oids::INT8)]);
    t.constraints = vec![
        constraint(KEY, "pk_Orders", ConstraintKind::PrimaryKey, &[1]),
        constraint(KEY + 1, "positive", ConstraintKind::Check, &[1]),
    ];
    t.indexes = vec![Index { name: "ix_Orders_A".into(), ..index(&[1]) }];
    t
}

fn rename_table() -> Edit {
    Edit::Relation(RelationEdit::Name)
}

#[test]
fn what_would_not_fit_the_new_name_of_the_table_is_renamed_before() {
    let t = orders();
    let expected = "ALTER TABLE public.\"Orders\" RENAME CONSTRAINT \"pk_Orders\" TO pk_orders;\n\
                    ALTER INDEX public.\"ix_Orders_A\" RENAME TO \"ix_orders_A\";\n\
                    ALTER TABLE public.\"Orders\" RENAME TO orders;";
    assert_eq!(Case::in_place(&t).text(rename_table()), expected);
    let mut inherited = orders();
    inherited.constraints[0].inherited = true;
    inherited.indexes[0].inherited = true;
    let only_table = "ALTER TABLE public.\"Orders\" RENAME TO orders;";
    assert_eq!(Case::in_place(&inherited).text(rename_table()), only_table, "they follow the parent's");
}

#[test]
fn what_would_not_fit_the_new_name_of_a_column_is_renamed_before() {
    let t = orders();
    let exact = settings(&[("index_name_pattern", "ix_{table}_{columns}")]);
    let case = Case { settings: exact, ..Case::in_place(&t) };
    let expected = "ALTER INDEX public.\"ix_Orders_A\" RENAME TO \"ix_Orders_a\";\n\
                    ALTER TABLE public.\"Orders\" RENAME COLUMN \"A\" TO a;";
    assert_eq!(case.text(Edit::Column(1, ColumnEdit::Name)), expected);
    let other = case.text(Edit::Column(2, ColumnEdit::Name));
    assert_eq!(other.lines().count(), 1, "the index is not over it: {other}");
}

#[test]
fn what_is_dropped_is_not_renamed() {
    let t = orders();
    let drop = Edit::Index(INDEX, IndexEdit::Drop);
    let fixes = Case::in_place(&t).fixes(vec![(Level::Error, vec![rename_table()]), (Level::Notice, vec![drop])]);
    assert!(!fixes[0].text().contains("ALTER INDEX"), "{}", fixes[0].text());
}
