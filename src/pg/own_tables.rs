//! Writes to the extension's own tables. Who may call the SQL function is decided by EXECUTE on it alone.

use std::ffi::{CStr, CString, c_char};

use pgrx::pg_sys;

use super::scan::own_table;
use super::text;

/// A parameter of a statement.
#[derive(Clone, Copy)]
pub enum Parameter<'a> {
    Text(Option<&'a str>),
    /// In microseconds since 2000-01-01.
    Timestamp(Option<i64>),
}

/// What a statement has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// How many rows it has inserted, updated or deleted.
    pub rows: u64,
    /// The first column of the first row that it returns, if that is a bigint.
    pub first: Option<i64>,
}

/// Runs one statement with the rights of the owner of one of our own tables, which ordinary roles cannot write. It must not
/// depend on search_path. `None` if there is no such table: the SQL of the extension is older than the library.
///
/// PostgreSQL's own errors are raised as they are, for example that the transaction is read-only. `session_user` remains the
/// user of the session.
pub fn write_as_owner(table: &CStr, sql: &str, parameters: &[Parameter<'_>]) -> Option<Written> {
    let _as_owner = CurrentUser::become_owner(own_table(table)?);
    let sql = CString::new(sql).unwrap_or_default();
    let mut types: Vec<pg_sys::Oid> = parameters.iter().map(|parameter| parameter.data_type()).collect();
    let mut values: Vec<pg_sys::Datum> = parameters.iter().map(|parameter| parameter.datum()).collect();
    let nulls: Vec<c_char> =
        parameters.iter().map(|parameter| if parameter.is_null() { b'n' } else { b' ' } as c_char).collect();
    // SAFETY: a transaction is open. Before a commit no snapshot is the active one any more, which SPI needs; after an error
    // PostgreSQL takes it off the stack again. The arrays have an element for each parameter and live until SPI has
    // finished; what is taken from the result is copied before that. After an error PostgreSQL cleans up when it aborts the
    // transaction.
    unsafe {
        let needs_snapshot = !pg_sys::ActiveSnapshotSet();
        if needs_snapshot {
            pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
        }
        pg_sys::SPI_connect();
        let status = pg_sys::SPI_execute_with_args(
            sql.as_ptr(),
            parameters.len() as i32,
            types.as_mut_ptr(),
            values.as_mut_ptr(),
            nulls.as_ptr(),
            false,
            0,
        );
        if status < 0 {
            pgrx::error!("pg_guardrail cannot write to its own tables: SPI answers {status}");
        }
        let written = Written { rows: pg_sys::SPI_processed, first: first_value() };
        pg_sys::SPI_finish();
        if needs_snapshot {
            pg_sys::PopActiveSnapshot();
        }
        Some(written)
    }
}

/// The first column of the first row that a statement has returned; `None` if it is null or no bigint, or there is no row.
///
/// # Safety
/// A statement has just been run by SPI, which is still connected.
unsafe fn first_value() -> Option<i64> {
    // SAFETY: the table of results is that of the statement; it has a row if one was processed.
    unsafe {
        let results = pg_sys::SPI_tuptable;
        if results.is_null() || pg_sys::SPI_processed == 0 {
            return None;
        }
        let (row, descriptor) = (*(*results).vals, (*results).tupdesc);
        if pg_sys::SPI_gettypeid(descriptor, 1) != pg_sys::INT8OID {
            return None;
        }
        let mut is_null = false;
        let value = pg_sys::SPI_getbinval(row, descriptor, 1, &mut is_null);
        (!is_null).then(|| value.value() as i64)
    }
}

impl Parameter<'_> {
    fn data_type(&self) -> pg_sys::Oid {
        match self {
            Self::Text(_) => pg_sys::TEXTOID,
            Self::Timestamp(_) => pg_sys::TIMESTAMPTZOID,
        }
    }

    fn is_null(&self) -> bool {
        matches!(self, Self::Text(None) | Self::Timestamp(None))
    }

    fn datum(&self) -> pg_sys::Datum {
        match self {
            // SAFETY: `to_server` returns a NUL-terminated string, which is copied to the current memory context.
            Self::Text(Some(value)) => unsafe { pg_sys::cstring_to_text(text::to_server(value)) }.into(),
            Self::Timestamp(Some(value)) => (*value).into(),
            Self::Text(None) | Self::Timestamp(None) => pg_sys::Datum::null(),
        }
    }
}

/// The current user who was there before; it comes back when this is dropped.
struct CurrentUser {
    id: pg_sys::Oid,
    context: i32,
}

impl CurrentUser {
    /// Makes the owner of a table the current user, as PostgreSQL does where a foreign key checks or changes other rows. Code
    /// that runs in between cannot change the user with SET ROLE.
    fn become_owner(table: pg_sys::Oid) -> Self {
        let mut before = Self { id: pg_sys::InvalidOid, context: 0 };
        // SAFETY: the table exists and is open under a lock while its owner is read; the rest reads and sets variables of the
        // backend.
        unsafe {
            let relation = pg_sys::table_open(table, pg_sys::AccessShareLock as i32);
            let owner = (*(*relation).rd_rel).relowner;
            pg_sys::table_close(relation, pg_sys::AccessShareLock as i32);
            pg_sys::GetUserIdAndSecContext(&mut before.id, &mut before.context);
            let context = before.context | pg_sys::SECURITY_LOCAL_USERID_CHANGE as i32;
            pg_sys::SetUserIdAndSecContext(owner, context);
        }
        before
    }
}

impl Drop for CurrentUser {
    fn drop(&mut self) {
        // SAFETY: sets variables of the backend to what they were.
        unsafe { pg_sys::SetUserIdAndSecContext(self.id, self.context) };
    }
}
