//! Which objects are those of extensions.

use super::Reader;
use crate::facts::{ObjectAddress, Oid};
use crate::pg::backend::is_superuser;
use crate::pg::scan::schema::{PgClass, PgDepend, PgExtension, PgNamespace, PgType, index};
use crate::pg::scan::{CatalogColumn, Key, Row, find, scan};

/// Whether a table or type is one of an extension whose owner is a superuser: a member of it, or in a schema that is a
/// member. Other extensions do not count: their owner could exempt any table by making it a member.
pub fn belongs_to_superuser_extension(reader: &Reader, object: ObjectAddress) -> bool {
    extension_of(reader, object).is_some_and(|extension| is_superusers(reader, extension))
        || is_in_schema_of_extension(reader, object)
}

fn is_superusers(reader: &Reader, extension: Oid) -> bool {
    let owner = |row: &Row<PgExtension>| row.oid(PgExtension::extowner);
    find(reader.snapshot(), index::EXTENSION_OID, &[(PgExtension::oid, Key::Oid(extension))], owner)
        .is_some_and(is_superuser)
}

/// Whether a superuser has made the object in a schema that came with such an extension, as the programs of extensions
/// do that work on tables of their own. What another role has made there may be anything.
fn is_in_schema_of_extension(reader: &Reader, object: ObjectAddress) -> bool {
    let place = match object {
        ObjectAddress::Relation(oid) => {
            find(reader.snapshot(), index::CLASS_OID, &[(PgClass::oid, Key::Oid(oid))], |row| {
                (row.oid(PgClass::relowner), row.oid(PgClass::relnamespace))
            })
        }
        ObjectAddress::Type(oid) => find(reader.snapshot(), index::TYPE_OID, &[(PgType::oid, Key::Oid(oid))], |row| {
            (row.oid(PgType::typowner), row.oid(PgType::typnamespace))
        }),
    };
    place.is_some_and(|(owner, schema)| {
        is_superuser(owner)
            && reference_of(reader, (PgNamespace::CATALOG, schema), 'e', PgExtension::CATALOG)
                .is_some_and(|extension| is_superusers(reader, extension))
    })
}

/// The extension that an object is a member of. Of a table and its row type only the table is a member, and of a
/// composite type and its relation only the type; the other one depends on it internally.
fn extension_of(reader: &Reader, object: ObjectAddress) -> Option<Oid> {
    let (own, other) = match object {
        ObjectAddress::Relation(oid) => ((PgClass::CATALOG, oid), PgType::CATALOG),
        ObjectAddress::Type(oid) => ((PgType::CATALOG, oid), PgClass::CATALOG),
    };
    let member_of = |address| reference_of(reader, address, 'e', PgExtension::CATALOG);
    member_of(own).or_else(|| member_of((other, reference_of(reader, own, 'i', other)?)))
}

/// What an object depends on in this way, of this catalog. It is given by its catalog and oid.
fn reference_of(reader: &Reader, object: (Oid, Oid), kind: char, catalog: Oid) -> Option<Oid> {
    let mut reference = None;
    let keys = [(PgDepend::classid, Key::Oid(object.0)), (PgDepend::objid, Key::Oid(object.1))];
    scan(reader.snapshot(), index::DEPEND_DEPENDER, &keys, |row| {
        if row.char(PgDepend::deptype) == kind && row.oid(PgDepend::refclassid) == catalog {
            reference = Some(row.oid(PgDepend::refobjid));
        }
    });
    reference
}
