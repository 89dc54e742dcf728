//! What a statement did and dropped, as PostgreSQL collects it for event triggers.

use std::rc::Rc;

use pgrx::{PgList, pg_sys};

use super::Node;
use crate::facts::{ObjectAddress, Oid};
use crate::pg::read::Reader;
use crate::pg::read::dependents::{address_of, objects_in_schema};
use crate::pg::scan::CatalogColumn;
use crate::pg::scan::schema::{PgClass, PgNamespace};
use crate::pg::text;

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

/// The commands that the statement which has just ended was carried out with, without those of extension scripts. Only an
/// event trigger for `ddl_command_end` may ask.
pub fn commands() -> Vec<Collected> {
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
    /// The tables and types that it has touched; `before` gives the state before the statement, and `exempt` tells which
    /// schema names are exempt.
    pub fn touched(
        &self,
        before: impl FnOnce() -> Rc<Reader>,
        now: &Reader,
        exempt: impl Fn(&str) -> bool,
    ) -> Vec<ObjectAddress> {
        if self.class != PgNamespace::CATALOG {
            return address_of(now, self.class, self.object).into_iter().collect();
        }
        // Everything in a schema is touched when the schema is renamed to a name that is not exempt any more.
        let old = before().schema_name(self.object);
        let has_left_exemption = !old.is_empty() && exempt(&old) && !exempt(&now.schema_name(self.object));
        if has_left_exemption { objects_in_schema(self.object, now) } else { Vec::new() }
    }
}

/// The tables and types that have lost something to the statement, as of before it. Only a `sql_drop` trigger
/// may ask.
pub fn touched_by_drops(before: &Reader) -> Vec<ObjectAddress> {
    let mut touched = Vec::new();
    call_set_returning(pg_sys::pg_event_trigger_dropped_objects, pg_sys::F_PG_EVENT_TRIGGER_DROPPED_OBJECTS, |row| {
        let (class, object) = (row[0].value() as u32, row[1].value() as u32);
        if let Some(subject) = address_of(before, class, object).filter(|subject| !touched.contains(subject)) {
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
