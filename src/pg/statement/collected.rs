//! What a statement has changed and dropped, as PostgreSQL collects it for event triggers.

use std::ffi::{CStr, c_char};
use std::rc::Rc;

use pgrx::{PgList, pg_sys};

use super::Node;
use crate::facts::{ObjectAddress, Oid};
use crate::pg::read::Reader;
use crate::pg::read::dependents::{objects_in_schema, owner_of_sequence, table_or_type_of};
use crate::pg::scan::CatalogColumn;
use crate::pg::scan::schema::{PgClass, PgNamespace};
use crate::pg::text;

/// One of the commands that PostgreSQL has carried out for a statement. CREATE TABLE with a serial column, for example,
/// also creates a sequence.
#[derive(Debug, Default)]
pub struct CollectedCommand {
    /// The catalog that the created or changed object stands in.
    catalog: Oid,
    /// The object's oid in that catalog.
    object: Oid,
    /// The constraint names that are written in the command.
    pub constraint_names: Vec<String>,
    /// It may have added a column or changed the type of one.
    pub changes_row_type: bool,
    /// The object is a sequence that the command gives to a column, or takes from one.
    changes_owning_column: bool,
}

/// The commands that PostgreSQL has carried out for the statement which has just ended, without those of extension
/// scripts. May be called only from an event trigger for `ddl_command_end`.
pub fn commands() -> Vec<CollectedCommand> {
    // The position of the column `command` in the rows of pg_event_trigger_ddl_commands().
    const COMMAND: usize = 8;
    let mut commands = Vec::new();
    call_set_returning(pg_sys::pg_event_trigger_ddl_commands, pg_sys::F_PG_EVENT_TRIGGER_DDL_COMMANDS, |row| {
        let command: *const pg_sys::CollectedCommand = row[COMMAND].cast_mut_ptr();
        // SAFETY: the column, of type pg_ddl_command, holds the address of a command, which lives until the statement's
        // event triggers have run.
        commands.extend(unsafe { describe(&*command) });
    });
    commands
}

/// Reads a command; `None` for one of an extension script, and for one that changes no table, type or schema.
///
/// # Safety
/// `command` is a command that PostgreSQL has collected.
unsafe fn describe(command: &pg_sys::CollectedCommand) -> Option<CollectedCommand> {
    if command.in_extension {
        return None;
    }
    let mut collected = CollectedCommand::default();
    // SAFETY: the command's type says which member of the union is in use. The parse tree is a complete copy, or null.
    unsafe {
        match command.type_ {
            pg_sys::CollectedCommandType::SCT_Simple => {
                let address = command.d.simple.address;
                (collected.catalog, collected.object) = (address.classId.to_u32(), address.objectId.to_u32());
                collected.changes_owning_column = changes_owning_column(command.parsetree);
            }
            pg_sys::CollectedCommandType::SCT_AlterTable => {
                collected.catalog = PgClass::CATALOG;
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
    use pg_sys::AlterTableType::{AT_AddColumn, AT_AlterColumnType};
    // SAFETY: the tag of a valid node says which struct it is, and the cast follows the tag. The list of an ALTER TABLE
    // holds AlterTableCmds.
    unsafe {
        if tree.is_null() || (*tree).type_ != pg_sys::NodeTag::T_AlterTableStmt {
            return false;
        }
        let commands = PgList::<pg_sys::AlterTableCmd>::from_pg((*tree.cast::<pg_sys::AlterTableStmt>()).cmds);
        commands.iter_ptr().any(|command| [AT_AddColumn, AT_AlterColumnType].contains(&(*command).subtype))
    }
}

/// Whether an ALTER SEQUENCE says OWNED BY.
///
/// # Safety
/// `tree` is null or a valid parse tree.
unsafe fn changes_owning_column(tree: Node) -> bool {
    // SAFETY: the tag of a valid node says which struct it is, and the cast follows the tag. The options are DefElems,
    // whose names are NUL-terminated.
    unsafe {
        if tree.is_null() || (*tree).type_ != pg_sys::NodeTag::T_AlterSeqStmt {
            return false;
        }
        let options = PgList::<pg_sys::DefElem>::from_pg((*tree.cast::<pg_sys::AlterSeqStmt>()).options);
        options.iter_ptr().any(|option| CStr::from_ptr((*option).defname) == c"owned_by")
    }
}

/// Collects every constraint name that is written in a tree. A constraint that is created USING INDEX and without a
/// name has the index's name.
///
/// # Safety
/// `tree` is null or a valid parse tree.
unsafe fn collect_constraint_names(tree: Node, names: &mut Vec<String>) {
    use pg_sys::NodeTag::*;
    // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag. Strings are null or
    // NUL-terminated.
    unsafe {
        if tree.is_null() {
            return;
        }
        let name = |pointer: *mut c_char| (!pointer.is_null()).then(|| text::from_server(pointer));
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
                // A CreateForeignTableStmt begins with a CreateStmt.
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

impl CollectedCommand {
    /// The tables and types that the command has touched. `before` returns a reader as of the moment before the
    /// statement; `is_exempt` tells whether a schema with this name is exempt.
    pub fn touched_objects(
        &self,
        before: impl FnOnce() -> Rc<Reader>,
        now: &Reader,
        is_exempt: impl Fn(&str) -> bool,
    ) -> Vec<ObjectAddress> {
        if self.changes_owning_column {
            // With a sequence of its own, a column may be serial.
            return owner_of_sequence(now, self.object).map(ObjectAddress::Relation).into_iter().collect();
        }
        if self.catalog != PgNamespace::CATALOG {
            return table_or_type_of(now, self.catalog, self.object).into_iter().collect();
        }
        // If an exempt schema gets a name that is not exempt, everything in it must be checked.
        let old_name = before().schema_name(self.object);
        let was_exempt = !old_name.is_empty() && is_exempt(&old_name);
        if was_exempt && !is_exempt(&now.schema_name(self.object)) {
            objects_in_schema(self.object, now)
        } else {
            Vec::new()
        }
    }
}

/// The tables and types from which the statement has dropped something, an index or a constraint for example. They are
/// looked up as of before the statement. May be called only from an event trigger for `sql_drop`.
pub fn objects_with_drops(before: &Reader) -> Vec<ObjectAddress> {
    let mut objects = Vec::new();
    call_set_returning(pg_sys::pg_event_trigger_dropped_objects, pg_sys::F_PG_EVENT_TRIGGER_DROPPED_OBJECTS, |row| {
        // Its first columns are classid and objid.
        let (catalog, dropped) = (row[0].value() as u32, row[1].value() as u32);
        let object = table_or_type_of(before, catalog, dropped).filter(|object| !objects.contains(object));
        objects.extend(object);
    });
    objects
}

/// Calls one of PostgreSQL's set-returning functions, given by its address and its oid, and passes each row's values to
/// `each`. This takes less time than a query.
fn call_set_returning(
    function: unsafe fn(pg_sys::FunctionCallInfo) -> pg_sys::Datum,
    oid: u32,
    mut each: impl FnMut(&[pg_sys::Datum]),
) {
    // SAFETY: the call frame is built as the executor builds it for a function without arguments that puts its rows
    // into a tuplestore. Everything in it lives until the rows have been read and is freed after that; the values of a
    // row are used only until the next one is fetched.
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
