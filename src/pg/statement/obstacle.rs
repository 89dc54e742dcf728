//! What stands in the way of running a statement in a dry run.

use pgrx::pg_sys;

use super::concurrent::is_concurrent;
use super::{Command, Node};

/// Why a statement cannot be run and undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It begins or ends a transaction.
    Transaction,
    /// It begins or ends a part of a transaction.
    Savepoint,
    /// It commits while it runs, and need not: it is written with CONCURRENTLY.
    Concurrently,
    /// PostgreSQL runs it outside of transaction blocks alone.
    NotInBlock,
    /// Its rows come from the client.
    FromClient,
    /// Its rows go to the client.
    ToClient,
    /// It has an effect that no rollback undoes.
    Lasting,
}

impl Obstacle {
    /// What stands in the way of a statement; `None` if nothing is known to.
    ///
    /// # Safety
    /// `tree` is the valid raw parse tree of a statement.
    pub unsafe fn of(tree: Node) -> Option<Self> {
        use pg_sys::NodeTag::*;
        // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag.
        unsafe {
            match (*tree).type_ {
                T_TransactionStmt => Some(Self::of_transaction(&*tree.cast())),
                T_IndexStmt | T_DropStmt | T_AlterTableStmt => {
                    is_concurrent(Command::of_tree(tree)).then_some(Self::Concurrently)
                }
                T_ReindexStmt => Self::of_reindex(&*tree.cast()),
                T_CopyStmt => Self::of_copy(&*tree.cast()),
                // ANALYZE is another form of the same node.
                T_VacuumStmt => (*tree.cast::<pg_sys::VacuumStmt>()).is_vacuumcmd.then_some(Self::NotInBlock),
                #[cfg(feature = "pg19")]
                T_RepackStmt => Self::of_repack(&*tree.cast()),
                #[cfg(feature = "pg19")]
                T_WaitStmt => Some(Self::NotInBlock),
                #[cfg(not(feature = "pg19"))]
                T_ClusterStmt => (*tree.cast::<pg_sys::ClusterStmt>()).relation.is_null().then_some(Self::NotInBlock),
                T_DiscardStmt => {
                    let target = (*tree.cast::<pg_sys::DiscardStmt>()).target;
                    (target == pg_sys::DiscardMode::DISCARD_ALL).then_some(Self::NotInBlock)
                }
                T_CreatedbStmt | T_DropdbStmt | T_CreateTableSpaceStmt | T_DropTableSpaceStmt | T_AlterSystemStmt => {
                    Some(Self::NotInBlock)
                }
                T_PrepareStmt | T_DeallocateStmt | T_LoadStmt => Some(Self::Lasting),
                _ => None,
            }
        }
    }

    /// The command tag does not tell ROLLBACK from ROLLBACK TO.
    fn of_transaction(statement: &pg_sys::TransactionStmt) -> Self {
        use pg_sys::TransactionStmtKind::{TRANS_STMT_RELEASE, TRANS_STMT_ROLLBACK_TO, TRANS_STMT_SAVEPOINT};
        match statement.kind {
            TRANS_STMT_SAVEPOINT | TRANS_STMT_RELEASE | TRANS_STMT_ROLLBACK_TO => Self::Savepoint,
            _ => Self::Transaction,
        }
    }

    fn of_copy(copy: &pg_sys::CopyStmt) -> Option<Self> {
        match () {
            () if copy.is_program => Some(Self::Lasting),
            () if copy.filename.is_null() => Some(if copy.is_from { Self::FromClient } else { Self::ToClient }),
            // It writes a file.
            () => (!copy.is_from).then_some(Self::Lasting),
        }
    }

    fn of_reindex(reindex: &pg_sys::ReindexStmt) -> Option<Self> {
        use pg_sys::ReindexObjectType::{REINDEX_OBJECT_INDEX, REINDEX_OBJECT_TABLE};
        #[cfg(feature = "pg13")]
        let is_concurrent = reindex.concurrent;
        #[cfg(not(feature = "pg13"))]
        // SAFETY: the parameters of a REINDEX are DefElems with names.
        let is_concurrent = unsafe { has_concurrently(reindex.params) };
        let is_of_one = [REINDEX_OBJECT_INDEX, REINDEX_OBJECT_TABLE].contains(&reindex.kind);
        match () {
            () if is_concurrent => Some(Self::Concurrently),
            () => (!is_of_one).then_some(Self::NotInBlock),
        }
    }

    /// REPACK, and CLUSTER, which is a form of it from 19 on.
    #[cfg(feature = "pg19")]
    fn of_repack(repack: &pg_sys::RepackStmt) -> Option<Self> {
        // SAFETY: the parameters of a REPACK are DefElems with names.
        match () {
            () if unsafe { has_concurrently(repack.params) } => Some(Self::Concurrently),
            () => repack.relation.is_null().then_some(Self::NotInBlock),
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Transaction => "transaction",
            Self::Savepoint => "savepoint",
            Self::Concurrently => "concurrently",
            Self::NotInBlock => "not in a block",
            Self::FromClient => "from the client",
            Self::ToClient => "to the client",
            Self::Lasting => "lasting",
        }
    }

    /// What the statement is called, if its command tag is `tag`.
    pub fn name_command(self, tag: &str) -> String {
        match self {
            Self::Concurrently if tag == "ALTER TABLE" => "ALTER TABLE DETACH PARTITION CONCURRENTLY".to_owned(),
            Self::Concurrently => format!("{tag} CONCURRENTLY"),
            Self::FromClient => format!("{tag} FROM STDIN"),
            Self::ToClient => format!("{tag} TO STDOUT"),
            Self::Lasting if tag == "COPY" => "COPY TO a file or with PROGRAM".to_owned(),
            _ => tag.to_owned(),
        }
    }

    /// Why the statement cannot be run, and what to do.
    pub fn explain(self) -> (&'static str, &'static str) {
        match self {
            Self::Transaction | Self::Savepoint => (
                "All of the SQL is one transaction, which the dry run begins, checks as if it were committed, and undoes.",
                "Leave out BEGIN, COMMIT and everything else that controls transactions. Give the SQL of another \
                 transaction to another dry run.",
            ),
            Self::Concurrently => (
                "It commits while it runs, so it could not be undone.",
                "Leave CONCURRENTLY out: the statement adds the same violations without it.",
            ),
            Self::NotInBlock => (
                "PostgreSQL does not run it in a transaction, so it could not be undone.",
                "Leave it out: it adds no violations.",
            ),
            Self::FromClient => (
                "Its rows come from the client, which sends none to a dry run.",
                "Leave it out: it adds no violations. If later statements need the rows, write INSERT.",
            ),
            Self::ToClient => ("Its rows go to the client.", "Leave it out: it adds no violations."),
            Self::Lasting => {
                ("It has an effect that a rollback does not undo.", "Leave it out: it adds no violations.")
            }
        }
    }
}

/// Whether CONCURRENTLY is among the parameters of a statement. If its value is something else than a Boolean, the
/// statement fails all the same.
///
/// # Safety
/// `parameters` is a valid list of DefElems with names, or null.
#[cfg(not(feature = "pg13"))]
unsafe fn has_concurrently(parameters: *mut pg_sys::List) -> bool {
    // SAFETY: the caller promises it.
    unsafe {
        let parameters = pgrx::PgList::<pg_sys::DefElem>::from_pg(parameters);
        parameters.iter_ptr().any(|parameter| std::ffi::CStr::from_ptr((*parameter).defname) == c"concurrently")
    }
}
