//! Facts out of the catalogs: one relation at a time, by its oid, as of one moment.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::CString;
use std::rc::Rc;

use super::predicate;
use crate::facts::*;
use crate::pg::scan::schema::{PgAttribute, PgClass, PgConstraint, PgIndex, PgNamespace, PgType, index};
use crate::pg::scan::{Key, Row, Snapshot, find, scan};

/// Reads facts as of one moment.
pub struct Reader {
    snapshot: Snapshot,
    schemas: RefCell<BTreeMap<Oid, String>>,
    /// What users' types are made of at this moment.
    pub(super) known_parts: RefCell<BTreeMap<Oid, Rc<[Oid]>>>,
    /// The stored expressions of the check constraints that have been read.
    pub(super) check_expressions: RefCell<BTreeMap<Oid, CString>>,
    /// The comments on a table (number 0) and its columns, by table.
    pub(super) comments: RefCell<BTreeMap<Oid, BTreeMap<i32, String>>>,
}

impl Reader {
    /// As of now.
    pub fn now() -> Self {
        Self::at(Snapshot::now())
    }

    /// As of the moment before this transaction's command `start`.
    pub fn before(&self, start: CommandId) -> Self {
        Self::at(self.snapshot.before(start))
    }

    fn at(snapshot: Snapshot) -> Self {
        Self {
            snapshot,
            schemas: RefCell::default(),
            known_parts: RefCell::default(),
            check_expressions: RefCell::default(),
            comments: RefCell::default(),
        }
    }

    /// The snapshot it reads with.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The facts about a subject; `None` where it does not exist or is temporary.
    pub fn read(&self, subject: ObjectAddress) -> Option<Relation> {
        match subject {
            ObjectAddress::Relation(oid) => self.relation(oid),
            ObjectAddress::Type(oid) => self.bare_type(oid),
        }
    }

    fn relation(&self, oid: Oid) -> Option<Relation> {
        let key = [(PgClass::oid, Key::Oid(oid))];
        let (schema, mut relation) = find(&self.snapshot, index::CLASS_OID, &key, |row| {
            let kind = match row.char(PgClass::relkind) {
                'r' => RelationKind::Table,
                'p' => RelationKind::PartitionedTable,
                'f' => RelationKind::ForeignTable,
                'c' => RelationKind::CompositeType,
                _ => return None,
            };
            let persistence = row.char(PgClass::relpersistence);
            let relation = Relation {
                oid,
                name: QualifiedName { schema: String::new(), name: row.name(PgClass::relname) },
                kind,
                unlogged: persistence == 'u',
                row_security: row.bool(PgClass::relrowsecurity, false),
                is_partition: row.bool(PgClass::relispartition, false),
                ..Relation::default()
            };
            (persistence != 't').then(|| (row.oid(PgClass::relnamespace), relation))
        })??;
        relation.name.schema = self.schema_name(schema);
        relation.columns = self.columns(oid);
        if relation.kind.is_table() {
            relation.constraints = self.constraints(oid);
            relation.indexes = self.indexes(oid);
        }
        Some(relation)
    }

    /// The name of a schema at this moment.
    pub fn schema_name(&self, oid: Oid) -> String {
        let mut schemas = self.schemas.borrow_mut();
        let read = || {
            let key = [(PgNamespace::oid, Key::Oid(oid))];
            find(&self.snapshot, index::NAMESPACE_OID, &key, |row| row.name(PgNamespace::nspname))
        };
        schemas.entry(oid).or_insert_with(|| read().unwrap_or_default()).clone()
    }

    fn columns(&self, relation: Oid) -> Vec<Column> {
        let mut columns = Vec::new();
        let keys = [(PgAttribute::attrelid, Key::Oid(relation)), (PgAttribute::attnum, Key::Above(0))];
        scan(&self.snapshot, index::ATTRIBUTE_RELATION_NUMBER, &keys, |row| {
            if row.bool(PgAttribute::attisdropped, false) {
                return;
            }
            let oid = row.oid(PgAttribute::atttypid);
            let identity = row.char(PgAttribute::attidentity) != '\0';
            columns.push(Column {
                number: row.i16(PgAttribute::attnum),
                name: row.name(PgAttribute::attname),
                data_type: DataType { oid, modifier: row.i32(PgAttribute::atttypmod), parts: [].into() },
                not_null: row.bool(PgAttribute::attnotnull, false),
                has_default: identity || row.bool(PgAttribute::atthasdef, false),
                identity,
                generated: row.char(PgAttribute::attgenerated) != '\0',
                // An integer until 16, a smallint since 17: the low half tells.
                inherited: row.i16(PgAttribute::attinhcount) > 0,
            });
        });
        for column in &mut columns {
            column.data_type.parts = self.parts(column.data_type.oid);
        }
        columns
    }

    fn constraints(&self, relation: Oid) -> Vec<Constraint> {
        let mut constraints = Vec::new();
        let key = [(PgConstraint::conrelid, Key::Oid(relation))];
        scan(&self.snapshot, index::CONSTRAINT_RELATION, &key, |row| {
            let kind = match row.char(PgConstraint::contype) {
                'p' => ConstraintKind::PrimaryKey,
                'u' => ConstraintKind::Unique,
                'f' => ConstraintKind::ForeignKey,
                'c' => ConstraintKind::Check,
                'x' => ConstraintKind::Exclusion,
                _ => return,
            };
            let foreign_key = (kind == ConstraintKind::ForeignKey).then(|| ForeignKey {
                referenced_table: row.oid(PgConstraint::confrelid),
                referenced_columns: row.numbers(PgConstraint::confkey),
                on_delete: action(row.char(PgConstraint::confdeltype)),
                on_update: action(row.char(PgConstraint::confupdtype)),
                on_delete_columns: row.numbers(PgConstraint::confdelsetcols),
                match_full: row.char(PgConstraint::confmatchtype) == 'f',
                deferrable: row.bool(PgConstraint::condeferrable, false),
                initially_deferred: row.bool(PgConstraint::condeferred, false),
                period: row.bool(PgConstraint::conperiod, false),
            });
            let enforced = row.bool(PgConstraint::conenforced, true);
            let oid = row.oid(PgConstraint::oid);
            if let Some(expression) = row.text(PgConstraint::conbin) {
                self.check_expressions.borrow_mut().insert(oid, expression.to_owned());
            }
            constraints.push(Constraint {
                oid,
                name: row.name(PgConstraint::conname),
                kind,
                columns: row.numbers(PgConstraint::conkey),
                name_origin: NameOrigin::Unknown,
                written_at: row.written_at(),
                inherited: row.i16(PgConstraint::coninhcount) > 0 || row.oid(PgConstraint::conparentid) != 0,
                validated: row.bool(PgConstraint::convalidated, true) || !enforced,
                enforced,
                index: row.oid(PgConstraint::conindid),
                foreign_key,
            });
        });
        constraints.sort_by_key(|constraint| constraint.oid);
        constraints
    }

    fn indexes(&self, relation: Oid) -> Vec<Index> {
        let mut indexes = Vec::new();
        let key = [(PgIndex::indrelid, Key::Oid(relation))];
        scan(&self.snapshot, index::INDEX_RELATION, &key, |row| indexes.push(index_of(row)));
        for one in &mut indexes {
            let key = [(PgClass::oid, Key::Oid(one.oid))];
            let named = |row: &Row<PgClass>| {
                (row.name(PgClass::relname), row.oid(PgClass::relam), row.bool(PgClass::relispartition, false))
            };
            let (name, method, inherited) = find(&self.snapshot, index::CLASS_OID, &key, named).unwrap_or_default();
            one.name = name;
            one.inherited = inherited;
            one.method = access_method(method);
            one.definition.access_method = method;
        }
        indexes.sort_by_key(|index| index.oid);
        indexes
    }

    /// A domain, an enum or a range.
    fn bare_type(&self, oid: Oid) -> Option<Relation> {
        let key = [(PgType::oid, Key::Oid(oid))];
        let (kind, name, schema, base, modifier) = find(&self.snapshot, index::TYPE_OID, &key, |row| {
            (
                row.char(PgType::typtype),
                row.name(PgType::typname),
                row.oid(PgType::typnamespace),
                row.oid(PgType::typbasetype),
                row.i32(PgType::typtypmod),
            )
        })?;
        let kind = match kind {
            'd' => RelationKind::Domain,
            'e' => RelationKind::Enum,
            'r' => RelationKind::Range,
            _ => return None,
        };
        let schema = self.schema_name(schema);
        if schema.starts_with("pg_temp") {
            return None;
        }
        let value = |_| {
            let data_type = DataType { oid: base, modifier, parts: self.parts(base) };
            Column { number: 0, name: "VALUE".to_owned(), data_type, ..Column::default() }
        };
        let columns = (kind == RelationKind::Domain).then_some(()).map(value).into_iter().collect();
        Some(Relation { oid, name: QualifiedName { schema, name }, kind, columns, ..Relation::default() })
    }
}

/// An index, but for what stands in pg_class.
fn index_of(row: &Row<PgIndex>) -> Index {
    let mut key: Vec<_> = row.numbers(PgIndex::indkey).into_iter().map(|n| (n != 0).then_some(n)).collect();
    let included = key.split_off(row.i16(PgIndex::indnkeyatts) as usize);
    let stored = |column| row.text(column).map(|tree| predicate::without_locations(&tree.to_string_lossy()));
    Index {
        oid: row.oid(PgIndex::indexrelid),
        name: String::new(),
        method: AccessMethod::Other,
        key,
        predicate: row.text(PgIndex::indpred).map_or(Predicate::None, predicate::classify),
        usable: row.bool(PgIndex::indisvalid, false)
            && row.bool(PgIndex::indisready, false)
            && row.bool(PgIndex::indislive, false),
        unique: row.bool(PgIndex::indisunique, false),
        inherited: false,
        definition: IndexDefinition {
            access_method: 0,
            included: included.into_iter().flatten().collect(),
            operator_classes: row.oids(PgIndex::indclass),
            collations: row.oids(PgIndex::indcollation),
            orders: row.numbers(PgIndex::indoption),
            expressions: stored(PgIndex::indexprs),
            condition: stored(PgIndex::indpred),
            nulls_not_distinct: row.bool(PgIndex::indnullsnotdistinct, false),
            deferrable: !row.bool(PgIndex::indimmediate, true),
        },
        statement: None,
    }
}

fn action(code: char) -> Action {
    match code {
        'r' => Action::Restrict,
        'c' => Action::Cascade,
        'n' => Action::SetNull,
        'd' => Action::SetDefault,
        _ => Action::NoAction,
    }
}

/// From `pg_am.oid`; PostgreSQL's own access methods have fixed ones.
pub fn access_method(oid: Oid) -> AccessMethod {
    match oid {
        oids::BTREE_AM => AccessMethod::Btree,
        oids::HASH_AM => AccessMethod::Hash,
        oids::GIST_AM => AccessMethod::Gist,
        _ => AccessMethod::Other,
    }
}
