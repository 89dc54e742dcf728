//! Reads the facts about one table or type at a time.

use std::ffi::{CStr, CString};

use super::reader::Reader;
use super::type_structure::component_types;
use super::{expression, index_condition};
use crate::facts::*;
use crate::pg::scan::schema::{PgAttribute, PgClass, PgConstraint, PgIndex, PgType, index};
use crate::pg::scan::{Key, Row, find, scan};

impl Reader {
    /// Reads the facts about a table or type; `None` if it does not exist or is temporary.
    pub fn read(&self, object: ObjectAddress) -> Option<Relation> {
        match object {
            ObjectAddress::Relation(oid) => self.read_relation(oid),
            ObjectAddress::Type(oid) => self.read_type(oid),
        }
    }

    /// Whether there is such a table or type at this moment.
    pub fn exists(&self, object: ObjectAddress) -> bool {
        let found = match object {
            ObjectAddress::Relation(oid) => {
                find(self.snapshot(), index::CLASS_OID, &[(PgClass::oid, Key::Oid(oid))], |_| ())
            }
            ObjectAddress::Type(oid) => find(self.snapshot(), index::TYPE_OID, &[(PgType::oid, Key::Oid(oid))], |_| ()),
        };
        found.is_some()
    }

    /// Reads a table or a composite type.
    fn read_relation(&self, oid: Oid) -> Option<Relation> {
        let mut relation = self.read_own_row(oid)?;
        let keys = [(PgAttribute::attrelid, Key::Oid(oid)), (PgAttribute::attnum, Key::Above(0))];
        scan(self.snapshot(), index::ATTRIBUTE_RELATION_NUMBER, &keys, |row| {
            relation.columns.extend(column_from_row(row));
        });
        if relation.kind.is_table() {
            let key = [(PgConstraint::conrelid, Key::Oid(oid))];
            scan(self.snapshot(), index::CONSTRAINT_RELATION, &key, |row| {
                relation.constraints.extend(self.constraint_from_row(row));
            });
            let key = [(PgIndex::indrelid, Key::Oid(oid))];
            scan(self.snapshot(), index::INDEX_RELATION, &key, |row| relation.indexes.push(index_from_row(row)));
        }
        self.complete(&mut relation, |index| self.index_facts(index));
        Some(relation)
    }

    /// A table that has changed in its own row alone.
    pub fn read_row_of(&self, table: Relation) -> Option<Relation> {
        let row = self.read_own_row(table.oid)?;
        let Relation { columns, constraints, indexes, .. } = table;
        Some(Relation { columns, constraints, indexes, ..row })
    }

    /// A table or a composite type without its parts.
    fn read_own_row(&self, oid: Oid) -> Option<Relation> {
        let key = [(PgClass::oid, Key::Oid(oid))];
        let (schema, mut relation) = find(self.snapshot(), index::CLASS_OID, &key, relation_from_row)??;
        relation.name.schema = self.schema_name(schema);
        Some(relation)
    }

    /// What pg_class says about an index.
    pub(super) fn index_facts(&self, index: Oid) -> IndexFacts {
        find(self.snapshot(), index::CLASS_OID, &[(PgClass::oid, Key::Oid(index))], IndexFacts::of).unwrap_or_default()
    }

    /// Adds what does not stand in the rows that a relation was read from. `index_facts` gives what pg_class says about an
    /// index.
    pub(super) fn complete(&self, relation: &mut Relation, mut index_facts: impl FnMut(Oid) -> IndexFacts) {
        for column in &mut relation.columns {
            column.data_type.component_types = component_types(self, column.data_type.oid);
        }
        relation.constraints.sort_by_key(|constraint| constraint.oid);
        correct_not_null(relation);
        for index in &mut relation.indexes {
            let facts = index_facts(index.oid);
            index.name = facts.name;
            index.inherited = facts.inherited;
            index.method = access_method_from_oid(facts.method);
            index.definition.access_method = facts.method;
        }
        relation.indexes.sort_by_key(|index| index.oid);
    }

    /// A constraint, without those that say no more than the column does; the expression of a check is kept.
    pub(super) fn constraint_from_row(&self, row: &Row<PgConstraint>) -> Option<Constraint> {
        let constraint = constraint_from_row(row)?;
        if let Some(expression) = row.text(PgConstraint::conbin) {
            self.check_expressions.borrow_mut().insert(constraint.oid, expression.to_owned());
        }
        Some(constraint)
    }

    /// The stored expression of a check constraint of a table that was read at another time.
    pub(super) fn find_check_expression(&self, constraint: Oid) -> Option<CString> {
        let key = [(PgConstraint::oid, Key::Oid(constraint))];
        find(self.snapshot(), index::CONSTRAINT_OID, &key, |row| row.text(PgConstraint::conbin).map(CStr::to_owned))?
    }

    /// Reads a domain, an enum or a range. A domain has one column, `VALUE`, as its check constraints call it.
    fn read_type(&self, oid: Oid) -> Option<Relation> {
        let key = [(PgType::oid, Key::Oid(oid))];
        let (kind, name, schema, base, modifier, collation) = find(self.snapshot(), index::TYPE_OID, &key, |row| {
            (
                row.char(PgType::typtype),
                row.name(PgType::typname),
                row.oid(PgType::typnamespace),
                row.oid(PgType::typbasetype),
                row.i32(PgType::typtypmod),
                row.oid(PgType::typcollation),
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
        let mut columns = Vec::new();
        if kind == RelationKind::Domain {
            let data_type = DataType { oid: base, modifier, component_types: component_types(self, base) };
            columns.push(Column { number: 0, name: "VALUE".to_owned(), data_type, collation, ..Column::default() });
        }
        Some(Relation { oid, name: QualifiedName { schema, name }, kind, columns, ..Relation::default() })
    }
}

/// A table or a composite type with the oid of its schema, without its parts; `None` for another relation or a temporary one.
pub(super) fn relation_from_row(row: &Row<PgClass>) -> Option<(Oid, Relation)> {
    let kind = match row.char(PgClass::relkind) {
        'r' => RelationKind::Table,
        'p' => RelationKind::PartitionedTable,
        'f' => RelationKind::ForeignTable,
        'c' => RelationKind::CompositeType,
        _ => return None,
    };
    let persistence = row.char(PgClass::relpersistence);
    let relation = Relation {
        oid: row.oid(PgClass::oid),
        name: QualifiedName { schema: String::new(), name: row.name(PgClass::relname) },
        kind,
        unlogged: persistence == 'u',
        row_security: row.bool(PgClass::relrowsecurity, false),
        is_partition: row.bool(PgClass::relispartition, false),
        has_children: row.bool(PgClass::relhassubclass, false),
        ..Relation::default()
    };
    (persistence != 't').then(|| (row.oid(PgClass::relnamespace), relation))
}

/// A column, without the types that its type is made of; `None` for one that was dropped.
pub(super) fn column_from_row(row: &Row<PgAttribute>) -> Option<Column> {
    if row.bool(PgAttribute::attisdropped, false) {
        return None;
    }
    let oid = row.oid(PgAttribute::atttypid);
    let identity = row.char(PgAttribute::attidentity) != '\0';
    Some(Column {
        number: row.i16(PgAttribute::attnum),
        name: row.name(PgAttribute::attname),
        data_type: DataType { oid, modifier: row.i32(PgAttribute::atttypmod), component_types: [].into() },
        collation: row.oid(PgAttribute::attcollation),
        not_null: row.bool(PgAttribute::attnotnull, false),
        has_default: identity || row.bool(PgAttribute::atthasdef, false),
        identity,
        generated: row.char(PgAttribute::attgenerated) != '\0',
        // An integer up to 16, a smallint since 17. Both have the number in their low half.
        inherited: row.i16(PgAttribute::attinhcount) > 0,
        has_using: false,
    })
}

fn constraint_from_row(row: &Row<PgConstraint>) -> Option<Constraint> {
    let kind = match row.char(PgConstraint::contype) {
        'p' => ConstraintKind::PrimaryKey,
        'u' => ConstraintKind::Unique,
        'f' => ConstraintKind::ForeignKey,
        'c' => ConstraintKind::Check,
        'x' => ConstraintKind::Exclusion,
        // A valid one says no more than pg_attribute.attnotnull.
        'n' if !row.bool(PgConstraint::convalidated, true) => ConstraintKind::NotNull,
        _ => return None,
    };
    let foreign_key = (kind == ConstraintKind::ForeignKey).then(|| ForeignKey {
        referenced_table: row.oid(PgConstraint::confrelid),
        referenced_columns: row.numbers(PgConstraint::confkey),
        operators: row.oids(PgConstraint::conpfeqop),
        on_delete: action_from_code(row.char(PgConstraint::confdeltype)),
        on_update: action_from_code(row.char(PgConstraint::confupdtype)),
        on_delete_columns: row.numbers(PgConstraint::confdelsetcols),
        match_full: row.char(PgConstraint::confmatchtype) == 'f',
        deferrable: row.bool(PgConstraint::condeferrable, false),
        initially_deferred: row.bool(PgConstraint::condeferred, false),
        period: row.bool(PgConstraint::conperiod, false),
    });
    let enforced = row.bool(PgConstraint::conenforced, true);
    Some(Constraint {
        oid: row.oid(PgConstraint::oid),
        name: row.name(PgConstraint::conname),
        kind,
        columns: row.numbers(PgConstraint::conkey),
        name_origin: NameOrigin::Unknown,
        is_inline: false,
        written_at: row.written_at(),
        inherited: row.i16(PgConstraint::coninhcount) > 0 || row.oid(PgConstraint::conparentid) != 0,
        validated: row.bool(PgConstraint::convalidated, true) || !enforced,
        enforced,
        index: row.oid(PgConstraint::conindid),
        foreign_key,
    })
}

/// What pg_class says about an index.
#[derive(Default)]
pub(super) struct IndexFacts {
    name: String,
    method: Oid,
    inherited: bool,
}

impl IndexFacts {
    pub(super) fn of(row: &Row<PgClass>) -> Self {
        let inherited = row.bool(PgClass::relispartition, false);
        Self { name: row.name(PgClass::relname), method: row.oid(PgClass::relam), inherited }
    }
}

/// PostgreSQL sets `attnotnull` for a NOT NULL that is NOT VALID as well, though older rows may hold NULL.
fn correct_not_null(relation: &mut Relation) {
    for constraint in relation.constraints.iter().filter(|constraint| constraint.kind == ConstraintKind::NotNull) {
        let is_its_column = |column: &&mut Column| constraint.columns.contains(&column.number);
        relation.columns.iter_mut().filter(is_its_column).for_each(|column| column.not_null = false);
    }
}

/// The facts about an index that stand in pg_index. The name, the access method and whether it is inherited stand in
/// pg_class and are left empty.
pub(super) fn index_from_row(row: &Row<PgIndex>) -> Index {
    let mut key: Vec<_> =
        row.numbers(PgIndex::indkey).into_iter().map(|number| (number != 0).then_some(number)).collect();
    let included = key.split_off(row.i16(PgIndex::indnkeyatts) as usize);
    let stored = |column| row.text(column).map(|tree| expression::without_locations(&tree.to_string_lossy()));
    Index {
        oid: row.oid(PgIndex::indexrelid),
        name: String::new(),
        method: AccessMethod::Other,
        key,
        predicate: row.text(PgIndex::indpred).map_or(Predicate::None, index_condition::classify),
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

/// From `pg_constraint.confdeltype` or `confupdtype`.
fn action_from_code(code: char) -> Action {
    match code {
        'r' => Action::Restrict,
        'c' => Action::Cascade,
        'n' => Action::SetNull,
        'd' => Action::SetDefault,
        _ => Action::NoAction,
    }
}

/// From `pg_am.oid`, which is fixed for PostgreSQL's own access methods.
pub fn access_method_from_oid(oid: Oid) -> AccessMethod {
    match oid {
        oids::BTREE_AM => AccessMethod::Btree,
        oids::HASH_AM => AccessMethod::Hash,
        oids::GIST_AM => AccessMethod::Gist,
        _ => AccessMethod::Other,
    }
}
