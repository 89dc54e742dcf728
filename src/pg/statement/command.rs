//! What a statement is, did and dropped, as PostgreSQL collects it for event triggers.

use std::ffi::CStr;
use std::rc::Rc;

use pgrx::{PgList, pg_sys};

use crate::facts::Oid;
use crate::guard::session::Subject;
use crate::pg::read::Reader;
use crate::pg::scan::Columns;
use crate::pg::scan::schema::{
    PgAttrdef, PgClass, PgConstraint, PgDepend, PgIndex, PgInherits, PgNamespace, PgType, index,
};
use crate::pg::scan::{Key, find, scan};
use crate::pg::text;

pub type Node = *mut pg_sys::Node;

/// The statement that an event trigger was called for.
#[derive(Clone, Copy)]
pub struct Command {
    tree: Node,
    tag: pg_sys::CommandTag::Type,
}

impl Command {
    /// # Safety
    /// `data` is the event trigger's data, valid for as long as the trigger function runs.
    pub unsafe fn new(data: &pg_sys::EventTriggerData) -> Self {
        Self { tree: data.parsetree, tag: data.tag }
    }

    /// What tells this statement from every other one that is running.
    pub fn identity(self) -> usize {
        self.tree as usize
    }

    /// The command tag, `CREATE TABLE` for example.
    pub fn tag(self) -> String {
        // SAFETY: PostgreSQL's names of tags are static, NUL-terminated ASCII.
        unsafe { CStr::from_ptr(pg_sys::GetCommandTagName(self.tag)) }.to_string_lossy().into_owned()
    }

    /// Whether event triggers see it although it changes no definition.
    pub fn defines_nothing(self) -> bool {
        self.tag == pg_sys::CommandTag::CMDTAG_REINDEX
    }

    /// The statement's parse tree; valid while the event trigger's function runs.
    pub fn tree(self) -> Node {
        self.tree
    }
}

/// One of the commands that a statement was carried out with.
#[derive(Debug, Default)]
pub struct Collected {
    /// Catalog and oid of what it made or changed.
    class: Oid,
    object: Oid,
    /// The constraint names that it gave.
    pub constraint_names: Vec<String>,
    /// It may have changed the type of a column or added one.
    pub changes_row_type: bool,
}

/// The commands that the statement which has just ended was carried out with, without those of extension scripts.
pub fn collected() -> Vec<Collected> {
    const COMMAND: usize = 9;
    let mut commands = Vec::new();
    call_set_returning(pg_sys::pg_event_trigger_ddl_commands, pg_sys::F_PG_EVENT_TRIGGER_DDL_COMMANDS, |row| {
        let command: *const pg_sys::CollectedCommand = row[COMMAND - 1].cast_mut_ptr();
        // SAFETY: the column holds the address of a command that lives until the statement's triggers have run.
        commands.extend(unsafe { describe(&*command) });
    });
    commands
}

/// # Safety
/// `command` is a command that PostgreSQL collected.
unsafe fn describe(command: &pg_sys::CollectedCommand) -> Option<Collected> {
    if command.in_extension {
        return None;
    }
    let mut collected = Collected::default();
    // SAFETY: the union's member follows the command's own type; the trees are complete copies.
    unsafe {
        match command.type_ {
            pg_sys::CollectedCommandType::SCT_Simple => {
                let address = command.d.simple.address;
                (collected.class, collected.object) = (address.classId.to_u32(), address.objectId.to_u32());
            }
            pg_sys::CollectedCommandType::SCT_AlterTable => {
                collected.class = PgClass::CATALOG;
                collected.object = command.d.alterTable.objectId.to_u32();
                collected.changes_row_type = changes_row_type(command.parsetree);
            }
            _ => return None,
        }
        collect_constraint_names(command.parsetree, &mut collected.constraint_names);
    }
    Some(collected)
}

/// Whether an ALTER TABLE or ALTER TYPE adds a column or changes the type of one.
///
/// # Safety
/// `tree` is null or a valid parse tree.
unsafe fn changes_row_type(tree: Node) -> bool {
    // SAFETY: the cast follows the node's own tag; the list of an ALTER TABLE is one of AlterTableCmd.
    unsafe {
        !tree.is_null()
            && (*tree).type_ == pg_sys::NodeTag::T_AlterTableStmt
            && PgList::<pg_sys::AlterTableCmd>::from_pg((*tree.cast::<pg_sys::AlterTableStmt>()).cmds).iter_ptr().any(
                |command| {
                    let subtype = (*command).subtype;
                    subtype == pg_sys::AlterTableType::AT_AddColumn
                        || subtype == pg_sys::AlterTableType::AT_AlterColumnType
                },
            )
    }
}

/// Collects every constraint name that is written in a tree. A key made USING INDEX takes the index's name.
///
/// # Safety
/// `tree` is null or a valid parse tree.
unsafe fn collect_constraint_names(tree: Node, names: &mut Vec<String>) {
    use pg_sys::NodeTag::*;
    // SAFETY: each cast follows the node's own tag.
    unsafe {
        if tree.is_null() {
            return;
        }
        let name = |pointer: *mut std::ffi::c_char| (!pointer.is_null()).then(|| text::from_server(pointer));
        match (*tree).type_ {
            T_List => {
                for item in PgList::<pg_sys::Node>::from_pg(tree.cast()).iter_ptr() {
                    collect_constraint_names(item, names);
                }
            }
            T_Constraint => {
                let constraint: *mut pg_sys::Constraint = tree.cast();
                names.extend(name((*constraint).conname).or_else(|| name((*constraint).indexname)));
            }
            T_ColumnDef => collect_constraint_names((*tree.cast::<pg_sys::ColumnDef>()).constraints.cast(), names),
            T_CreateStmt | T_CreateForeignTableStmt => {
                // A CreateForeignTableStmt begins with the CreateStmt that it is.
                let create: *mut pg_sys::CreateStmt = tree.cast();
                collect_constraint_names((*create).tableElts.cast(), names);
                collect_constraint_names((*create).constraints.cast(), names);
            }
            T_IndexStmt => {
                let index: *mut pg_sys::IndexStmt = tree.cast();
                if (*index).isconstraint {
                    names.extend(name((*index).idxname));
                }
            }
            T_AlterTableStmt => collect_constraint_names((*tree.cast::<pg_sys::AlterTableStmt>()).cmds.cast(), names),
            T_AlterTableCmd => collect_constraint_names((*tree.cast::<pg_sys::AlterTableCmd>()).def, names),
            _ => {}
        }
    }
}

impl Collected {
    /// What it touched; `before` gives the state before it, and `exempt` tells which schema names are exempt.
    pub fn touched(
        &self,
        before: impl FnOnce() -> Rc<Reader>,
        now: &Reader,
        exempt: impl Fn(&str) -> bool,
    ) -> Vec<Subject> {
        match self.class {
            PgNamespace::CATALOG => left_exemption(self.object, &before(), now, exempt),
            class => subject_of(now, class, self.object).into_iter().collect(),
        }
    }
}

/// Everything in a schema that has been renamed to a name that is not exempt.
fn left_exemption(schema: Oid, before: &Reader, now: &Reader, exempt: impl Fn(&str) -> bool) -> Vec<Subject> {
    let old = before.schema_name(schema);
    if old.is_empty() || !exempt(&old) || exempt(&now.schema_name(schema)) {
        return Vec::new();
    }
    let mut subjects = Vec::new();
    // Rare, and the only case in which a whole catalog is read: there is no index by schema.
    scan(now.snapshot(), index::NONE, &[], |row| {
        if row.oid(PgClass::relnamespace) == schema && matches!(row.char(PgClass::relkind), 'r' | 'p' | 'f' | 'c') {
            subjects.push(Subject::Relation(row.oid(PgClass::oid)));
        }
    });
    scan(now.snapshot(), index::NONE, &[], |row| {
        if row.oid(PgType::typnamespace) == schema && matches!(row.char(PgType::typtype), 'd' | 'e' | 'r') {
            subjects.push(Subject::Type(row.oid(PgType::oid)));
        }
    });
    subjects
}

/// The table or type that an object is or belongs to, if any.
fn subject_of(reader: &Reader, class: Oid, object: Oid) -> Option<Subject> {
    let snapshot = reader.snapshot();
    match class {
        PgClass::CATALOG => {
            let key = [(PgClass::oid, Key::Oid(object))];
            match find(snapshot, index::CLASS_OID, &key, |row| row.char(PgClass::relkind))? {
                'r' | 'p' | 'f' | 'c' => Some(Subject::Relation(object)),
                'i' | 'I' => table_of_index(reader, object).map(Subject::Relation),
                _ => None,
            }
        }
        PgConstraint::CATALOG => {
            let key = [(PgConstraint::oid, Key::Oid(object))];
            find(snapshot, index::CONSTRAINT_OID, &key, |row| row.oid(PgConstraint::conrelid))
                .filter(|table| *table != 0)
                .map(Subject::Relation)
        }
        PgAttrdef::CATALOG => {
            let key = [(PgAttrdef::oid, Key::Oid(object))];
            find(snapshot, index::ATTRDEF_OID, &key, |row| row.oid(PgAttrdef::adrelid)).map(Subject::Relation)
        }
        PgType::CATALOG => {
            let key = [(PgType::oid, Key::Oid(object))];
            let kind = |row: &crate::pg::scan::Row<PgType>| (row.char(PgType::typtype), row.oid(PgType::typrelid));
            match find(snapshot, index::TYPE_OID, &key, kind)? {
                ('c', relation) => Some(Subject::Relation(relation)),
                ('d' | 'e' | 'r', _) => Some(Subject::Type(object)),
                _ => None,
            }
        }
        _ => None,
    }
}

pub fn table_of_index(reader: &Reader, oid: Oid) -> Option<Oid> {
    let key = [(PgIndex::indexrelid, Key::Oid(oid))];
    find(reader.snapshot(), index::INDEX_OID, &key, |row| row.oid(PgIndex::indrelid))
}

/// The tables, types and domains that are made of a relation's rows, all the way up. What changes its rows changes those
/// of the tables that inherit from it.
pub fn users_of_row_type(now: &Reader, relation: Oid) -> Vec<Subject> {
    let row_type = |relation: Oid| {
        let key = [(PgClass::oid, Key::Oid(relation))];
        find(now.snapshot(), index::CLASS_OID, &key, |row| row.oid(PgClass::reltype)).filter(|oid| *oid != 0)
    };
    let mut users = Vec::new();
    let mut types: Vec<Oid> = with_heirs(now, relation).into_iter().filter_map(&row_type).collect();
    let mut next = 0;
    while let Some(oid) = types.get(next).copied() {
        next += 1;
        let keys = [(PgDepend::refclassid, Key::Oid(PgType::CATALOG)), (PgDepend::refobjid, Key::Oid(oid))];
        let mut dependents = Vec::new();
        scan(now.snapshot(), index::DEPEND_REFERENCE, &keys, |row| {
            dependents.push((row.oid(PgDepend::classid), row.oid(PgDepend::objid)));
        });
        for (class, object) in dependents {
            let made_of_it = match class {
                PgClass::CATALOG => row_type(object),
                PgType::CATALOG => Some(object),
                _ => continue,
            };
            let user = subject_of(now, class, object).filter(|user| !users.contains(user));
            users.extend(user);
            types.extend(made_of_it.filter(|oid| !types.contains(oid)));
        }
    }
    users
}

/// A relation and all that inherit from it.
fn with_heirs(now: &Reader, relation: Oid) -> Vec<Oid> {
    let mut all = vec![relation];
    let mut next = 0;
    while let Some(oid) = all.get(next).copied() {
        next += 1;
        scan(now.snapshot(), index::INHERITS_PARENT, &[(PgInherits::inhparent, Key::Oid(oid))], |row| {
            let heir = row.oid(PgInherits::inhrelid);
            if !all.contains(&heir) {
                all.push(heir);
            }
        });
    }
    all
}

/// The tables and types that have lost something to the statement, as of before it. Only a `sql_drop` trigger
/// may ask.
pub fn touched_by_drops(before: &Reader) -> Vec<Subject> {
    let mut touched = Vec::new();
    call_set_returning(pg_sys::pg_event_trigger_dropped_objects, pg_sys::F_PG_EVENT_TRIGGER_DROPPED_OBJECTS, |row| {
        let (class, object) = (row[0].value() as u32, row[1].value() as u32);
        if let Some(subject) = subject_of(before, class, object).filter(|subject| !touched.contains(subject)) {
            touched.push(subject);
        }
    });
    touched
}

/// Calls one of PostgreSQL's set-returning functions without SPI and gives each row to `each`.
fn call_set_returning(
    function: unsafe fn(pg_sys::FunctionCallInfo) -> pg_sys::Datum,
    oid: u32,
    mut each: impl FnMut(&[pg_sys::Datum]),
) {
    // SAFETY: the call frame is what the executor makes for a function without arguments whose rows are put into a
    // tuplestore; all of it lives in the current memory context until the rows have been read.
    unsafe {
        let mut flinfo: pg_sys::FmgrInfo = std::mem::zeroed();
        pg_sys::fmgr_info(oid.into(), &mut flinfo);
        let mut result: pg_sys::ReturnSetInfo = std::mem::zeroed();
        result.type_ = pg_sys::NodeTag::T_ReturnSetInfo;
        result.econtext = pg_sys::CreateStandaloneExprContext();
        result.allowedModes = pg_sys::SetFunctionReturnMode::SFRM_Materialize as i32;
        let mut frame: pg_sys::FunctionCallInfoBaseData = std::mem::zeroed();
        frame.flinfo = &mut flinfo;
        frame.resultinfo = (&raw mut result).cast();
        function(&mut frame);
        let slot = pg_sys::MakeSingleTupleTableSlot(result.setDesc, &raw const pg_sys::TTSOpsMinimalTuple);
        while pg_sys::tuplestore_gettupleslot(result.setResult, true, false, slot) {
            pg_sys::slot_getallattrs(slot);
            let width = (*(*slot).tts_tupleDescriptor).natts as usize;
            each(std::slice::from_raw_parts((*slot).tts_values, width));
        }
        pg_sys::ExecDropSingleTupleTableSlot(slot);
        pg_sys::tuplestore_end(result.setResult);
        pg_sys::FreeExprContext(result.econtext, true);
    }
}
