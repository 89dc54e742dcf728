//! Facts and a stand-in catalog for unit tests.

use crate::facts::*;
use crate::rule::{BaseType, Catalog, Check, CheckShape, Context, Family, FixContext, Rule, TypeShape};
use crate::settings::Settings;
use crate::settings::parse::patterns::Patterns;

/// A table in schema public.
pub fn table(name: &str, columns: Vec<Column>) -> Relation {
    Relation { oid: 100, name: QualifiedName::new("public", name), columns, ..Relation::default() }
}

/// A NOT NULL column of a type that is made of nothing else.
pub fn column(number: AttrNumber, name: &str, type_oid: Oid) -> Column {
    let data_type = DataType { oid: type_oid, modifier: -1, parts: [].into() };
    Column { number, name: name.into(), data_type, not_null: true, ..Column::default() }
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

/// The messages of what a rule finds in a relation.
pub fn findings(rule: &Rule, relation: &Relation, options: &[(&str, &str)]) -> Vec<String> {
    let findings = raw_findings(rule, relation, &Settings::for_test(options)).into_iter();
    findings.filter(|f| !f.inherited).map(|f| f.message).collect()
}

/// The SQL that mends the first thing a rule finds, as if the relation was new.
pub fn fix_of(rule: &Rule, relation: &Relation, options: &[(&str, &str)], refused: bool) -> String {
    let settings = Settings::for_test(options);
    let finding = raw_findings(rule, relation, &settings).into_iter().find(|f| !f.inherited).expect("a violation");
    let context =
        FixContext { relation, before: None, at_fault: &[], refused, settings: &settings, catalog: &FakeCatalog };
    (rule.fix)(&finding, &context)
}

fn raw_findings(rule: &Rule, relation: &Relation, settings: &Settings) -> Vec<crate::rule::Finding> {
    let mut found = Vec::new();
    match rule.check {
        Check::Statement(check) | Check::Commit(check) => {
            check(relation, &Context { settings, catalog: &FakeCatalog }, &mut found);
        }
        Check::Transaction(_) | Check::Before(_) => unreachable!("{} looks at no relation", rule.id),
    }
    found
}

/// Knows one table, `public.parent (id)`, and nothing else.
pub struct FakeCatalog;

impl Catalog for FakeCatalog {
    fn resolve_type(&self, name: &str) -> Option<(Oid, i32)> {
        let known = [
            ("boolean", 16),
            ("bigint", 20),
            ("integer", 23),
            ("text", 25),
            ("json", 114),
            ("real", 700),
            ("double precision", 701),
            ("money", 790),
            ("character", 1042),
            ("character varying", 1043),
            ("time with time zone", 1266),
            ("timestamp with time zone", 1184),
            ("uuid", 2950),
        ];
        let oid = known.iter().find(|(known, _)| *known == name).map(|(_, oid)| (*oid, -1));
        oid.or((name == "character varying(36)").then_some((1043, 40)))
    }
    /// Only column 99 has one.
    fn comment(&self, _: Oid, column: Option<AttrNumber>) -> Option<String> {
        (column == Some(99)).then(|| "nullable: the test says so".into())
    }
    fn column_type(&self, _: Oid, _: AttrNumber) -> Option<Oid> {
        Some(20)
    }
    /// Only column 98 has one.
    fn serial_sequence(&self, _: Oid, column: AttrNumber) -> Option<QualifiedName> {
        (column == 98).then(|| QualifiedName::new("public", "some_sequence"))
    }
    /// Table 96 is partitioned by column 1, table 97 by an expression.
    fn partition_columns(&self, table: Oid) -> Vec<Option<AttrNumber>> {
        match table {
            96 => vec![Some(1)],
            97 => vec![None],
            _ => vec![],
        }
    }
    fn column_default(&self, _: Oid, _: AttrNumber) -> Option<String> {
        None
    }
    /// From 17000 on they are domains over the type whose oid is added; that over type 2 refuses NULL, that over boolean has
    /// a default.
    fn base_type(&self, oid: Oid, modifier: i32) -> BaseType {
        let base = if (17000..18000).contains(&oid) { oid - 17000 } else { oid };
        BaseType { oid: base, modifier, not_null: oid == 17002, has_default: oid == 17016 }
    }
    /// About column 1: constraint 71 lists strings, 72 bounds the length, 73 refuses NULL, 74 allows one string.
    fn check_shape(&self, constraint: Oid) -> CheckShape {
        match constraint {
            71 => CheckShape { lists_strings: Some((1, vec!["a".into(), "b".into()])), ..CheckShape::default() },
            72 => CheckShape { bounds_length: vec![1], ..CheckShape::default() },
            73 => CheckShape { not_null: vec![1], ..CheckShape::default() },
            74 => CheckShape { lists_strings: Some((1, vec!["a".into()])), ..CheckShape::default() },
            _ => CheckShape::default(),
        }
    }
    fn index_definition(&self, index: Oid) -> String {
        format!("DEFINITION OF {index}")
    }
    /// Only `written` is being written to.
    fn writes_to(&self, patterns: &Patterns) -> bool {
        patterns.matches("written")
    }
    fn in_transaction_block(&self) -> bool {
        false
    }
    /// `position` is reserved as the name of a type only.
    fn is_reserved_word(&self, word: &str, as_type: bool) -> bool {
        word == "order" || (as_type && word == "position")
    }
    fn current_role(&self) -> String {
        "alice".into()
    }
    fn current_role_is_among(&self, roles: &[String]) -> bool {
        roles.iter().any(|role| role == "alice")
    }
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
    /// From 17000 on they are domains, from 18000 on arrays, of the type whose oid is added.
    fn type_shape(&self, oid: Oid, _: i32) -> TypeShape {
        let scalar = |oid| TypeShape::Scalar { oid, sql: "timestamp without time zone".into() };
        match oid {
            17000..18000 => TypeShape::Domain { base: Box::new(scalar(oid - 17000)) },
            18000..19000 => TypeShape::Array(Box::new(scalar(oid - 18000))),
            _ => scalar(oid),
        }
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
    /// Table 95 is a partition.
    fn family(&self, table: Oid) -> Family {
        match table {
            95 => Family {
                parents: vec![QualifiedName::new("public", "parent")],
                bound: Some("DEFAULT".into()),
                ..Family::default()
            },
            _ => Family::default(),
        }
    }
    fn type_clauses(&self, _: Oid) -> String {
        " AS ENUM ('a')".into()
    }
    fn relation_exists(&self, _: &QualifiedName) -> bool {
        false
    }
}
