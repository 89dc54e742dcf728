//! What goes with a sequence or a domain that is made anew: privileges, a comment, the owner.

use super::comments::comment_on;
use super::reader::Reader;
use crate::facts::Oid;
use crate::pg::backend;
use crate::pg::scan::schema::{PgClass, PgType, index};
use crate::pg::scan::{CatalogColumn, Key, Row, find};

/// Whether a sequence has privileges or a comment. It has the owner of its table.
pub fn has_sequence_any(reader: &Reader, sequence: Oid) -> bool {
    let has_privileges = |row: &Row<PgClass>| row.datum(PgClass::relacl).is_some();
    find(reader.snapshot(), index::CLASS_OID, &[(PgClass::oid, Key::Oid(sequence))], has_privileges) == Some(true)
        || comment_on(reader, PgClass::CATALOG, sequence).is_some()
}

/// Whether a domain has privileges, a comment, or another owner than the current role, which would make it anew.
pub fn has_domain_any(reader: &Reader, domain: Oid) -> bool {
    let role = backend::current_role_oid();
    let has_own = |row: &Row<PgType>| row.datum(PgType::typacl).is_some() || row.oid(PgType::typowner) != role;
    reader.find_type(domain, has_own) == Some(true) || comment_on(reader, PgType::CATALOG, domain).is_some()
}
