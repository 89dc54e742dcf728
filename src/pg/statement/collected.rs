//! What a statement has changed and dropped, as PostgreSQL collects it for event triggers.

use std::collections::BTreeSet;
use std::ffi::{CStr, c_char};

use pgrx::{PgList, pg_sys};

use super::Node;
use crate::facts::{ConstraintKind, ObjectAddress, Oid};
use crate::pg::read::Reader;
use crate::pg::read::dependents::table_or_type_of;
use crate::pg::scan::CatalogColumn;
use crate::pg::scan::schema::PgClass;
use crate::pg::text;

/// One of the commands that PostgreSQL has carried out for a statement. CREATE TABLE with a serial column, for example,
/// also creates a sequence.
#[derive(Debug, Default)]
pub struct CollectedCommand {
    /// The catalog that the created or changed object stands in.
    pub catalog: Oid,
    /// The object's oid in that catalog.
    pub object: Oid,
    /// What it did to the object.
    pub effect: Effect,
    /// The names that the command gives to constraints, with the constraints' kinds.
    pub given_names: Vec<(ConstraintKind, String)>,
    /// The constraints that the command makes, by their own oid or by that of their index. The checks of a CREATE TABLE
    /// are not among them.
    pub made_constraints: Vec<Oid>,
}

/// What a command does, as far as other objects are concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effect {
    /// Nothing special.
    #[default]
    Other,
    /// It creates a table.
    CreatesTable,
    /// It may add a column to a relation, or change the type of one.
    ChangesRowType,
    /// It changes a domain or an enum.
    ChangesType,
    /// It gives a constraint or an index another name.
    RenamesPart,
    /// It gives a sequence to a column, which may be serial now.
    ChangesOwningColumn,
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
    // The subcommands of an ALTER TABLE are AlterTableCmds, each with the address of what it has made.
    unsafe {
        match command.type_ {
            pg_sys::CollectedCommandType::SCT_Simple => {
                let address = command.d.simple.address;
                (collected.catalog, collected.object) = (address.classId.to_u32(), address.objectId.to_u32());
                if makes_key(command.parsetree) {
                    collected.made_constraints.push(collected.object);
                }
            }
            pg_sys::CollectedCommandType::SCT_AlterTable => {
                collected.catalog = PgClass::CATALOG;
                collected.object = command.d.alterTable.objectId.to_u32();
                let parts = PgList::<pg_sys::CollectedATSubcmd>::from_pg(command.d.alterTable.subcmds);
                let makes_constraint = |part: &*mut pg_sys::CollectedATSubcmd| adds_constraint((**part).parsetree);
                let parts = parts.iter_ptr().filter(makes_constraint);
                collected.made_constraints.extend(parts.map(|part| (*part).address.objectId.to_u32()));
            }
            _ => return None,
        }
        collected.effect = effect_of(command.parsetree);
        collect_names(command.parsetree, &mut collected.given_names);
    }
    Some(collected)
}

/// What a command does, as far as its parse tree tells.
///
/// # Safety
/// `tree` is null or a valid parse tree.
unsafe fn effect_of(tree: Node) -> Effect {
    use pg_sys::AlterTableType::{AT_AddColumn, AT_AlterColumnType};
    use pg_sys::NodeTag::*;
    use pg_sys::ObjectType::{OBJECT_INDEX, OBJECT_TABCONSTRAINT};
    // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag. The list of an ALTER TABLE
    // holds AlterTableCmds; the options of an ALTER SEQUENCE are DefElems, whose names are NUL-terminated.
    unsafe {
        if tree.is_null() {
            return Effect::Other;
        }
        match (*tree).type_ {
            T_CreateStmt | T_CreateForeignTableStmt => Effect::CreatesTable,
            T_ViewStmt => Effect::ChangesRowType,
            T_AlterDomainStmt | T_AlterEnumStmt => Effect::ChangesType,
            T_AlterSeqStmt => {
                let options = PgList::<pg_sys::DefElem>::from_pg((*tree.cast::<pg_sys::AlterSeqStmt>()).options);
                let is_owner = |option: *mut pg_sys::DefElem| CStr::from_ptr((*option).defname) == c"owned_by";
                if options.iter_ptr().any(is_owner) { Effect::ChangesOwningColumn } else { Effect::Other }
            }
            T_RenameStmt => match (*tree.cast::<pg_sys::RenameStmt>()).renameType {
                OBJECT_TABCONSTRAINT | OBJECT_INDEX => Effect::RenamesPart,
                _ => Effect::Other,
            },
            T_AlterTableStmt => {
                let parts = PgList::<pg_sys::AlterTableCmd>::from_pg((*tree.cast::<pg_sys::AlterTableStmt>()).cmds);
                let changes =
                    |part: *mut pg_sys::AlterTableCmd| [AT_AddColumn, AT_AlterColumnType].contains(&(*part).subtype);
                if parts.iter_ptr().any(changes) { Effect::ChangesRowType } else { Effect::Other }
            }
            _ => Effect::Other,
        }
    }
}

/// Whether a command is one that makes the index of a primary key, unique or exclusion constraint, and with it the
/// constraint.
///
/// # Safety
/// `tree` is null or a valid parse tree.
unsafe fn makes_key(tree: Node) -> bool {
    // SAFETY: the tag of a valid node says which struct it is; what the cast gives is read only if the tag is right.
    unsafe {
        !tree.is_null()
            && (*tree).type_ == pg_sys::NodeTag::T_IndexStmt
            && (*tree.cast::<pg_sys::IndexStmt>()).isconstraint
    }
}

/// Whether a subcommand of ALTER TABLE makes a constraint that the statement asks for. What ALTER COLUMN TYPE makes anew
/// has subcommands of its own.
///
/// # Safety
/// `subcommand` is a valid node.
unsafe fn adds_constraint(subcommand: Node) -> bool {
    use pg_sys::AlterTableType::*;
    // SAFETY: the tag of a valid node says which struct it is; what the cast gives is read only if the tag is right.
    unsafe {
        if (*subcommand).type_ != pg_sys::NodeTag::T_AlterTableCmd {
            return false;
        }
        let kind = (*subcommand.cast::<pg_sys::AlterTableCmd>()).subtype;
        #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15"))]
        if kind == AT_AddConstraintRecurse {
            return true;
        }
        [AT_AddConstraint, AT_AddIndex, AT_AddIndexConstraint].contains(&kind)
    }
}

/// Collects the names that a tree gives to constraints. Only the constraint's own node names it: PostgreSQL also accepts
/// a name for DEFAULT or NULL, and throws it away. A constraint that is created USING INDEX and without a name has the
/// index's name.
///
/// # Safety
/// `tree` is null or a valid parse tree.
unsafe fn collect_names(tree: Node, names: &mut Vec<(ConstraintKind, String)>) {
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
                    collect_names(item, names);
                }
            }
            T_Constraint => {
                let constraint = &*tree.cast::<pg_sys::Constraint>();
                let given = || name(constraint.conname).or_else(|| name(constraint.indexname));
                names.extend(kind_of(constraint.contype).and_then(|kind| Some((kind, given()?))));
            }
            T_ColumnDef => collect_names((*tree.cast::<pg_sys::ColumnDef>()).constraints.cast(), names),
            T_CreateStmt | T_CreateForeignTableStmt => {
                // A CreateForeignTableStmt begins with a CreateStmt.
                let create: *mut pg_sys::CreateStmt = tree.cast();
                collect_names((*create).tableElts.cast(), names);
                collect_names((*create).constraints.cast(), names);
            }
            T_IndexStmt => {
                let index = &*tree.cast::<pg_sys::IndexStmt>();
                let kind = match (index.primary, index.excludeOpNames.is_null()) {
                    (true, _) => ConstraintKind::PrimaryKey,
                    (_, true) => ConstraintKind::Unique,
                    (_, false) => ConstraintKind::Exclusion,
                };
                names.extend(name(index.idxname).filter(|_| index.isconstraint).map(|name| (kind, name)));
            }
            T_AlterTableStmt => collect_names((*tree.cast::<pg_sys::AlterTableStmt>()).cmds.cast(), names),
            T_AlterTableCmd => collect_names((*tree.cast::<pg_sys::AlterTableCmd>()).def, names),
            _ => {}
        }
    }
}

/// The kind of constraint that a node makes; `None` for a node that makes none, or one that has no name of its own.
fn kind_of(node: pg_sys::ConstrType::Type) -> Option<ConstraintKind> {
    use pg_sys::ConstrType::*;
    Some(match node {
        CONSTR_PRIMARY => ConstraintKind::PrimaryKey,
        CONSTR_UNIQUE => ConstraintKind::Unique,
        CONSTR_FOREIGN => ConstraintKind::ForeignKey,
        CONSTR_CHECK => ConstraintKind::Check,
        CONSTR_EXCLUSION => ConstraintKind::Exclusion,
        _ => return None,
    })
}

/// The tables and types from which the statement has dropped something, an index or a constraint for example. They are
/// looked up as of before the statement. May be called only from an event trigger for `sql_drop`.
pub fn objects_with_drops(before: &Reader) -> Vec<ObjectAddress> {
    let mut objects = BTreeSet::new();
    call_set_returning(pg_sys::pg_event_trigger_dropped_objects, pg_sys::F_PG_EVENT_TRIGGER_DROPPED_OBJECTS, |row| {
        // Its first columns are classid and objid.
        let (catalog, dropped) = (row[0].value() as u32, row[1].value() as u32);
        objects.extend(table_or_type_of(before, catalog, dropped));
    });
    objects.into_iter().collect()
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
