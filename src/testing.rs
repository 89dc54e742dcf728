//! Facts and a stand-in catalog for unit tests.

use crate::engine::{self, Change};
use crate::facts::*;
use crate::rule::{Catalog, Check, FixContext, Rule, TypeShape};
use crate::settings::Settings;

/// A table in schema public.
pub fn table(name: &str, columns: Vec<Column>) -> Relation {
    Relation { oid: 100, name: QualifiedName::new("public", name), columns, ..Relation::default() }
}

/// A NOT NULL column of a type that is made of nothing else.
pub fn column(number: AttrNumber, name: &str, type_oid: Oid) -> Column {
    let data_type = DataType { oid: type_oid, modifier: -1, parts: [].into() };
    Column { number, name: name.into(), data_type, not_null: true, inherited: false }
}

/// A column of type timestamp without time zone.
pub fn timestamp_column(number: AttrNumber, name: &str) -> Column {
    column(number, name, 1114)
}

/// A constraint whose name was there before.
pub fn constraint(oid: Oid, name: &str, kind: ConstraintKind, columns: &[AttrNumber]) -> Constraint {
    Constraint {
        oid,
        name: name.into(),
        kind,
        columns: columns.to_vec(),
        name_origin: NameOrigin::Unknown,
        inherited: false,
        foreign_key: None,
    }
}

/// A foreign key to column `id` of `public.parent`.
pub fn foreign_key(oid: Oid, name: &str, columns: &[AttrNumber], on_delete: Action) -> Constraint {
    let key = ForeignKey {
        referenced_table: 1,
        referenced_columns: vec![1],
        on_delete,
        on_update: Action::NoAction,
        on_delete_columns: vec![],
        match_full: false,
        deferrable: false,
        initially_deferred: false,
        validated: true,
        enforced: true,
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
    }
}

/// The messages of what a rule finds in a relation.
pub fn findings(rule: &Rule, relation: &Relation, options: &[(&str, &str)]) -> Vec<String> {
    raw_findings(rule, relation, &Settings::for_test(options)).into_iter().map(|f| f.message).collect()
}

/// The SQL that mends the first thing a rule finds, as if the relation was new.
pub fn fix_of(rule: &Rule, relation: &Relation, options: &[(&str, &str)], refused: bool) -> String {
    let settings = Settings::for_test(options);
    let finding = raw_findings(rule, relation, &settings).remove(0);
    let context = FixContext { relation, before: None, refused, settings: &settings, catalog: &FakeCatalog };
    (rule.fix)(&finding, &context)
}

fn raw_findings(rule: &Rule, relation: &Relation, settings: &Settings) -> Vec<crate::rule::Finding> {
    let mut found = Vec::new();
    match rule.check {
        Check::Statement(check) | Check::Commit(check) => check(relation, settings, &mut found),
        Check::Before(_) => unreachable!("{} looks at no relation", rule.id),
    }
    let change = Change { before: None, after: relation };
    let moment = match rule.check {
        Check::Statement(_) => engine::Moment::Statement,
        _ => engine::Moment::Commit,
    };
    assert!(found.is_empty() || !engine::added(change, moment, settings).is_empty());
    found
}

/// Knows one table, `public.parent (id)`, and nothing else.
pub struct FakeCatalog;

impl Catalog for FakeCatalog {
    fn table_name(&self, _: Oid) -> Option<QualifiedName> {
        Some(QualifiedName::new("public", "parent"))
    }
    fn column_names(&self, _: Oid, columns: &[AttrNumber]) -> Vec<String> {
        columns.iter().map(|_| "id".to_owned()).collect()
    }
    fn type_sql(&self, data_type: Oid, _: i32) -> String {
        format!("type {data_type}")
    }
    fn type_name(&self, data_type: Oid) -> QualifiedName {
        QualifiedName::new("pg_catalog", format!("type {data_type}"))
    }
    fn type_shape(&self, oid: Oid, _: i32) -> TypeShape {
        TypeShape::Scalar { oid, sql: "timestamp without time zone".into() }
    }
    fn column_clauses(&self, _: Oid, _: AttrNumber) -> String {
        " NOT NULL".into()
    }
    fn domain_clauses(&self, _: Oid) -> String {
        " CHECK (true)".into()
    }
    fn constraint_definition(&self, constraint: Oid) -> String {
        format!("DEFINITION OF {constraint}")
    }
    fn relation_exists(&self, _: &QualifiedName) -> bool {
        false
    }
}
