//! Facts out of the catalogs: one relation at a time, by its oid, as of one moment.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::catalog::{Key, Snapshot, catalog, find, scan};
use super::predicate;
use crate::facts::*;
use crate::session::{CommandId, Subject};

catalog!(PgClass = 1259 { oid, relname, relnamespace, relkind, relpersistence, relam, reltype });
catalog!(PgNamespace = 2615 { oid, nspname });
catalog!(PgAttribute = 1249 {
    attrelid, attnum, attname, atttypid, atttypmod, attnotnull, attisdropped, attinhcount, atthasdef,
    attidentity, attgenerated,
});
catalog!(PgConstraint = 2606 {
    oid, conname, contype, conrelid, contypid, conkey, confkey, confrelid, confdeltype, confupdtype, confmatchtype,
    confdelsetcols, condeferrable, condeferred, convalidated, conenforced, conperiod, coninhcount, conparentid,
});
catalog!(PgIndex = 2610 {
    indexrelid, indrelid, indkey, indnkeyatts, indisvalid, indisready, indislive, indpred,
});
catalog!(PgType = 1247 {
    oid, typname, typnamespace, typtype, typcategory, typlen, typelem, typbasetype, typtypmod, typrelid, typnotnull,
    typdefault,
});
catalog!(PgRange = 3541 { rngtypid, rngsubtype, rngmultitypid });
catalog!(PgDepend = 2608 { classid, objid, refclassid, refobjid, deptype });
catalog!(PgExtension = 3079 { oid, extowner });
catalog!(PgEventTrigger = 3466 { evtname, evtenabled });
catalog!(PgAttrdef = 2604 { oid, adrelid, adnum, adbin });

/// The indexes of the catalogs that are searched.
pub mod index {
    pub const CLASS_OID: u32 = 2662;
    pub const NAMESPACE_OID: u32 = 2685;
    pub const ATTRIBUTE_RELATION_NUMBER: u32 = 2659;
    pub const CONSTRAINT_OID: u32 = 2667;
    pub const CONSTRAINT_RELATION: u32 = 2665;
    pub const CONSTRAINT_TYPE: u32 = 2666;
    pub const INDEX_RELATION: u32 = 2678;
    pub const INDEX_OID: u32 = 2679;
    pub const TYPE_OID: u32 = 2703;
    pub const RANGE_TYPE: u32 = 3542;
    pub const RANGE_MULTIRANGE: u32 = 2228;
    pub const DEPEND_REFERENCE: u32 = 2674;
    pub const DEPEND_DEPENDER: u32 = 2673;
    pub const EXTENSION_OID: u32 = 3080;
    pub const EVENT_TRIGGER_NAME: u32 = 3467;
    pub const ATTRDEF_OID: u32 = 2657;
    pub const ATTRDEF_RELATION_NUMBER: u32 = 2656;
    /// No index: a pass over the whole catalog.
    pub const NONE: u32 = 0;
}

/// The first oid that is not PostgreSQL's own (`FirstNormalObjectId`).
const FIRST_USER_OID: Oid = 16384;

/// Reads facts as of one moment.
pub struct Reader {
    snapshot: Snapshot,
    schemas: RefCell<HashMap<Oid, String>>,
    parts: RefCell<HashMap<Oid, Rc<[Oid]>>>,
}

thread_local! {
    /// What PostgreSQL's own types are made of; that never changes.
    static SYSTEM_PARTS: RefCell<HashMap<Oid, Rc<[Oid]>>> = RefCell::default();
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
        Self { snapshot, schemas: RefCell::default(), parts: RefCell::default() }
    }

    /// The snapshot it reads with.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The facts about a subject; `None` where it does not exist or is temporary.
    pub fn read(&self, subject: Subject) -> Option<Relation> {
        match subject {
            Subject::Relation(oid) => self.relation(oid),
            Subject::Domain(oid) => self.domain(oid),
        }
    }

    fn relation(&self, oid: Oid) -> Option<Relation> {
        let (name, schema, kind) = find(&self.snapshot, index::CLASS_OID, &[(PgClass::oid, Key::Oid(oid))], |row| {
            let kind = match row.char(PgClass::relkind) {
                'r' => RelationKind::Table,
                'p' => RelationKind::PartitionedTable,
                'f' => RelationKind::ForeignTable,
                'c' => RelationKind::CompositeType,
                _ => return None,
            };
            let temporary = row.char(PgClass::relpersistence) == 't';
            (!temporary).then(|| (row.name(PgClass::relname), row.oid(PgClass::relnamespace), kind))
        })??;
        let is_table = kind.is_table();
        Some(Relation {
            oid,
            name: QualifiedName { schema: self.schema_name(schema), name },
            kind,
            columns: self.columns(oid),
            constraints: if is_table { self.constraints(oid) } else { Vec::new() },
            indexes: if is_table { self.indexes(oid) } else { Vec::new() },
        })
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
            columns.push(Column {
                number: row.i16(PgAttribute::attnum),
                name: row.name(PgAttribute::attname),
                data_type: DataType { oid, modifier: row.i32(PgAttribute::atttypmod), parts: [].into() },
                not_null: row.bool(PgAttribute::attnotnull, false),
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
                validated: row.bool(PgConstraint::convalidated, true),
                enforced: row.bool(PgConstraint::conenforced, true),
                period: row.bool(PgConstraint::conperiod, false),
            });
            constraints.push(Constraint {
                oid: row.oid(PgConstraint::oid),
                name: row.name(PgConstraint::conname),
                kind,
                columns: row.numbers(PgConstraint::conkey),
                name_origin: NameOrigin::Unknown,
                inherited: row.i16(PgConstraint::coninhcount) > 0 || row.oid(PgConstraint::conparentid) != 0,
                foreign_key,
            });
        });
        constraints.sort_by_key(|constraint| constraint.oid);
        constraints
    }

    fn indexes(&self, relation: Oid) -> Vec<Index> {
        let mut indexes = Vec::new();
        let key = [(PgIndex::indrelid, Key::Oid(relation))];
        scan(&self.snapshot, index::INDEX_RELATION, &key, |row| {
            let mut key: Vec<_> = row.numbers(PgIndex::indkey).into_iter().map(|n| (n != 0).then_some(n)).collect();
            key.truncate(row.i16(PgIndex::indnkeyatts) as usize);
            indexes.push(Index {
                oid: row.oid(PgIndex::indexrelid),
                name: String::new(),
                method: AccessMethod::Other,
                key,
                predicate: row.text(PgIndex::indpred).map_or(Predicate::None, predicate::classify),
                usable: row.bool(PgIndex::indisvalid, false)
                    && row.bool(PgIndex::indisready, false)
                    && row.bool(PgIndex::indislive, false),
            });
        });
        for one in &mut indexes {
            let key = [(PgClass::oid, Key::Oid(one.oid))];
            let name = |row: &super::catalog::Row<PgClass>| (row.name(PgClass::relname), row.oid(PgClass::relam));
            let (name, method) = find(&self.snapshot, index::CLASS_OID, &key, name).unwrap_or_default();
            one.name = name;
            one.method = access_method(method);
        }
        indexes.sort_by_key(|index| index.oid);
        indexes
    }

    fn domain(&self, oid: Oid) -> Option<Relation> {
        let key = [(PgType::oid, Key::Oid(oid))];
        let (name, schema, base, modifier) = find(&self.snapshot, index::TYPE_OID, &key, |row| {
            (
                row.name(PgType::typname),
                row.oid(PgType::typnamespace),
                row.oid(PgType::typbasetype),
                row.i32(PgType::typtypmod),
            )
        })?;
        let schema = self.schema_name(schema);
        if schema.starts_with("pg_temp") {
            return None;
        }
        let data_type = DataType { oid: base, modifier, parts: self.parts(base) };
        let value = Column { number: 0, name: "VALUE".to_owned(), data_type, not_null: false, inherited: false };
        Some(Relation {
            oid,
            name: QualifiedName { schema, name },
            kind: RelationKind::Domain,
            columns: vec![value],
            ..Relation::default()
        })
    }

    /// What a type is made of, all the way down; empty for a type that is made of nothing else.
    fn parts(&self, oid: Oid) -> Rc<[Oid]> {
        let known = if oid < FIRST_USER_OID {
            SYSTEM_PARTS.with_borrow(|parts| parts.get(&oid).cloned())
        } else {
            self.parts.borrow().get(&oid).cloned()
        };
        known.unwrap_or_else(|| {
            let mut parts = Vec::new();
            self.collect_parts(oid, &mut parts);
            let parts: Rc<[Oid]> = parts.into();
            if oid < FIRST_USER_OID {
                SYSTEM_PARTS.with_borrow_mut(|known| known.insert(oid, parts.clone()));
            } else {
                self.parts.borrow_mut().insert(oid, parts.clone());
            }
            parts
        })
    }

    fn collect_parts(&self, oid: Oid, parts: &mut Vec<Oid>) {
        for part in self.direct_parts(oid) {
            if !parts.contains(&part) {
                parts.push(part);
                self.collect_parts(part, parts);
            }
        }
    }

    /// What a type is directly made of.
    fn direct_parts(&self, oid: Oid) -> Vec<Oid> {
        let key = [(PgType::oid, Key::Oid(oid))];
        let shape = find(&self.snapshot, index::TYPE_OID, &key, |row| {
            let is_array = row.char(PgType::typcategory) == 'A' && row.i16(PgType::typlen) == -1;
            let element = if is_array { row.oid(PgType::typelem) } else { 0 };
            (row.char(PgType::typtype), element, row.oid(PgType::typbasetype), row.oid(PgType::typrelid))
        });
        match shape {
            Some(('d', _, base, _)) => vec![base],
            Some(('c', _, _, relation)) => self.attribute_types(relation),
            Some(('r', ..)) => self.range_subtype(index::RANGE_TYPE, PgRange::rngtypid, oid),
            Some(('m', ..)) => self.range_subtype(index::RANGE_MULTIRANGE, PgRange::rngmultitypid, oid),
            Some((_, element, ..)) if element != 0 => vec![element],
            _ => Vec::new(),
        }
    }

    fn attribute_types(&self, relation: Oid) -> Vec<Oid> {
        let mut types = Vec::new();
        let keys = [(PgAttribute::attrelid, Key::Oid(relation)), (PgAttribute::attnum, Key::Above(0))];
        scan(&self.snapshot, index::ATTRIBUTE_RELATION_NUMBER, &keys, |row| {
            if !row.bool(PgAttribute::attisdropped, false) {
                types.push(row.oid(PgAttribute::atttypid));
            }
        });
        types
    }

    fn range_subtype(&self, index: Oid, column: PgRange, oid: Oid) -> Vec<Oid> {
        let subtype = |row: &super::catalog::Row<PgRange>| row.oid(PgRange::rngsubtype);
        find(&self.snapshot, index, &[(column, Key::Oid(oid))], subtype).into_iter().collect()
    }

    /// Whether something is a member of an extension whose owner is a superuser. The owner of any other could
    /// hide a table by making it a member.
    pub fn belongs_to_superuser_extension(&self, subject: Subject) -> bool {
        let (class, object) = match subject {
            Subject::Relation(oid) => (<PgClass as super::catalog::Columns>::CATALOG, oid),
            Subject::Domain(oid) => (<PgType as super::catalog::Columns>::CATALOG, oid),
        };
        let mut extension = None;
        let keys = [(PgDepend::classid, Key::Oid(class)), (PgDepend::objid, Key::Oid(object))];
        scan(&self.snapshot, index::DEPEND_DEPENDER, &keys, |row| {
            if row.char(PgDepend::deptype) == 'e' {
                extension = Some(row.oid(PgDepend::refobjid));
            }
        });
        let owner = |row: &super::catalog::Row<PgExtension>| row.oid(PgExtension::extowner);
        extension
            .and_then(|oid| find(&self.snapshot, index::EXTENSION_OID, &[(PgExtension::oid, Key::Oid(oid))], owner))
            .is_some_and(super::is_superuser)
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
fn access_method(oid: Oid) -> AccessMethod {
    match oid {
        403 => AccessMethod::Btree,
        405 => AccessMethod::Hash,
        783 => AccessMethod::Gist,
        _ => AccessMethod::Other,
    }
}
