//! Whether an UPDATE of all rows of a table is possible.

use pgrx::pg_sys;

use super::inheritance::descendants;
use super::reader::Reader;
use super::table_rows::{OpenTable, with_open_table};
use crate::facts::Oid;
use crate::pg::backend;
use crate::pg::scan::schema::{PgClass, index};
use crate::pg::scan::{Key, Row, find};

/// Whether PostgreSQL refuses to update a table or one of its descendants, as `CheckCmdReplicaIdentity` decides it; or may
/// not update all rows, as the table has rules, or row-level security holds for its owner, too. Nothing is known of a table
/// that somebody else has locked.
pub fn update_is_refused(reader: &Reader, table: Oid) -> bool {
    let key = [(PgClass::oid, Key::Oid(table))];
    let is_guarded =
        |row: &Row<PgClass>| row.bool(PgClass::relhasrules, false) || row.bool(PgClass::relforcerowsecurity, false);
    if find(reader.snapshot(), index::CLASS_OID, &key, is_guarded) == Some(true) {
        return true;
    }
    std::iter::once(table).chain(descendants(reader, table)).any(|table| {
        backend::check_for_interrupts();
        let key = [(PgClass::oid, Key::Oid(table))];
        // The rows of a partitioned table stand in its partitions, and a foreign table is not published.
        find(reader.snapshot(), index::CLASS_OID, &key, |row| row.char(PgClass::relkind)) == Some('r')
            && with_open_table(table, false, is_refused) == Some(true)
    })
}

fn is_refused(table: &OpenTable) -> bool {
    const FULL: u8 = b'f';
    let relation = table.relation();
    // SAFETY: the table is open, and both functions take an open relation.
    let is_identified = unsafe {
        (*(*relation).rd_rel).relreplident as u8 == FULL
            || pg_sys::RelationGetReplicaIndex(relation) != pg_sys::InvalidOid
    };
    // SAFETY: the table is open. The first function returns a palloc'ed struct; the second fills in the one that it is
    // given.
    unsafe {
        #[cfg(any(feature = "pg13", feature = "pg14"))]
        return !is_identified && (*pg_sys::GetRelationPublicationActions(relation)).pubupdate;
        #[cfg(not(any(feature = "pg13", feature = "pg14")))]
        {
            let mut published = pg_sys::PublicationDesc::default();
            pg_sys::RelationBuildPublicationDesc(relation, &mut published);
            #[cfg(not(any(feature = "pg15", feature = "pg16", feature = "pg17")))]
            let hides_generated_column = !published.gencols_valid_for_update;
            #[cfg(any(feature = "pg15", feature = "pg16", feature = "pg17"))]
            let hides_generated_column = false;
            hides_generated_column
                || !published.rf_valid_for_update
                || !published.cols_valid_for_update
                || (!is_identified && published.pubactions.pubupdate)
        }
    }
}
