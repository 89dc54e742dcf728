//! The statement that an event trigger is called for.

use std::ffi::CStr;

use pgrx::pg_sys;

/// A node of a parse tree.
pub type Node = *mut pg_sys::Node;

/// The statement that an event trigger was called for.
#[derive(Clone, Copy)]
pub struct Command {
    tree: Node,
    tag: pg_sys::CommandTag::Type,
}

impl Command {
    /// Takes the statement out of what PostgreSQL passes to an event trigger.
    ///
    /// # Safety
    /// `data` is the event trigger's data, valid for as long as the trigger function runs.
    pub unsafe fn new(data: &pg_sys::EventTriggerData) -> Self {
        Self { tree: data.parsetree, tag: data.tag }
    }

    /// The utility statement with this parse tree.
    ///
    /// # Safety
    /// `tree` is valid for as long as the result is used.
    pub unsafe fn of_tree(tree: Node) -> Self {
        // SAFETY: the caller promises that the tree is valid.
        Self { tree, tag: unsafe { pg_sys::CreateCommandTag(tree) } }
    }

    /// A number that no other running statement has: the address of its parse tree.
    pub fn identity(self) -> usize {
        self.tree as usize
    }

    /// The command tag, `CREATE TABLE` for example.
    pub fn tag(self) -> String {
        // SAFETY: the tag is one of PostgreSQL's, whose names are static, NUL-terminated ASCII strings.
        unsafe { CStr::from_ptr(pg_sys::GetCommandTagName(self.tag)) }.to_string_lossy().into_owned()
    }

    /// Whether the statement changes no definition, although PostgreSQL calls event triggers for it.
    pub fn changes_no_definition(self) -> bool {
        self.tag == pg_sys::CommandTag::CMDTAG_REINDEX
    }

    /// Whether PostgreSQL does not collect what statements inside of this one do.
    pub fn hides_commands(self) -> bool {
        self.tag == pg_sys::CommandTag::CMDTAG_REFRESH_MATERIALIZED_VIEW
    }

    /// Whether the statement makes a table only if there is none of that name.
    pub fn says_if_not_exists(self) -> bool {
        use pg_sys::NodeTag::{T_CreateForeignTableStmt, T_CreateStmt};
        // SAFETY: the tree is valid while the event trigger runs, and the cast follows the node's own tag. A
        // CreateForeignTableStmt begins with a CreateStmt.
        unsafe {
            let is_table = matches!((*self.tree).type_, T_CreateStmt | T_CreateForeignTableStmt);
            is_table && (*self.tree.cast::<pg_sys::CreateStmt>()).if_not_exists
        }
    }

    /// The statement's parse tree, which is valid while the event trigger's function runs.
    pub fn tree(self) -> Node {
        self.tree
    }
}
