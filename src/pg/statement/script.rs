//! A text of several SQL statements, which are run one by one.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char, c_int, c_void};

use pgrx::{PgList, pg_sys};

use super::{Command, Node, Obstacle};
use crate::pg::kept_error::{KeptError, keep_error};

// Declared here because pgrx's bindings turn errors into panics. Raised again, an error lacks the fields that drivers read.
unsafe extern "C-unwind" {
    #[cfg(feature = "pg13")]
    fn raw_parser(text: *const c_char) -> *mut pg_sys::List;
    #[cfg(not(feature = "pg13"))]
    fn raw_parser(text: *const c_char, mode: pg_sys::RawParseMode::Type) -> *mut pg_sys::List;
    fn SPI_connect() -> c_int;
    fn SPI_finish() -> c_int;
    #[cfg(feature = "pg13")]
    fn SPI_execute(sql: *const c_char, read_only: bool, count: std::ffi::c_long) -> c_int;
    #[cfg(not(feature = "pg13"))]
    fn SPI_execute_extended(sql: *const c_char, options: *const pg_sys::SPIExecuteOptions) -> c_int;
    #[cfg(not(feature = "pg13"))]
    fn CreateDestReceiver(destination: pg_sys::CommandDest::Type) -> *mut pg_sys::DestReceiver;
    fn errcontext_msg(format: *const c_char, ...) -> c_int;
    fn set_errcontext_domain(domain: *const c_char) -> c_int;
    fn geterrposition() -> c_int;
    fn errposition(position: c_int) -> c_int;
    fn internalerrposition(position: c_int) -> c_int;
    fn internalerrquery(query: *const c_char) -> c_int;
    fn pg_mbcharcliplen(text: *const c_char, length: c_int, limit: c_int) -> c_int;
}

/// Where a statement stands in the text that it is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its number among the statements, from 1.
    pub number: c_int,
    /// The line of its first word, from 1.
    pub line: c_int,
}

/// A statement of the text.
pub struct Statement {
    pub place: Place,
    sql: CString,
    tag: String,
    obstacle: Option<Obstacle>,
}

thread_local! {
    /// The statement that is running, and a number that no other one has had.
    static RUNNING: Cell<(*const c_char, u64)> = const { Cell::new((std::ptr::null(), 0)) };
    static RUN: Cell<u64> = const { Cell::new(0) };
}

/// The text that the user wrote of what is running, and a number that tells it from other texts at the same address: the
/// statement of the text, or the client's command.
pub fn running_text() -> (*const c_char, u64) {
    match RUNNING.get() {
        // SAFETY: reads a variable of the backend.
        (text, _) if text.is_null() => (unsafe { pg_sys::debug_query_string }, 0),
        running => running,
    }
}

/// A text that is parsed, and the name of the SQL function that it was given to.
struct Given<'a> {
    text: &'a CStr,
    function: &'a CStr,
}

/// Splits a text into its statements. An error of the syntax is PostgreSQL's own, with the line and the name of the SQL
/// function that the text was given to.
pub fn split(text: &CStr, function: &CStr) -> Result<Vec<Statement>, KeptError> {
    let pointer = text.as_ptr();
    let given = Given { text, function };
    // SAFETY: the parser needs nothing but a NUL-terminated text. The callback gets what it asks for. The parser returns a
    // list of RawStmts.
    let statements = unsafe {
        let mut context = context(tell_line, (&raw const given).cast_mut().cast());
        let list = keep_error(&mut context, || {
            #[cfg(feature = "pg13")]
            return raw_parser(pointer);
            #[cfg(not(feature = "pg13"))]
            raw_parser(pointer, pg_sys::RawParseMode::RAW_PARSE_DEFAULT)
        })?;
        PgList::<pg_sys::RawStmt>::from_pg(list)
    };
    let bytes = text.to_bytes();
    let (mut counted, mut line) = (0, 1);
    let describe = |(at, statement): (usize, *mut pg_sys::RawStmt)| {
        // SAFETY: the list holds valid RawStmts with their trees.
        let (location, length, tree): (_, _, Node) =
            unsafe { ((*statement).stmt_location, (*statement).stmt_len, (*statement).stmt) };
        let location = usize::try_from(location).unwrap_or_default();
        // The last statement may have no length: it goes to the end.
        let end = if length > 0 { location + length as usize } else { bytes.len() };
        let start = location + skip_blank(&bytes[location..end]);
        line += count_newlines(&bytes[counted..start]);
        counted = start;
        // SAFETY: as above.
        let (tag, obstacle) = unsafe { (Command::of_tree(tree).tag(), Obstacle::of(tree)) };
        let sql = CString::new(&bytes[start..end]).unwrap_or_default();
        Statement { place: Place { number: at as c_int + 1, line }, sql, tag, obstacle }
    };
    Ok(statements.iter_ptr().enumerate().map(describe).collect())
}

impl Statement {
    /// Its text as the server has it, from its first word to its semicolon.
    pub fn sql(&self) -> &CStr {
        &self.sql
    }

    /// Its command tag.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// What stands in the way of running it, and what it is called.
    pub fn obstacle(&self) -> Option<(Obstacle, String)> {
        self.obstacle.map(|obstacle| (obstacle, obstacle.name_command(&self.tag)))
    }

    /// Runs it with the rights of the current role, as part of the current subtransaction. Rows that it gives are thrown
    /// away.
    pub fn run(&self) -> Result<(), KeptError> {
        struct Outer((*const c_char, u64));
        impl Drop for Outer {
            fn drop(&mut self) {
                RUNNING.set(self.0);
            }
        }
        RUN.set(RUN.get() + 1);
        let _outer = Outer(RUNNING.replace((self.sql.as_ptr(), RUN.get())));
        // SAFETY: the callback gets a place.
        unsafe { execute(&self.sql, context(tell_statement, (&raw const self.place).cast_mut().cast())) }
    }
}

/// Does what a commit does before it checks: fires the triggers and checks the constraints that wait for it.
pub fn run_deferred() -> Result<(), KeptError> {
    // SAFETY: the callback does not use its argument, which is null.
    unsafe { execute(c"SET CONSTRAINTS ALL IMMEDIATE", context(tell_commit, std::ptr::null_mut())) }
}

/// Runs one statement.
///
/// # Safety
/// A transaction is open. The context's callback is valid for its argument.
unsafe fn execute(sql: &CStr, mut context: pg_sys::ErrorContextCallback) -> Result<(), KeptError> {
    let sql = sql.as_ptr();
    // SAFETY: every SPI_connect has its SPI_finish, or the rollback of the subtransaction closes what an error has left
    // open. The options are valid while the statement runs; all zeroes stand for "not given".
    let code = unsafe {
        keep_error(&mut context, || {
            SPI_connect();
            #[cfg(feature = "pg13")]
            let code = SPI_execute(sql, false, 0);
            #[cfg(not(feature = "pg13"))]
            let code = {
                let mut options: pg_sys::SPIExecuteOptions = std::mem::zeroed();
                options.dest = CreateDestReceiver(pg_sys::CommandDest::DestNone);
                SPI_execute_extended(sql, &options)
            };
            SPI_finish();
            code
        })?
    };
    if code < 0 {
        pgrx::error!("pg_guardrail: SPI refuses the statement with code {code}");
    }
    Ok(())
}

fn context(callback: unsafe extern "C-unwind" fn(*mut c_void), argument: *mut c_void) -> pg_sys::ErrorContextCallback {
    pg_sys::ErrorContextCallback { previous: std::ptr::null_mut(), callback: Some(callback), arg: argument }
}

/// Adds to a message in which statement it comes up.
///
/// # Safety
/// Called by PostgreSQL while it makes a message, with a valid place.
unsafe extern "C-unwind" fn tell_statement(place: *mut c_void) {
    const TEXT: *const c_char = c"statement %d (line %d) of the SQL given to guardrail.dry_run()".as_ptr();
    // SAFETY: as the caller promises; the format asks for two numbers.
    unsafe {
        let place = *place.cast::<Place>();
        set_errcontext_domain(std::ptr::null());
        errcontext_msg(TEXT, place.number, place.line);
    }
}

/// Adds to a message that it comes up at the end.
///
/// # Safety
/// Called by PostgreSQL while it makes a message.
unsafe extern "C-unwind" fn tell_commit(_: *mut c_void) {
    // SAFETY: as the caller promises; the format asks for nothing.
    unsafe {
        set_errcontext_domain(std::ptr::null());
        errcontext_msg(c"COMMIT after the SQL given to guardrail.dry_run()".as_ptr());
    }
}

/// Adds to an error of the syntax in which line it is. The position in the text is not one in the client's command.
///
/// # Safety
/// Called by PostgreSQL while it makes a message, with what is parsed.
unsafe extern "C-unwind" fn tell_line(given: *mut c_void) {
    // SAFETY: as the caller promises; the format asks for a number and a text. Of the text no more is read than it has.
    unsafe {
        let position = geterrposition();
        if position > 0 {
            let Given { text, function } = &*given.cast::<Given>();
            let bytes = text.to_bytes();
            let before = pg_mbcharcliplen(text.as_ptr(), bytes.len() as c_int, position - 1) as usize;
            let line = 1 + count_newlines(&bytes[..before.min(bytes.len())]);
            errposition(0);
            internalerrposition(position);
            internalerrquery(text.as_ptr());
            set_errcontext_domain(std::ptr::null());
            errcontext_msg(c"line %d of the SQL given to %s()".as_ptr(), line, function.as_ptr());
        }
    }
}

/// In none of the server's encodings a character has a newline as one of its bytes.
fn count_newlines(text: &[u8]) -> c_int {
    text.iter().filter(|byte| **byte == b'\n').count() as c_int
}

/// How long the white space and the comments are that a text begins with.
fn skip_blank(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match &text[at..] {
            [b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c, ..] => at += 1,
            [b'-', b'-', rest @ ..] => {
                let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
                at += 2 + rest.iter().position(is_end).unwrap_or(rest.len());
            }
            [b'/', b'*', ..] => at += comment_length(&text[at..]),
            _ => return at,
        }
    }
}

/// How long the comment is that a text begins with. Comments nest.
fn comment_length(text: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < text.len() {
        match &text[at..] {
            [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
            [b'*', b'/', ..] if depth == 1 => return at + 2,
            [b'*', b'/', ..] => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_and_comments_are_skipped() {
        for (text, rest) in [
            ("SELECT 1", "SELECT 1"),
            (" \t\r\n\x0b\x0cSELECT", "SELECT"),
            ("-- a\n-- b\r\nSELECT", "SELECT"),
            ("/* a /* b */ ; */ SELECT", "SELECT"),
            ("/**/SELECT", "SELECT"),
            ("/*/ a */SELECT", "SELECT"),
            ("- 1", "- 1"),
            ("-- to the end", ""),
            ("/* open", ""),
            ("", ""),
        ] {
            assert_eq!(&text[skip_blank(text.as_bytes())..], rest, "{text}");
        }
    }
}
