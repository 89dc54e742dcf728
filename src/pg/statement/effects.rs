//! What the parse tree of a command tells about its effects on other objects.

use std::ffi::CStr;

use pgrx::{PgList, pg_sys};

use super::Node;

/// What a command does, as far as other objects are concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effect {
    /// Nothing special.
    #[default]
    Other,
    /// It creates a table.
    CreatesTable,
    /// It may add a column to a relation, change the type of one, or give an attribute another name.
    ChangesRowType,
    /// It changes a domain or an enum, or gives a type another name or schema.
    ChangesType,
    /// It gives a constraint or an index another name.
    RenamesPart,
    /// It gives a sequence to a column, which may be serial now.
    ChangesOwningColumn,
}

/// What a command does, as far as its parse tree tells.
///
/// # Safety
/// `tree` is null or a valid parse tree.
pub unsafe fn effect_of(tree: Node) -> Effect {
    use pg_sys::AlterTableType::{AT_AddColumn, AT_AlterColumnType};
    use pg_sys::NodeTag::*;
    use pg_sys::ObjectType::{
        OBJECT_ATTRIBUTE, OBJECT_DOMAIN, OBJECT_INDEX, OBJECT_TABCONSTRAINT, OBJECT_TABLE, OBJECT_TYPE,
    };
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
                OBJECT_TABCONSTRAINT | OBJECT_INDEX | OBJECT_TABLE => Effect::RenamesPart,
                // The columns of the tables of this type are renamed as well.
                OBJECT_ATTRIBUTE => Effect::ChangesRowType,
                OBJECT_TYPE | OBJECT_DOMAIN => Effect::ChangesType,
                _ => Effect::Other,
            },
            T_AlterObjectSchemaStmt => match (*tree.cast::<pg_sys::AlterObjectSchemaStmt>()).objectType {
                OBJECT_TYPE | OBJECT_DOMAIN => Effect::ChangesType,
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

/// Whether a command may have an object that was there before depend on other objects than before.
///
/// # Safety
/// `tree` is null or a valid parse tree.
pub unsafe fn changes_dependencies(tree: Node) -> bool {
    use pg_sys::NodeTag::*;
    // SAFETY: every valid node begins with its tag.
    let tag = if tree.is_null() { return false } else { unsafe { (*tree).type_ } };
    matches!(
        tag,
        T_AlterTableStmt | T_AlterTypeStmt | T_AlterDomainStmt | T_ViewStmt | T_RuleStmt | T_CreateTransformStmt
        // CREATE OR REPLACE FUNCTION and AGGREGATE, ALTER FUNCTION … SUPPORT, ALTER OPERATOR … SET (RESTRICT = …).
        | T_CreateFunctionStmt | T_DefineStmt | T_AlterFunctionStmt | T_AlterOperatorStmt | T_AlterTSConfigurationStmt
        // ALTER … DEPENDS ON EXTENSION; ALTER EXTENSION … ADD and SET SCHEMA.
        | T_AlterObjectDependsStmt | T_AlterExtensionContentsStmt | T_AlterExtensionStmt | T_AlterObjectSchemaStmt
    )
}

/// Whether a command gives a relation or a column another name, or a relation another schema.
///
/// # Safety
/// `tree` is null or a valid parse tree.
pub unsafe fn renames(tree: Node) -> bool {
    use pg_sys::NodeTag::{T_AlterObjectSchemaStmt, T_RenameStmt};
    use pg_sys::ObjectType::*;
    // ALTER INDEX takes a table as well, and ALTER TABLE an index.
    const RELATIONS: [u32; 6] =
        [OBJECT_TABLE, OBJECT_INDEX, OBJECT_FOREIGN_TABLE, OBJECT_VIEW, OBJECT_MATVIEW, OBJECT_COLUMN];
    // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag.
    unsafe {
        if tree.is_null() {
            return false;
        }
        let kind = match (*tree).type_ {
            T_RenameStmt => (*tree.cast::<pg_sys::RenameStmt>()).renameType,
            T_AlterObjectSchemaStmt => (*tree.cast::<pg_sys::AlterObjectSchemaStmt>()).objectType,
            _ => return false,
        };
        RELATIONS.contains(&kind)
    }
}

/// Whether a command changes the attributes of a composite type, which the tables of this type have as columns.
///
/// # Safety
/// `tree` is null or a valid parse tree.
pub unsafe fn changes_attributes(tree: Node) -> bool {
    // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag.
    unsafe {
        match tree.as_ref().map(|node| node.type_) {
            #[cfg(feature = "pg13")]
            Some(pg_sys::NodeTag::T_AlterTableStmt) => {
                (*tree.cast::<pg_sys::AlterTableStmt>()).relkind == pg_sys::ObjectType::OBJECT_TYPE
            }
            #[cfg(not(feature = "pg13"))]
            Some(pg_sys::NodeTag::T_AlterTableStmt) => {
                (*tree.cast::<pg_sys::AlterTableStmt>()).objtype == pg_sys::ObjectType::OBJECT_TYPE
            }
            Some(pg_sys::NodeTag::T_RenameStmt) => {
                (*tree.cast::<pg_sys::RenameStmt>()).renameType == pg_sys::ObjectType::OBJECT_ATTRIBUTE
            }
            _ => false,
        }
    }
}

/// Whether a command is one that makes the index of a primary key, unique or exclusion constraint, and with it the
/// constraint.
///
/// # Safety
/// `tree` is null or a valid parse tree.
pub unsafe fn makes_key(tree: Node) -> bool {
    // SAFETY: the tag of a valid node says which struct it is; what the cast gives is read only if the tag is right.
    unsafe {
        !tree.is_null()
            && (*tree).type_ == pg_sys::NodeTag::T_IndexStmt
            && (*tree.cast::<pg_sys::IndexStmt>()).isconstraint
    }
}

/// Whether a command, other than ALTER TABLE, may change the tables that inherit from its table: it makes an index, or
/// gives a column, an attribute or a constraint another name.
///
/// # Safety
/// `tree` is null or a valid parse tree.
pub unsafe fn changes_children(tree: Node) -> bool {
    use pg_sys::ObjectType::{OBJECT_ATTRIBUTE, OBJECT_COLUMN, OBJECT_TABCONSTRAINT};
    // SAFETY: the tag of a valid node says which struct it is; what the cast gives is read only if the tag is right.
    unsafe {
        if tree.is_null() {
            return false;
        }
        let kind = || (*tree.cast::<pg_sys::RenameStmt>()).renameType;
        match (*tree).type_ {
            pg_sys::NodeTag::T_IndexStmt => true,
            pg_sys::NodeTag::T_RenameStmt => [OBJECT_ATTRIBUTE, OBJECT_COLUMN, OBJECT_TABCONSTRAINT].contains(&kind()),
            _ => false,
        }
    }
}
