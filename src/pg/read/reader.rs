//! What reads facts: a snapshot of the catalogs, and what has been read with it.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CString;
use std::rc::Rc;

use super::depend::Object;
use super::exemptions;
use crate::facts::{AttrNumber, BaseType, CheckShape, CommandId, Oid, QualifiedName, Relation, Use};
use crate::pg::scan::schema::{PgAttribute, PgNamespace, PgType, index};
use crate::pg::scan::{Key, Row, Snapshot, find};
use crate::rule::Exemptions;

/// How many names and types of other tables are kept.
const MAX_KEPT: usize = 10_000;

/// Reads facts as of one moment, and keeps what it has read and may be asked for again.
pub struct Reader {
    snapshot: Snapshot,
    /// It reads what was there before something that the transaction has done.
    pub(super) is_past: bool,
    /// The names of schemas.
    schemas: RefCell<BTreeMap<Oid, String>>,
    /// The component types of types that are not PostgreSQL's own.
    pub(super) component_types: RefCell<BTreeMap<Oid, Rc<[Oid]>>>,
    /// The types below domains.
    pub(super) base_types: RefCell<BTreeMap<Oid, BaseType>>,
    /// The stored expressions of the check constraints that have been read.
    pub(super) check_expressions: RefCell<BTreeMap<Oid, CString>>,
    /// What they say, of those that a rule has asked about.
    pub(super) check_shapes: RefCell<BTreeMap<Oid, Rc<CheckShape>>>,
    /// The parents of the tables that a rule has asked about.
    pub(super) parents: RefCell<BTreeMap<Oid, Rc<[Relation]>>>,
    /// The comments on a table (number 0) and its columns, by table.
    pub(super) comments: RefCell<BTreeMap<Oid, BTreeMap<i32, String>>>,
    /// The names of tables, and the types of columns, that others refer to. At most [`MAX_KEPT`] of them are kept.
    pub(super) table_names: RefCell<BTreeMap<Oid, Option<QualifiedName>>>,
    pub(super) column_types: RefCell<BTreeMap<(Oid, AttrNumber), Option<Oid>>>,
    /// What the fixes in a table ask for each of its columns.
    pub(super) row_type_uses: RefCell<BTreeMap<Oid, Vec<Use>>>,
    pub(super) followers: RefCell<BTreeMap<Oid, Vec<Oid>>>,
    pub(super) partition_columns: RefCell<BTreeMap<Oid, Vec<Option<AttrNumber>>>>,
    pub(super) partition_columns_below: RefCell<BTreeMap<Oid, Vec<Option<AttrNumber>>>>,
    pub(super) has_rows: RefCell<BTreeMap<Oid, Option<bool>>>,
    pub(super) update_is_refused: RefCell<BTreeMap<Oid, bool>>,
    /// What is known not to go with a temporary object.
    pub(super) lasting: RefCell<BTreeSet<Object>>,
    /// Whether there are temporary objects, once that has been asked.
    temporary_objects: OnceCell<bool>,
    /// Whether something was not there any more when PostgreSQL was asked about it, or its table was locked.
    pub(super) has_unread: Cell<bool>,
    /// The exemptions, once they have been asked for; the same for the states before.
    exemptions: Rc<OnceCell<Rc<Exemptions>>>,
}

impl Reader {
    /// A reader as of now.
    pub fn now() -> Self {
        Self::at(Snapshot::now(), Rc::default())
    }

    /// A reader as of now for whoever reads every table.
    pub fn for_sweep() -> Self {
        Self::at(Snapshot::now().for_sweep(), Rc::default())
    }

    /// Forgets what it knows of single tables.
    pub fn forget_tables(&self) {
        self.check_expressions.borrow_mut().clear();
        self.check_shapes.borrow_mut().clear();
        self.parents.borrow_mut().clear();
        self.comments.borrow_mut().clear();
        self.row_type_uses.borrow_mut().clear();
        self.followers.borrow_mut().clear();
        self.partition_columns.borrow_mut().clear();
        self.partition_columns_below.borrow_mut().clear();
        self.has_rows.borrow_mut().clear();
        self.update_is_refused.borrow_mut().clear();
        self.lasting.borrow_mut().clear();
    }

    /// A reader as of the moment before this transaction's command `start`.
    pub fn before(&self, start: CommandId) -> Self {
        Self { is_past: true, ..Self::at(self.snapshot.before(start), self.exemptions.clone()) }
    }

    fn at(snapshot: Snapshot, exemptions: Rc<OnceCell<Rc<Exemptions>>>) -> Self {
        Self {
            snapshot,
            is_past: false,
            schemas: RefCell::default(),
            component_types: RefCell::default(),
            base_types: RefCell::default(),
            check_expressions: RefCell::default(),
            check_shapes: RefCell::default(),
            parents: RefCell::default(),
            comments: RefCell::default(),
            table_names: RefCell::default(),
            column_types: RefCell::default(),
            row_type_uses: RefCell::default(),
            followers: RefCell::default(),
            partition_columns: RefCell::default(),
            partition_columns_below: RefCell::default(),
            has_rows: RefCell::default(),
            update_is_refused: RefCell::default(),
            lasting: RefCell::default(),
            temporary_objects: OnceCell::new(),
            has_unread: Cell::default(),
            exemptions,
        }
    }

    /// The exemptions that count now.
    pub(super) fn exemptions(&self) -> Rc<Exemptions> {
        self.exemptions.get_or_init(|| Rc::new(exemptions::read())).clone()
    }

    /// Whether there are temporary objects that something may depend on.
    pub(super) fn sees_temporary_objects(&self, look: fn() -> bool) -> bool {
        *self.temporary_objects.get_or_init(look)
    }

    /// The snapshot it reads with.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The name of a schema at this moment; empty if there is no such schema.
    pub fn schema_name(&self, oid: Oid) -> String {
        let mut schemas = self.schemas.borrow_mut();
        let read = || {
            let key = [(PgNamespace::oid, Key::Oid(oid))];
            find(&self.snapshot, index::NAMESPACE_OID, &key, |row| row.name(PgNamespace::nspname))
        };
        schemas.entry(oid).or_insert_with(|| read().unwrap_or_default()).clone()
    }

    /// What `read` makes of a type's row; `None` if there is no such type.
    pub(super) fn find_type<T>(&self, oid: Oid, read: impl Fn(&Row<PgType>) -> T) -> Option<T> {
        find(self.snapshot(), index::TYPE_OID, &[(PgType::oid, Key::Oid(oid))], read)
    }

    /// What `read` makes of a column's row; `None` if there is no such column.
    pub(super) fn find_column<T>(
        &self,
        table: Oid,
        column: AttrNumber,
        read: impl Fn(&Row<PgAttribute>) -> T,
    ) -> Option<T> {
        let keys = [(PgAttribute::attrelid, Key::Oid(table)), (PgAttribute::attnum, Key::Int2(column))];
        find(self.snapshot(), index::ATTRIBUTE_RELATION_NUMBER, &keys, read)
    }
}

/// What is known under a key; if nothing is, what `read` gives, which is kept.
pub(super) fn keep<K: Ord, V: Clone>(known: &RefCell<BTreeMap<K, V>>, key: K, read: impl FnOnce() -> V) -> V {
    if let Some(value) = known.borrow().get(&key) {
        return value.clone();
    }
    let value = read();
    let mut known = known.borrow_mut();
    if known.len() >= MAX_KEPT {
        known.clear();
    }
    known.insert(key, value.clone());
    value
}
