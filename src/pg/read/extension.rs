//! Which objects belong to extensions.

use super::Reader;
use crate::facts::ObjectAddress;
use crate::pg::backend::is_superuser;
use crate::pg::scan::schema::{PgClass, PgDepend, PgExtension, PgType, index};
use crate::pg::scan::{CatalogColumn, Key, Row, find, scan};

impl Reader {
    /// Whether something is a member of an extension whose owner is a superuser. The owner of any other could
    /// hide a table by making it a member.
    pub(super) fn is_member_of_superuser_extension(&self, object: ObjectAddress) -> bool {
        let (class, oid) = match object {
            ObjectAddress::Relation(oid) => (PgClass::CATALOG, oid),
            ObjectAddress::Type(oid) => (PgType::CATALOG, oid),
        };
        let mut extension = None;
        let keys = [(PgDepend::classid, Key::Oid(class)), (PgDepend::objid, Key::Oid(oid))];
        scan(self.snapshot(), index::DEPEND_DEPENDER, &keys, |row| {
            if row.char(PgDepend::deptype) == 'e' {
                extension = Some(row.oid(PgDepend::refobjid));
            }
        });
        let owner = |row: &Row<PgExtension>| row.oid(PgExtension::extowner);
        extension
            .and_then(|oid| find(self.snapshot(), index::EXTENSION_OID, &[(PgExtension::oid, Key::Oid(oid))], owner))
            .is_some_and(is_superuser)
    }
}
