//! Which objects are members of extensions.

use super::Reader;
use crate::facts::ObjectAddress;
use crate::pg::backend::is_superuser;
use crate::pg::scan::schema::{PgClass, PgDepend, PgExtension, PgType, index};
use crate::pg::scan::{CatalogColumn, Key, Row, find, scan};

/// Whether a table or type is a member of an extension whose owner is a superuser. Members of other extensions do not
/// count: their owner could exempt any table by making it a member.
pub fn belongs_to_superuser_extension(reader: &Reader, object: ObjectAddress) -> bool {
    let (catalog, oid) = match object {
        ObjectAddress::Relation(oid) => (PgClass::CATALOG, oid),
        ObjectAddress::Type(oid) => (PgType::CATALOG, oid),
    };
    let mut extension = None;
    let keys = [(PgDepend::classid, Key::Oid(catalog)), (PgDepend::objid, Key::Oid(oid))];
    scan(reader.snapshot(), index::DEPEND_DEPENDER, &keys, |row| {
        if row.char(PgDepend::deptype) == 'e' {
            extension = Some(row.oid(PgDepend::refobjid));
        }
    });
    let owner = |row: &Row<PgExtension>| row.oid(PgExtension::extowner);
    extension
        .and_then(|oid| find(reader.snapshot(), index::EXTENSION_OID, &[(PgExtension::oid, Key::Oid(oid))], owner))
        .is_some_and(is_superuser)
}
