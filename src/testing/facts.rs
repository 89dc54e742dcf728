//! Facts as unit tests write them.

use crate::facts::*;

/// A table in schema public.
pub fn table(name: &str, columns: Vec<Column>) -> Relation {
    Relation { oid: 100, name: QualifiedName::new("public", name), columns, ..Relation::default() }
}

/// A NOT NULL column of a type that is made of nothing else.
pub fn column(number: AttrNumber, name: &str, type_oid: Oid) -> Column {
    let data_type = DataType { oid: type_oid, modifier: -1, component_types: [].into() };
    Column { number, name: name.into(), data_type, not_null: true, ..Column::default() }
}

/// A column of type timestamp without time zone.
pub fn timestamp_column(number: AttrNumber, name: &str) -> Column {
    column(number, name, oids::TIMESTAMP)
}

/// A constraint whose name was there before.
pub fn constraint(oid: Oid, name: &str, kind: ConstraintKind, columns: &[AttrNumber]) -> Constraint {
    Constraint {
        oid,
        name: name.into(),
        kind,
        columns: columns.to_vec(),
        name_origin: NameOrigin::Unknown,
        is_inline: false,
        written_at: None,
        inherited: false,
        validated: true,
        enforced: true,
        index: 0,
        foreign_key: None,
    }
}

/// A foreign key to column `id` of `public.parent`.
pub fn foreign_key(oid: Oid, name: &str, columns: &[AttrNumber], on_delete: Action) -> Constraint {
    let key = ForeignKey {
        referenced_table: 1,
        referenced_columns: vec![1],
        operators: vec![],
        on_delete,
        on_update: Action::NoAction,
        on_delete_columns: vec![],
        match_full: false,
        deferrable: false,
        initially_deferred: false,
        period: false,
    };
    Constraint { foreign_key: Some(key), ..constraint(oid, name, ConstraintKind::ForeignKey, columns) }
}

/// A usable btree over these columns.
pub fn index(key: &[AttrNumber]) -> Index {
    Index {
        oid: 50,
        name: "some_index".into(),
        method: AccessMethod::Btree,
        key: key.iter().copied().map(Some).collect(),
        predicate: Predicate::None,
        usable: true,
        unique: false,
        inherited: false,
        definition: IndexDefinition::default(),
        statement: None,
    }
}
