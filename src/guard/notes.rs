//! What PostgreSQL makes and changes, as it tells while it does. Event triggers do not see all of it.

use super::{session, settings_unless_exempt};
use crate::facts::{ObjectAddress, Oid};
use crate::pg::read::event_triggers;
use crate::pg::scan::CatalogColumn;
use crate::pg::scan::schema::{PgAttrdef, PgClass, PgConstraint, PgInherits};
use crate::pg::{backend, watch};

/// Notes an object that was made or changed, for the statement that does it.
pub fn object_changed(catalog: Oid, object: Oid) {
    let is_of_tables = [PgClass::CATALOG, PgConstraint::CATALOG, PgInherits::CATALOG].contains(&catalog);
    if !is_of_tables && !session::with(|session| session.frames.are_hidden()) {
        return;
    }
    // Of a new default PostgreSQL gives the oid of its table.
    let noted_in = if catalog == PgAttrdef::CATALOG { PgClass::CATALOG } else { catalog };
    if !backend::in_extension_script() {
        session::with(|session| session.frames.note(noted_in, object));
    }
    if catalog == PgConstraint::CATALOG {
        watch::constraint_made(object);
    }
}

/// Notes a relation that was made. Where no statement does it that event triggers see, it is checked at the commit.
pub fn relation_made(relation: Oid) {
    // What the script of an extension makes is not the user's.
    if backend::in_extension_script() {
        return;
    }
    let is_seen = session::with(|session| session.frames.note(PgClass::CATALOG, relation));
    if !is_seen && event_triggers::fire() && settings_unless_exempt().is_some() {
        let (since, nest_level) = (backend::command_id(), backend::nest_level());
        let relation = ObjectAddress::Relation(relation);
        session::with(|session| session.pending.add(relation, since, nest_level).is_unchecked = true);
    }
}
