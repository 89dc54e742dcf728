//! What a statement has changed and dropped, as PostgreSQL collects it for event triggers.

use std::collections::BTreeSet;

use pgrx::{PgList, pg_sys};

use super::Node;
use super::constraint_names::{ConstraintNames, collect_names};
pub use super::effects::Effect;
use super::effects::{changes_attributes, changes_children, changes_dependencies, effect_of, makes_key, renames};
use super::using::columns_with_using;
use crate::facts::{ObjectAddress, Oid};
use crate::pg::read::Reader;
use crate::pg::read::dependents::table_or_type_of;
use crate::pg::scan::CatalogColumn;
use crate::pg::scan::schema::{PgClass, PgConstraint};

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
    /// It may have changed the tables that inherit from the object, too.
    pub changes_children: bool,
    /// It changes the attributes of a composite type.
    pub changes_attributes: bool,
    /// It drops something that the tables which inherit from the object may keep as their own.
    pub leaves_to_children: bool,
    /// The constraints and indexes that ALTER COLUMN TYPE has made anew, also those of other tables: each as the catalog it
    /// stands in and its oid there.
    pub remade: Vec<(Oid, Oid)>,
    /// What it says about the names of constraints.
    pub names: ConstraintNames,
    /// It may have an object that was there before depend on other objects than before.
    pub changes_dependencies: bool,
    /// It gives a relation or a column another name, or a relation another schema.
    pub renames: bool,
    /// The columns that it gives another type with USING.
    pub with_using: Vec<String>,
    /// The constraints that the command makes, by their own oid or by that of their index. The checks of a CREATE TABLE
    /// are not among them.
    pub made_constraints: Vec<Oid>,
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
                for part in PgList::<pg_sys::CollectedATSubcmd>::from_pg(command.d.alterTable.subcmds).iter_ptr() {
                    collected.add_part((*part).parsetree, (*part).address.objectId.to_u32());
                }
            }
            pg_sys::CollectedCommandType::SCT_AlterTSConfig => {
                let address = command.d.atscfg.address;
                (collected.catalog, collected.object) = (address.classId.to_u32(), address.objectId.to_u32());
            }
            _ => return None,
        }
        collected.changes_dependencies = changes_dependencies(command.parsetree);
        collected.renames = renames(command.parsetree);
        collected.changes_attributes = changes_attributes(command.parsetree);
        collected.effect = effect_of(command.parsetree);
        collected.changes_children |= changes_children(command.parsetree);
        collect_names(command.parsetree, &mut collected.names);
        collected.with_using = columns_with_using(command.parsetree);
    }
    Some(collected)
}

impl CollectedCommand {
    /// Notes what a subcommand of ALTER TABLE has done. What ALTER COLUMN TYPE makes anew has subcommands of its own.
    ///
    /// # Safety
    /// `subcommand` is a valid node.
    unsafe fn add_part(&mut self, subcommand: Node, made: Oid) {
        use pg_sys::AlterTableType::*;
        // SAFETY: the tag of a valid node says which struct it is; what the cast gives is read only if the tag is right.
        let kind = unsafe {
            if (*subcommand).type_ != pg_sys::NodeTag::T_AlterTableCmd {
                return;
            }
            (*subcommand.cast::<pg_sys::AlterTableCmd>()).subtype
        };
        #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15"))]
        let kind = if kind == AT_AddConstraintRecurse { AT_AddConstraint } else { kind };
        if [AT_AddConstraint, AT_AddIndex, AT_AddIndexConstraint].contains(&kind) {
            self.made_constraints.push(made);
        }
        self.remade.extend((kind == AT_ReAddConstraint).then_some((PgConstraint::CATALOG, made)));
        self.remade.extend((kind == AT_ReAddIndex).then_some((PgClass::CATALOG, made)));
        #[cfg(any(feature = "pg13", feature = "pg14", feature = "pg15"))]
        let drops = [AT_DropColumn, AT_DropColumnRecurse, AT_DropConstraint, AT_DropConstraintRecurse];
        #[cfg(not(any(feature = "pg13", feature = "pg14", feature = "pg15")))]
        let drops = [AT_DropColumn, AT_DropConstraint];
        self.leaves_to_children |= drops.contains(&kind);
        let leaves_children_alone = [
            AT_AttachPartition,
            AT_DetachPartition,
            AT_ChangeOwner,
            AT_SetRelOptions,
            AT_ReplicaIdentity,
            AT_EnableRowSecurity,
            AT_DisableRowSecurity,
        ];
        self.changes_children |= !leaves_children_alone.contains(&kind);
    }
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
