//! The names that a statement gives to what it creates or renames. PostgreSQL has already cut those that were too long.

use std::ffi::c_char;

use pgrx::{PgList, pg_sys};

use super::command::Node;
use crate::pg::text;

/// Collects the names that a statement gives, as they stand in its parse tree.
///
/// # Safety
/// `tree` is null or a valid parse tree of a utility statement that has not run yet.
pub unsafe fn collect_new_names(tree: Node) -> Vec<String> {
    let mut names = NewNames::default();
    // SAFETY: the caller promises that the tree is valid.
    unsafe { names.collect(tree) };
    names.0
}

/// A node as the struct that its tag says it is.
macro_rules! node {
    ($tree:ident, $name:ident) => {
        (*$tree.cast::<pg_sys::$name>())
    };
}

/// The names that have been collected so far.
#[derive(Default)]
struct NewNames(Vec<String>);

impl NewNames {
    /// Collects the names that a node and the nodes in it give.
    ///
    /// # Safety
    /// `tree` is null or a valid node.
    unsafe fn collect(&mut self, tree: Node) {
        if tree.is_null() {
            return;
        }
        // SAFETY: the caller promises that the node is valid, and its tag says whether it is a list or a string.
        unsafe {
            match (*tree).type_ {
                pg_sys::NodeTag::T_List => self.collect_each(tree.cast()),
                pg_sys::NodeTag::T_String => self.add_string(tree),
                // Each tag is known to at most one of them; the others leave the node alone.
                _ => {
                    self.collect_from_table(tree);
                    self.collect_from_query(tree);
                    self.collect_from_table_part(tree);
                    self.collect_from_other_object(tree);
                }
            }
        }
    }

    /// Collects from statements that create or change a table, and from what is written in its list of columns.
    ///
    /// # Safety
    /// `tree` is a valid node.
    unsafe fn collect_from_table(&mut self, tree: Node) {
        use pg_sys::NodeTag::*;
        // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag. Strings are null or
        // NUL-terminated, and the lists hold what the grammar puts there.
        unsafe {
            match (*tree).type_ {
                T_RangeVar => self.add(node!(tree, RangeVar).relname),
                T_CreateStmt | T_CreateForeignTableStmt => {
                    // A CreateForeignTableStmt begins with a CreateStmt.
                    let create = &node!(tree, CreateStmt);
                    self.collect(create.relation.cast());
                    self.collect_each(create.tableElts);
                    self.collect_each(create.constraints);
                }
                T_ColumnDef => {
                    self.add(node!(tree, ColumnDef).colname);
                    self.collect_each(node!(tree, ColumnDef).constraints);
                }
                T_Constraint => self.add(node!(tree, Constraint).conname),
                T_AlterTableStmt => self.collect_each(node!(tree, AlterTableStmt).cmds),
                T_AlterTableCmd => self.collect(node!(tree, AlterTableCmd).def),
                _ => {}
            }
        }
    }

    /// Collects from CREATE TABLE AS, CREATE VIEW and their queries, which name the columns of the table or view.
    ///
    /// # Safety
    /// `tree` is a valid node.
    unsafe fn collect_from_query(&mut self, tree: Node) {
        use pg_sys::NodeTag::*;
        // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag. Strings are null or
        // NUL-terminated, and the lists hold what the grammar puts there.
        unsafe {
            match (*tree).type_ {
                T_CreateTableAsStmt => {
                    let create = &node!(tree, CreateTableAsStmt);
                    self.collect((*create.into).rel.cast());
                    self.collect_each((*create.into).colNames);
                    self.collect(create.query);
                }
                T_ViewStmt => {
                    self.collect(node!(tree, ViewStmt).view.cast());
                    self.collect_each(node!(tree, ViewStmt).aliases);
                    self.collect(node!(tree, ViewStmt).query);
                }
                // The query of a view. UNION may join any number of queries, so their leftmost is found in a loop.
                T_SelectStmt => {
                    let mut first = &node!(tree, SelectStmt);
                    while let Some(left) = first.larg.as_ref() {
                        first = left;
                    }
                    self.collect_each(first.targetList);
                }
                T_ResTarget => self.add(node!(tree, ResTarget).name),
                // The query of CREATE TABLE AS, which PostgreSQL has analysed already.
                T_Query => self.collect_each(node!(tree, Query).targetList),
                T_TargetEntry if !node!(tree, TargetEntry).resjunk => self.add(node!(tree, TargetEntry).resname),
                _ => {}
            }
        }
    }

    /// Collects from statements that create something which belongs to a table, and sequences.
    ///
    /// # Safety
    /// `tree` is a valid node.
    unsafe fn collect_from_table_part(&mut self, tree: Node) {
        use pg_sys::NodeTag::*;
        // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag. Strings are null or
        // NUL-terminated, and the lists hold what the grammar puts there.
        unsafe {
            match (*tree).type_ {
                T_IndexStmt => self.add(node!(tree, IndexStmt).idxname),
                T_CreateSeqStmt => self.collect(node!(tree, CreateSeqStmt).sequence.cast()),
                T_CreateTrigStmt => self.add(node!(tree, CreateTrigStmt).trigname),
                T_RuleStmt => self.add(node!(tree, RuleStmt).rulename),
                T_CreatePolicyStmt => self.add(node!(tree, CreatePolicyStmt).policy_name),
                T_CreateStatsStmt => self.add_last(node!(tree, CreateStatsStmt).defnames),
                _ => {}
            }
        }
    }

    /// Collects from statements that create a schema, a type or a function, or rename anything.
    ///
    /// # Safety
    /// `tree` is a valid node.
    unsafe fn collect_from_other_object(&mut self, tree: Node) {
        use pg_sys::NodeTag::*;
        // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag. Strings are null or
        // NUL-terminated, and the lists hold what the grammar puts there.
        unsafe {
            match (*tree).type_ {
                T_CreateSchemaStmt => {
                    self.add(node!(tree, CreateSchemaStmt).schemaname);
                    self.collect_each(node!(tree, CreateSchemaStmt).schemaElts);
                }
                T_CompositeTypeStmt => {
                    self.collect(node!(tree, CompositeTypeStmt).typevar.cast());
                    self.collect_each(node!(tree, CompositeTypeStmt).coldeflist);
                }
                T_CreateEnumStmt => self.add_last(node!(tree, CreateEnumStmt).typeName),
                T_CreateRangeStmt => self.add_last(node!(tree, CreateRangeStmt).typeName),
                T_CreateDomainStmt => {
                    self.add_last(node!(tree, CreateDomainStmt).domainname);
                    self.collect_each(node!(tree, CreateDomainStmt).constraints);
                }
                T_AlterDomainStmt => self.collect(node!(tree, AlterDomainStmt).def),
                T_DefineStmt => self.add_last(node!(tree, DefineStmt).defnames),
                T_CreateFunctionStmt => {
                    self.add_last(node!(tree, CreateFunctionStmt).funcname);
                    self.collect_each(node!(tree, CreateFunctionStmt).parameters);
                }
                T_FunctionParameter => self.add(node!(tree, FunctionParameter).name),
                T_RenameStmt => self.add(node!(tree, RenameStmt).newname),
                _ => {}
            }
        }
    }

    /// Collects from each node of a list.
    ///
    /// # Safety
    /// `list` is null or a valid list of nodes.
    unsafe fn collect_each(&mut self, list: *mut pg_sys::List) {
        // SAFETY: the caller promises that the list is valid.
        unsafe {
            for node in PgList::<pg_sys::Node>::from_pg(list).iter_ptr() {
                self.collect(node);
            }
        }
    }

    /// Adds the last part of a qualified name.
    ///
    /// # Safety
    /// `list` is null or a valid list of strings.
    unsafe fn add_last(&mut self, list: *mut pg_sys::List) {
        // SAFETY: the caller promises that the list is valid; the position is below its length.
        unsafe {
            let list = PgList::<pg_sys::Node>::from_pg(list);
            if let Some(last) = list.len().checked_sub(1).and_then(|at| list.get_ptr(at)) {
                self.collect(last);
            }
        }
    }

    /// Adds a node that is a string.
    ///
    /// # Safety
    /// `string` is a valid node with the tag T_String.
    unsafe fn add_string(&mut self, string: Node) {
        // SAFETY: the caller promises that the node is a string.
        unsafe { self.add(text::string_of(string)) };
    }

    /// Adds a name.
    ///
    /// # Safety
    /// `name` is null or NUL-terminated.
    unsafe fn add(&mut self, name: *const c_char) {
        if !name.is_null() {
            // SAFETY: the caller promises that the name is NUL-terminated.
            self.0.push(unsafe { text::from_server(name) });
        }
    }
}
