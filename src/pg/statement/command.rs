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
