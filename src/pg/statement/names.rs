//! The names that a statement gives to what it makes: those that PostgreSQL may have cut.

use std::ffi::c_char;

use pgrx::{PgList, pg_sys};

use super::command::Node;
use crate::pg::text;

/// The names that a statement gives, as they stand in its tree: cut.
///
/// # Safety
/// `tree` is null or a valid parse tree of a utility statement that has not run yet.
pub unsafe fn given(tree: Node) -> Vec<String> {
    let mut names = Names::default();
    // SAFETY: the caller's promise.
    unsafe { names.collect(tree) };
    names.0
}

#[derive(Default)]
struct Names(Vec<String>);

impl Names {
    /// # Safety
    /// `tree` is null or a valid node.
    unsafe fn collect(&mut self, tree: Node) {
        use pg_sys::NodeTag::*;
        if tree.is_null() {
            return;
        }
        /// The node as what its tag says it is.
        macro_rules! node {
            ($name:ident) => {
                &*tree.cast::<pg_sys::$name>()
            };
        }
        // SAFETY: each cast follows the node's own tag; strings are null or NUL-terminated; the lists are what the
        // grammar makes them.
        unsafe {
            match (*tree).type_ {
                T_List => self.each(tree.cast()),
                // Relations and their parts.
                T_RangeVar => self.name(node!(RangeVar).relname),
                T_CreateStmt | T_CreateForeignTableStmt => {
                    // A CreateForeignTableStmt begins with the CreateStmt that it is.
                    let create = node!(CreateStmt);
                    self.collect(create.relation.cast());
                    self.each(create.tableElts);
                    self.each(create.constraints);
                }
                T_ColumnDef => {
                    self.name(node!(ColumnDef).colname);
                    self.each(node!(ColumnDef).constraints);
                }
                T_Constraint => self.name(node!(Constraint).conname),
                T_IndexStmt => self.name(node!(IndexStmt).idxname),
                T_AlterTableStmt => self.each(node!(AlterTableStmt).cmds),
                T_AlterTableCmd => self.collect(node!(AlterTableCmd).def),
                T_CreateTableAsStmt => {
                    let create = node!(CreateTableAsStmt);
                    self.collect((*create.into).rel.cast());
                    self.each((*create.into).colNames);
                    self.collect(create.query);
                }
                T_ViewStmt => {
                    self.collect(node!(ViewStmt).view.cast());
                    self.each(node!(ViewStmt).aliases);
                    self.collect(node!(ViewStmt).query);
                }
                // What a view or a new table is selected by names its columns; that of a table is analysed already.
                T_SelectStmt => {
                    let mut first = node!(SelectStmt);
                    // A loop, as UNION may join any number.
                    while let Some(left) = first.larg.as_ref() {
                        first = left;
                    }
                    self.each(first.targetList);
                }
                T_ResTarget => self.name(node!(ResTarget).name),
                T_Query => self.each(node!(Query).targetList),
                T_TargetEntry if !node!(TargetEntry).resjunk => self.name(node!(TargetEntry).resname),
                T_CreateSeqStmt => self.collect(node!(CreateSeqStmt).sequence.cast()),
                T_CreateTrigStmt => self.name(node!(CreateTrigStmt).trigname),
                T_RuleStmt => self.name(node!(RuleStmt).rulename),
                T_CreatePolicyStmt => self.name(node!(CreatePolicyStmt).policy_name),
                T_CreateStatsStmt => self.last(node!(CreateStatsStmt).defnames),
                // Everything else that has a name.
                T_CreateSchemaStmt => {
                    self.name(node!(CreateSchemaStmt).schemaname);
                    self.each(node!(CreateSchemaStmt).schemaElts);
                }
                T_CompositeTypeStmt => {
                    self.collect(node!(CompositeTypeStmt).typevar.cast());
                    self.each(node!(CompositeTypeStmt).coldeflist);
                }
                T_CreateEnumStmt => self.last(node!(CreateEnumStmt).typeName),
                T_CreateRangeStmt => self.last(node!(CreateRangeStmt).typeName),
                T_CreateDomainStmt => {
                    self.last(node!(CreateDomainStmt).domainname);
                    self.each(node!(CreateDomainStmt).constraints);
                }
                T_AlterDomainStmt => self.collect(node!(AlterDomainStmt).def),
                T_DefineStmt => self.last(node!(DefineStmt).defnames),
                T_CreateFunctionStmt => {
                    self.last(node!(CreateFunctionStmt).funcname);
                    self.each(node!(CreateFunctionStmt).parameters);
                }
                T_FunctionParameter => self.name(node!(FunctionParameter).name),
                T_RenameStmt => self.name(node!(RenameStmt).newname),
                // One in a list of names.
                T_String => self.string(tree),
                _ => {}
            }
        }
    }

    unsafe fn name(&mut self, name: *const c_char) {
        if !name.is_null() {
            // SAFETY: the caller's promise: the string is NUL-terminated.
            self.0.push(unsafe { text::from_server(name) });
        }
    }

    unsafe fn string(&mut self, string: Node) {
        // SAFETY: the caller's promise: the node is a string.
        unsafe {
            #[cfg(any(feature = "pg13", feature = "pg14"))]
            self.name((*string.cast::<pg_sys::Value>()).val.str_);
            #[cfg(not(any(feature = "pg13", feature = "pg14")))]
            self.name((*string.cast::<pg_sys::String>()).sval);
        }
    }

    unsafe fn each(&mut self, list: *mut pg_sys::List) {
        // SAFETY: the caller's promise: the list is null or one of nodes.
        unsafe {
            for node in PgList::<pg_sys::Node>::from_pg(list).iter_ptr() {
                self.collect(node);
            }
        }
    }

    /// Of a qualified name, the last part.
    unsafe fn last(&mut self, list: *mut pg_sys::List) {
        // SAFETY: the caller's promise: the list is null or one of strings.
        unsafe {
            let list = PgList::<pg_sys::Node>::from_pg(list);
            if let Some(last) = list.len().checked_sub(1).and_then(|at| list.get_ptr(at)) {
                self.collect(last);
            }
        }
    }
}
